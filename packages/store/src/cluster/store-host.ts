// One store of the process: its actors, put together when it is opened and all gone when it is stopped.
// Invariant: its log is opened only when no actor of an earlier opening is left, since two generations
// of actors would write to one log and the same tablets.
import type { PdMail, StoreId } from "@multiraft/pd/protocol";
import {
  type ActorSystem,
  type Address,
  type AnyAddress,
  AskError,
  assert,
  type Termination,
} from "@multiraft/runtime";
import { logActor } from "../log/log-actor.ts";
import type { LogMail } from "../log/log-mail.ts";
import type { PeerTuning } from "../peer/tuning.ts";
import { pause } from "../platform/pause.ts";
import { registryActor } from "../registry/registry.ts";
import type { RegistryMail, StoreStatusReply } from "../registry/registry-mail.ts";
import {
  ALL_REMEDIES,
  heldByStore,
  STORE_MAILBOX_MESSAGES_MAX,
  type StoreConfig,
} from "../registry/store-config.ts";
import { governorActor, governorArgs } from "../snapshot/governor.ts";
import type { GovernorMail } from "../snapshot/governor-mail.ts";
import { gateActor } from "../transport/gate.ts";
import type { GateMail } from "../transport/gate-mail.ts";
import { pulseLimits } from "../transport/pulses.ts";
import type { TransportRule } from "../transport/transport-rule.ts";
import { emptied, type StorePlaces } from "./cluster-directory.ts";
import { ClusterError, rootOf } from "./cluster-error.ts";

export type StoreActors = {
  readonly log: Address<LogMail>;
  readonly governor: Address<GovernorMail>;
  readonly registry: Address<RegistryMail>;
  readonly gates: readonly Address<GateMail>[];
};

export type StoreHostOptions = {
  readonly system: ActorSystem;
  readonly id: StoreId;
  readonly clusterId: string;
  readonly engine: "lmdb" | "memory";
  /** Undefined: in memory. */
  readonly places: StorePlaces | undefined;
  readonly tuning: PeerTuning;
  /** Testing: what the network does to its mail, as of each opening. */
  readonly rules: () => readonly TransportRule[];
  /** One of its actors ended unasked, of a store that is open: it has to be stopped. */
  readonly onBroken: (why: string) => void;
};

const ROOMY = { mailboxMessagesMax: STORE_MAILBOX_MESSAGES_MAX };
const ASK_TIMEOUT_MS = 60_000;
/** A log of some ten GiB is read back in that time, by a slow disk. */
const RECOVER_TIMEOUT_MS = 600_000;
const READY_POLL_MS = 5;
/** Rounds of looking for actors that are left; each waits for those it found. */
const STOP_ROUNDS_MAX = 1_000;

export class StoreHost {
  readonly id: StoreId;
  readonly #o: StoreHostOptions;
  /** What the store was started with, in that order, and has not been seen to end: its log first. */
  readonly #started: AnyAddress[] = [];
  #actors: StoreActors | undefined;
  /** Changes with each opening and stop: what ends afterwards is no news. */
  #opening = 0;
  /** Openings alone. */
  #openings = 0;
  #broken: string | undefined;

  constructor(options: StoreHostOptions) {
    this.#o = options;
    this.id = options.id;
  }

  /** Undefined while it is not open. */
  get actors(): StoreActors | undefined {
    return this.#actors;
  }

  /** Which of its actors ended unasked since it was opened: perhaps before `open` had resolved. */
  get broken(): string | undefined {
    return this.#broken;
  }

