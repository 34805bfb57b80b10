// What a thread is made of when it starts. All of it crosses the thread boundary: plain data, shared
// memory and ports.
import type { MessagePort } from "node:worker_threads";
import type { SlotRange } from "../routing/shared-routing-table.ts";
import type { PeerIdentity, ThreadLinkEnd } from "./peer-link.ts";

/**
 * Where a thread finds its environment: an export that is called with `EnvironmentRequest`. Undefined is
 * the machine's own clock, chance and disk.
 */
export type EnvironmentSource = { readonly url: string; readonly name: string };

export type EnvironmentRequest = {
  /** Undefined on a thread that runs jobs. */
  readonly thread: number | undefined;
  /** Different for each thread and each of its lives. */
  readonly seed: number;
};

/** The same for all threads of a system. */
export type SharedSetup = {
  readonly board: SharedArrayBuffer;
  readonly routing: SharedArrayBuffer;
  readonly environment: EnvironmentSource | undefined;
  /** Threads 0 to this, exclusive, take actors for which nobody names a thread. */
  readonly actorThreads: number;
  readonly cores: number;
  readonly pollMs: number;
  readonly overflowBytesMax: number;
  readonly localMail: "by-reference" | "through-outbound";
};

export type ThreadSetup = SharedSetup & {
  readonly self: PeerIdentity;
  readonly slots: SlotRange;
  readonly counters: SharedArrayBuffer;
  readonly seed: number;
  readonly links: readonly ThreadLinkEnd[];
  /** Dead when this thread was born, and not buried: others may still pass on what was theirs. */
  readonly unburied: readonly PeerIdentity[];
  /** To the main thread: jobs, reports. */
  readonly service: MessagePort;
};
