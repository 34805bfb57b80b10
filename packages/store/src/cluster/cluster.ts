// A cluster inside this process: stores, placement driver and threads, started with one call and gone
// with another. What a user holds.
import type { StoreId } from "@multiraft/pd/protocol";
import {
  AskError,
  type DeadLetterEvent,
  type LifecycleEvent,
  type SystemMetrics,
} from "@multiraft/runtime";
import type { Observable } from "rxjs";
import type { Client } from "../client/client.ts";
import { pause } from "../platform/pause.ts";
import { bringUp } from "./bootstrap.ts";
import { ClusterCore } from "./cluster-core.ts";
import { ClusterError, wrongOption } from "./cluster-error.ts";
import type { ClusterEvent } from "./cluster-event.ts";
import { type ClusterOptions, toSettings } from "./cluster-options.ts";
import { type ClusterStatus, clusterStatus, type StatusOptions } from "./cluster-status.ts";
import { missing } from "./readiness.ts";

export type ClusterStreams = {
  /** Stores and placement driver that open, break, fail and stop. */
  readonly cluster: Observable<ClusterEvent>;
  /** Actors and threads that start and end. */
  readonly lifecycle: Observable<LifecycleEvent>;
  /** A sample of the mail that was not delivered. */
  readonly deadLetters: Observable<DeadLetterEvent>;
  /** Once a second while somebody listens. */
  readonly metrics: Observable<SystemMetrics>;
};

export type WaitOptions = {
  readonly timeoutMs?: number;
  readonly signal?: AbortSignal;
};

const WAIT_TIMEOUT_MS = 120_000;
const POLL_MS = 20;

export class Cluster implements AsyncDisposable {
  readonly events: ClusterStreams;
  readonly #core: ClusterCore;

  /** @param core Brought up. */
  constructor(core: ClusterCore) {
    this.#core = core;
    const { deadLetters, lifecycle, metrics } = core.system.streams;
    this.events = { cluster: core.events, lifecycle, deadLetters, metrics };
  }

  /**
   * A new cluster in an absent or empty directory, or the one that is there. Resolves when all stores are
   * open; `ready` when they have elected and replicated. @throws ClusterError; nothing is left open then.
   */
  static async start(options: ClusterOptions): Promise<Cluster> {
    return new Cluster(await startCore(options));
  }

  get id(): string {
    return this.#core.record.clusterId;
  }

  get threads(): number {
    return this.#core.system.threads;
  }

  /** Of its own: it shares no routes with others. Ends with the cluster at the latest. */
  client(): Client {
    return this.#core.client();
  }

  /** Resolves when every region has its replicas and a leader. @throws ClusterError that says what is missing. */
  async ready(options: WaitOptions = {}): Promise<void> {
    await this.#until("the cluster is not ready", () => missing(this.#core), options);
  }

  /** The placement driver gives it replicas as soon as it is there. @returns Its id. */
  addStore(): Promise<StoreId> {
    return this.#core.addStore();
  }

  /**
   * Moves all replicas off a store; it runs on until it is stopped. Resolves when the order is durable,
   * `drained` when it was carried out. @throws ClusterError
   */
  async drainStore(id: number): Promise<void> {
    await this.#setStoreState(id, "removing");
  }

  /** Ends a drain that has not come to its end. */
  async undrain(id: number): Promise<void> {
    await this.#setStoreState(id, "up");
  }

  /** Resolves when nothing is left on a store that is being drained; it is stopped then, for good. */
  async drained(id: number, options: WaitOptions = {}): Promise<void> {
    const { host } = this.#core.seat(id);
    await this.#until(`store ${id} is not drained`, () => this.#leftOn(id), options);
    this.#core.setRemoved(host.id);
    await this.#core.stopStore(id);
  }

  /**
   * Opens a store that has failed, for whoever has seen to what was in its way; one that runs is left alone.
   * @throws ClusterError where it does not open, where it was stopped for good, and in memory.
   */
  reopenStore(id: number): Promise<void> {
    return this.#core.retryStore(id);
  }

  /** @throws ClusterError while the placement driver is being opened again. */
  status(options: StatusOptions = {}): Promise<ClusterStatus> {
    return clusterStatus(this.#core, options);
  }

  /** Stops taking requests and ends; nothing needs to be written for that. Harmless when repeated. */
  close(): Promise<void> {
    return this.#core.close();
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.close();
  }

  async #setStoreState(id: number, state: "up" | "removing"): Promise<void> {
    const storeId = this.#core.seat(id).host.id;
    const ask = { kind: "set-store-state", storeId, state } as const;
    const reply = await this.#core.askPd(ask);
    if (reply.kind === "accepted") return;
    const message = `store ${id}: ${reply.reason}`;
    throw new ClusterError("ERR_MULTIRAFT_CLUSTER_REFUSED", message);
  }

  async #leftOn(id: number): Promise<string | undefined> {
    const { stores } = await this.#core.askPd({ kind: "status" });
    const store = stores.find((one) => one.id === id);
    if (store === undefined || store.state === "removed") return undefined;
    if (store.state === "up") return "it is not being drained";
    return `${store.peerCount} replicas are left, the obstacle: ${store.obstacle ?? "none"}`;
  }

  /** Until `look` finds nothing that is missing. */
  async #until(
    what: string,
    look: () => Promise<string | undefined>,
    { timeoutMs = WAIT_TIMEOUT_MS, signal }: WaitOptions,
  ): Promise<void> {
    if (!(timeoutMs >= 0)) throw wrongOption(`timeoutMs is a number from 0 on, not ${timeoutMs}`);
    const { clock } = this.#core.environment;
    const deadlineMs = clock.nowMs() + timeoutMs;
    for (;;) {
      signal?.throwIfAborted();
      // Nobody answers any more, as while the driver is opened again: but it never will be.
      this.#core.refuseClosed();
      const left = await look().catch(restarting);
      if (left === undefined) return;
      if (clock.nowMs() >= deadlineMs) {
        const message = `${what} after ${timeoutMs} ms: ${left}`;
        throw new ClusterError("ERR_MULTIRAFT_CLUSTER_TIMEOUT", message);
      }
      await pause(POLL_MS, signal);
    }
  }
}

/** While the placement driver is opened again, nobody can say more. */
function restarting(error: unknown): string {
  const isDriver = error instanceof ClusterError && error.code === "ERR_MULTIRAFT_PD_START";
  if (isDriver || error instanceof AskError) return error.message;
  throw error;
}

/** @throws ClusterError; nothing is left open then. */
export async function startCore(options: ClusterOptions): Promise<ClusterCore> {
  const core = await ClusterCore.open(toSettings(options));
  try {
    await bringUp(core);
    return core;
  } catch (error) {
    await core.close();
    throw error;
  }
}