  /**
   * Resolves when all of its replicas are back, or one of its actors has ended again. What an earlier opening left
   * is stopped first. @throws ClusterError; what had been started is gone then, or is stopped by the next one.
   */
  async open(pd: Address<PdMail>, isNew: boolean): Promise<void> {
    if (this.#started.length > 0) await this.stop();
    assert(this.#started.length === 0, "a store was opened that had not been stopped");
    this.#opening += 1;
    this.#openings += 1;
    this.#broken = undefined;
    try {
      const actors = await this.#start(pd, isNew);
      await this.#untilReady(actors);
      this.#actors = actors;
    } catch (error) {
      // Why it did not open says more than why that could not be undone.
      await this.stop().catch(() => undefined);
      throw error instanceof ClusterError ? error : this.#startError(error);
    }
  }

  /**
   * As abruptly as a crash would, in memory: what was not durable is lost. Harmless when repeated.
   * @throws When a thread does not answer: what is left is stopped by the next stop.
   */
  async stop(): Promise<void> {
    this.#opening += 1;
    this.#actors = undefined;
    // The registry and the gates first: nobody makes replicas any more.
    while (this.#started.length > 1) await this.#stopLast();
    await this.#stopReplicas();
    // Jobs of replicas whose thread died may still be at work on files that are opened next.
    await this.#o.system.whenBuried();
    await this.#stopLast();
  }

  /** It is known until it has ended. */
  async #stopLast(): Promise<void> {
    const last = this.#started.at(-1);
    if (last === undefined) return;
    await this.#o.system.stop(last);
    this.#started.pop();
  }

  async status(): Promise<StoreStatusReply | undefined> {
    const registry = this.#actors?.registry;
    return registry === undefined ? undefined : this.#status(registry);
  }

  async #start(pd: Address<PdMail>, isNew: boolean): Promise<StoreActors> {
    const { system, id, tuning } = this.#o;
    const log = await this.#startLog();
    if (!isNew) await this.#checkRecovered(log);
    const home = { thread: id % system.threads };
    const governor = await system.spawn(governorActor, governorArgs(tuning, log), {
      ...home,
      ...ROOMY,
    });
    this.#watch("governor", governor);
    const config = this.#config(log, pd, governor);
    const registry = await system.spawn(registryActor, config, { ...home, ...ROOMY });
    this.#watch("registry", registry);
    const gates: Address<GateMail>[] = [];
    for (const thread of config.threads) {
      const pulse = pulseLimits(tuning);
      const args = { storeId: id, registry, pulse, rules: this.#o.rules() };
      const gate = await system.spawn(gateActor, args, { thread, ...ROOMY });
      this.#watch("gate", gate);
      gates.push(gate);
    }
    system.tell(registry, { kind: "gates", gates });
    return { log, governor, registry, gates };
  }

  async #startLog(): Promise<Address<LogMail>> {
    const { system, places } = this.#o;
    const args =
      places === undefined
        ? { directory: "/log", isVolatile: true }
        : { directory: places.log, options: { isLockedOutside: true } };
    const log = await system.spawn(logActor, args, { dedicated: true, ...ROOMY });
    this.#watch("log", log);
    return log;
  }

  /** A store that has been open before has a log that says so. */
  async #checkRecovered(log: Address<LogMail>): Promise<void> {
    const { system, places } = this.#o;
    const limits = { timeoutMs: RECOVER_TIMEOUT_MS };
    const { identity } = await system.ask(log, { kind: "recover" }, limits);
    if (identity === undefined && places !== undefined) throw emptied(this.id, places.log);
  }

  #config(
    log: Address<LogMail>,
    pd: Address<PdMail>,
    governor: Address<GovernorMail>,
  ): StoreConfig {
    const { system, id, clusterId, engine, places, tuning } = this.#o;
    return {
      clusterId,
      storeId: id,
      opening: this.#openings,
      threads: Array.from({ length: system.threads }, (_, thread) => thread),
      engine,
      tabletDirectory: places?.tablets,
      log,
      pd,
      governor,
      tuning,
      remedies: ALL_REMEDIES,
    };
  }

  #watch(what: string, address: AnyAddress): void {
    this.#started.push(address);
    const opening = this.#opening;
    void this.#o.system.watch(address).then((termination) => {
      if (opening !== this.#opening || this.#broken !== undefined) return;
      this.#broken = `the ${what} ended: ${describe(termination)}`;
      if (this.#actors !== undefined) this.#o.onBroken(this.#broken);
    });
  }

  async #untilReady({ registry }: StoreActors): Promise<void> {
    for (;;) {
      if (this.#broken !== undefined) throw this.#startError(new Error(this.#broken));
      const { isReady } = await this.#status(registry);
      if (isReady) return;
      await pause(READY_POLL_MS);
    }
  }

  #status(registry: Address<RegistryMail>): Promise<StoreStatusReply> {
    const limits = { timeoutMs: ASK_TIMEOUT_MS };
    return this.#o.system.ask(registry, { kind: "store-status" }, limits);
  }

  /** Those too that were just being made: whoever holds something of this store is found by it. */
  async #stopReplicas(): Promise<void> {
    const { system, id } = this.#o;
    const mark = heldByStore(id);
    for (let round = 0; round < STOP_ROUNDS_MAX; round += 1) {
      const reports = await system.inspect();
      const cells = reports.flatMap((report) => report.cells);
      const left = cells.filter(({ held }) => held.includes(mark));
      if (left.length === 0) return;
      await Promise.all(left.map(({ address }) => system.stop(address)));
    }
    throw new ClusterError("ERR_MULTIRAFT_STORE_START", `actors of store ${id} do not end`);
  }

  #startError(error: unknown): ClusterError {
    // What ended an actor says more than that it did not answer.
    const isEnd = this.#broken !== undefined && error instanceof AskError;
    const root = rootOf(isEnd ? new Error(this.#broken) : error);
    const where = this.#o.places === undefined ? "" : ` in ${this.#o.places.log}`;
    const isDamaged = String(root.code).startsWith("ERR_MULTIRAFT_LOG_");
    const code = isDamaged ? "ERR_MULTIRAFT_STORE_DAMAGED" : "ERR_MULTIRAFT_STORE_START";
    return new ClusterError(code, `store ${this.id}${where}: ${root.message}`, { cause: error });
  }
}

function describe(termination: Termination): string {
  return termination.kind === "threw" ? termination.error.message : termination.kind;
}
