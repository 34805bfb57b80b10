// What a kernel is made of, and what it tells those who watch it.
import type { AnyAddress } from "../actor/address.ts";
import type { SpawnOptions } from "../actor/context.ts";
import type { ActorDefinition, MessageShape } from "../actor/definition.ts";
import type { DropReason, StopReason } from "../actor/outcome.ts";
import type { Environment } from "../platform/environment.ts";
import type { MailCounters } from "../routing/mail-counters.ts";
import type { RoutingTable } from "../routing/routing-table.ts";
import type { JobRunner, Performer } from "./job-runner.ts";
import type { Outbound } from "./outbound.ts";
import type { PayloadAllocator } from "./payload-allocator.ts";

export type AnyDefinition = ActorDefinition<MessageShape, unknown>;

/** Finds what a spawn from another thread names. A promise while the module is being loaded. */
export interface DefinitionSource {
  load(url: string, name: string): AnyDefinition | Promise<AnyDefinition>;
}

export type DeadLetter = {
  readonly reason: DropReason;
  readonly to: AnyAddress;
  readonly from: AnyAddress | undefined;
  readonly message: MessageShape;
};

/** Hooks for inspection. They must not throw, and must not call the kernel. */
export interface KernelObserver {
  started?(address: AnyAddress, definition: AnyDefinition, args: unknown): void;
  /** The lease is released and the slot free. */
  ended?(address: AnyAddress, reason: StopReason): void;
  /** Called for each drop, before the message is gone: sample here, not in the kernel. */
  deadLetter?(letter: DeadLetter): void;
  /** What an actor threw, as it was thrown. */
  threw?(address: AnyAddress, error: unknown): void;
}

export type KernelOptions = {
  /** Number of this thread. */
  readonly thread: number;
  /** This thread alone gives out the slots from here on. */
  readonly firstSlot: number;
  readonly slots: number;
  /** Default `INCARNATION_MAX`; small in tests. */
  readonly incarnationMax?: number;
  readonly environment: Environment;
  readonly routing: RoutingTable;
  readonly counters: MailCounters;
  readonly outbound: Outbound;
  readonly payloads: PayloadAllocator;
  readonly jobs: JobRunner;
  /** Default: at once, on this thread. */
  readonly performer?: Performer;
  readonly definitions: DefinitionSource;
  /** The thread of a spawn; default this one. */
  placeSpawn?(options: SpawnOptions): number;
  /**
   * `by-reference`: mail within the thread skips the outbound (the fast path).
   * `through-outbound`: it goes there like any other, with this thread's number, to be encoded.
   */
  readonly localMail: "by-reference" | "through-outbound";
  readonly observer?: KernelObserver;
  /**
   * Default true. False only in the build that shows what the check is for: mail then reaches whoever
   * has the slot, whatever incarnation it was meant for.
   */
  readonly isMailIsolated?: boolean;
  /**
   * Work or an earlier deadline has come from outside `runTurn` and `deliver` (a promise has settled,
   * code beside the actors has sent): a parked thread must look again. Must not call the kernel.
   */
  workArrived?(): void;
};

/** One life as `inspect` shows it. */
export type CellReport = {
  readonly address: AnyAddress;
  readonly definition: string;
  readonly state: "open" | "draining" | "ending";
  readonly queued: number;
  /** A handler has not settled yet. */
  readonly isAwaiting: boolean;
  readonly held: readonly string[];
};
