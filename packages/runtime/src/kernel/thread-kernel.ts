// What a thread's loop, and whoever else hosts a kernel, may ask of it. The class is `Kernel`.
import type { Address, AnyAddress } from "../actor/address.ts";
import type { SpawnOptions } from "../actor/context.ts";
import type { ActorDefinition, MessageShape } from "../actor/definition.ts";
import type { DropReason, ErrorData, SpawnOutcome } from "../actor/outcome.ts";
import type { CellReport } from "./kernel-options.ts";
import type { KernelRecord } from "./record.ts";

export interface ThreadKernel {
  readonly thread: number;

  /** Creates an actor on this thread at once. A throw of `create` is the failed outcome. */
  spawn<M extends MessageShape, Args>(
    definition: ActorDefinition<M, Args>,
    args: Args,
    options?: SpawnOptions,
  ): SpawnOutcome<Address<M>>;
  /** From outside any actor: begins the stop sequence of a life of this thread. */
  stop(target: AnyAddress, mode?: "now" | "drain"): void;

  /** Takes what another thread sent. Queues; no handler runs inside. */
  deliver(record: KernelRecord): void;
  /** As `deliver` of mail that is nothing but a message from one life to another. */
  deliverPlain(
    toSlot: number,
    toIncarnation: number,
    fromSlot: number,
    fromIncarnation: number,
    message: MessageShape,
  ): void;
  /** The carrier had taken `record` and lost it: counted, released, answered. */
  returned(record: KernelRecord, reason: DropReason): void;
  /** The overflow towards `thread` is empty: those paused for it may run again. */
  laneDrained(thread: number): void;
  /** Each open call to that thread fails with `thread-dead`, each watch on it ends so. */
  threadDied(thread: number, error: ErrorData | undefined): void;

  /** Handlers, in fair slices, then turn ends. @returns True while mail is waiting. */
  runTurn(): boolean;
  /** True when `runTurn` would do something. */
  readonly hasWork: boolean;
  /** Makes own mail of what is due. @returns How many fired. */
  fireTimers(): number;
  /** On `environment.clock`; undefined without timers. */
  nextTimerMs(): number | undefined;

  /** Every life is stopped with reason `shut-down`; new mail and spawns are refused. */
  shutDown(): void;
  /** Lives that have not ended. */
  readonly liveCount: number;
  inspect(): readonly CellReport[];

  /** For tests: messages of these kinds stay in the mailbox while others overtake them. */
  holdMail(address: AnyAddress, kinds: readonly string[]): void;
  releaseMail(address: AnyAddress): void;
}
