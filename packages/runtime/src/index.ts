export { ActorError } from "./actor/actor-error.ts";
export {
  type Address,
  type AnyAddress,
  sameAddress,
  toAddress,
} from "./actor/address.ts";
export { AskError } from "./actor/ask-error.ts";
export type { ActorContext, AskOptions, SendOptions, SpawnOptions } from "./actor/context.ts";
export {
  type ActorBehavior,
  type ActorDefinition,
  type Asks,
  defineActor,
  type MessageShape,
  type ReplyOf,
  type ReplyTo,
} from "./actor/definition.ts";
export type { Envelope, Payload, ReplyToken } from "./actor/envelope.ts";
export { fromErrorData, toErrorData } from "./actor/error-data.ts";
export { defineJob, type JobDefinition } from "./actor/job.ts";
export {
  type AnyLayout,
  defineLayout,
  type FixedLayout,
  type MessageLayout,
  type VariableLayout,
} from "./actor/layout.ts";
export type { Held, Lease } from "./actor/lease.ts";
export {
  type AskFailure,
  type AskOutcome,
  DROP_REASONS,
  type DropReason,
  type ErrorData,
  type JobOutcome,
  type SpawnOutcome,
  type StopReason,
  type TellResult,
  type Termination,
} from "./actor/outcome.ts";
export { assert, InvariantError, unreachable } from "./assert.ts";
export { CodecError } from "./codec/message-codec.ts";
export type {
  DeadLetterEvent,
  LifecycleEvent,
  SystemMetrics,
  ThreadEvent,
  ThreadMetrics,
} from "./observe/system-event.ts";
export type { SystemStreams } from "./observe/system-streams.ts";
export {
  type DirectoryEntry,
  type DirectoryLock,
  type Disk,
  DiskError,
  type DiskFile,
} from "./platform/disk.ts";
export type { Clock, Environment } from "./platform/environment.ts";
export type { Random } from "./platform/random.ts";
export { RealDisk } from "./platform/real-disk.ts";
export { realClock, realEnvironment } from "./platform/real-environment.ts";
export { Sfc32 } from "./platform/sfc32.ts";
export { MemoryDisk } from "./sim/memory-disk.ts";

export {
  ActorSystem,
  type SystemSpawnOptions,
  type SystemTesting,
} from "./system/actor-system.ts";
export type { MailTotals } from "./system/mail-ledger.ts";
export { SystemError, type SystemErrorCode } from "./system/system-error.ts";
export type { ActorSystemOptions } from "./system/system-options.ts";
export {
  enterNative,
  leaveNative,
  ThreadEndingError,
  tryEnterNative,
} from "./thread/native-guard.ts";
export type { ThreadReport } from "./thread/thread-host.ts";
export type { EnvironmentRequest, EnvironmentSource } from "./thread/thread-setup.ts";
