// What a running cluster is: the actor system, the placement driver, the stores. Opens, stops and opens
// again; everything else asks it where things are. Changes of stores run one after the other.

import { randomUUID } from "node:crypto";
import { resolve } from "node:path";
import { pdActor } from "@multiraft/pd";
import { type PdMail, type StoreId, toStoreId } from "@multiraft/pd/protocol";
import {
  ActorSystem,
  type Address,
  assert,
  type Environment,
  type ReplyOf,
  realEnvironment,
} from "@multiraft/runtime";
import { type Observable, Subject } from "rxjs";
import type { Client } from "../client/client.ts";
import { pause } from "../platform/pause.ts";
import { readChunkJob } from "../snapshot/file-jobs.ts";
import type { GateMail } from "../transport/gate-mail.ts";
import type { TransportRule } from "../transport/transport-rule.ts";
import { BreakCount } from "./break-count.ts";
import { ClusterClients } from "./cluster-clients.ts";
import { ClusterDirectory } from "./cluster-directory.ts";
import { ClusterError, rootOf } from "./cluster-error.ts";
import type { ClusterEvent } from "./cluster-event.ts";
import type { ClusterRecord, StoreEntry } from "./cluster-file.ts";
import { type ClusterSettings, STORES_ADDED_MAX } from "./cluster-options.ts";
import { StoreHost } from "./store-host.ts";

const PD_TIMEOUT_MS = 60_000;
/** Until a store that could not be stopped, or opened, is tried again: what was in the way may pass. */
const AGAIN_MS = 500;

export type StoreState = "running" | "reopening" | "stopped" | "failed";
type Seat = {
  readonly host: StoreHost;
  state: StoreState;
  /** How often it was tried to open it again, since the cluster was started. */
  reopened: number;
  readonly breaks: BreakCount;
  /** It is opened again for the driver's sake: no break of its own. */
  isBlameless: boolean;
  /** Why it is broken or failed. */
  reason: string | undefined;
};
export type SeatView = Readonly<Seat>;

export class ClusterCore {
  readonly system: ActorSystem;
  readonly settings: ClusterSettings;
  readonly environment: Environment;
  /** Testing: what the network does to mail between stores, for gates that are still to be made. */
  readonly rules = new Map<number, TransportRule>();
  readonly #directory: ClusterDirectory | undefined;
  /** Of a cluster without a directory. */
  #record: ClusterRecord;
  readonly #seats = new Map<StoreId, Seat>();
  readonly #clients: ClusterClients;
  readonly #events = new Subject<ClusterEvent>();
  #pd: Address<PdMail> | undefined;
  readonly #pdBreaks = new BreakCount();
  /** It ended, and its opening again is still to come. */
  #isPdBroken = false;
  #changes: Promise<unknown> = Promise.resolve();
  #closing: Promise<void> | undefined;

  private constructor(
    system: ActorSystem,
    settings: ClusterSettings,
    environment: Environment,
    directory: ClusterDirectory | undefined,
    record: ClusterRecord,
  ) {
    this.system = system;
    this.#clients = new ClusterClients({
      system,
      environment,
      pd: () => this.#pd,
      gatesOf: (id) => this.#seats.get(id)?.host.actors?.gates,
    });
    this.settings = settings;
    this.environment = environment;
    this.#directory = directory;
    this.#record = record;
  }

  /** The directory and the placement driver; no store yet. @throws ClusterError; nothing is left open then. */
  static async open(settings: ClusterSettings): Promise<ClusterCore> {
    const environment = realEnvironment();
    const first = firstRecord(settings);
    const directory =
      settings.directory === undefined
        ? undefined
        : ClusterDirectory.open(environment.disk, resolve(settings.directory), first);
    try {
      const record = directory?.record ?? first;
      refuseOtherEngine(settings, record);
      const { threads } = settings;
      // Only snapshots of files have jobs.
      const jobModules =
        directory !== undefined && record.engine === "lmdb" ? [readChunkJob.url] : [];
      const options = { jobModules, ...(threads === undefined ? {} : { threads }) };
      const system = await ActorSystem.start(options);
      const core = new ClusterCore(system, settings, environment, directory, record);
      await core.#openPd().catch(async (error) => {
        await system.close();
        throw error;
      });
      return core;
    } catch (error) {
      directory?.close();
      throw error;
    }
  }

  get record(): ClusterRecord {
    return this.#directory?.record ?? this.#record;
  }

  get path(): string | undefined {
    return this.#directory?.path;
  }

  get events(): Observable<ClusterEvent> {
    return this.#events;
  }

  get isClosing(): boolean {
    return this.#closing !== undefined;
  }

  get seats(): readonly SeatView[] {
    return [...this.#seats.values()].sort((a, b) => a.host.id - b.host.id);
  }

  /** @throws ClusterError */
  seat(id: number): SeatView {
    return this.#seat(id);
  }

  /** @throws ClusterError while it is not running. */
  get pd(): Address<PdMail> {
    if (this.#pd === undefined)
      throw new ClusterError("ERR_MULTIRAFT_PD_START", "the placement driver is not running");
    return this.#pd;
  }

  askPd<Kind extends PdMail["kind"]>(
    mail: PdMail & { readonly kind: Kind },
  ): Promise<ReplyOf<Extract<PdMail, { readonly kind: Kind }>>> {
    return this.system.ask<PdMail, Kind>(this.pd, mail, { timeoutMs: PD_TIMEOUT_MS });
  }

  change(changes: Partial<Pick<ClusterRecord, "isBootstrapped" | "stores">>): void {
    if (this.#directory === undefined) this.#record = { ...this.#record, ...changes };
    else this.#directory.change(changes);
  }

  /** Opens a store under a new id. @throws ClusterError */
  async addStore(): Promise<StoreId> {
    const { firstId } = await this.askPd({ kind: "allocate-ids", count: 1 });
    refuseOneMore(this.record.stores);
    const id = toStoreId(firstId);
    this.#setEntry({ id, state: "new" });
    await this.openStores([{ id, state: "new" }]);
    return id;
  }

  /** At the same time, once each has been found to have what it had. @throws ClusterError, the first. */
  openStores(entries: readonly StoreEntry[]): Promise<void> {
    return this.#exclusively(async () => {
      const seats = entries.map((entry) => this.#seats.get(entry.id) ?? this.#makeSeat(entry));
      const opened = await Promise.allSettled(
        entries.map((entry, at) => this.#open(entry, seats[at])),
      );
      for (const end of opened) if (end.status === "rejected") throw end.reason;
    });
  }

  /** As if its process had died: without a word to anybody. */
  stopStore(id: number): Promise<void> {
    const seat = this.#seat(id);
    return this.#exclusively(async () => {
      // Whatever comes of it, it does not run any more.
      seat.state = "stopped";
      await seat.host.stop();
      this.#settle(seat.host.id, "stopped");
    });
  }

  /** A store that was stopped, or that is to be opened again. */
  reopenStore(id: number): Promise<void> {
    const seat = this.#seat(id);
    return this.#exclusively(async () => {
      if (seat.state === "running") return;
      await seat.host.stop();
      await this.#open({ id: seat.host.id, state: "opened" }, seat);
    });
  }

  /** One that has failed; how often it broke is forgotten. @throws ClusterError also when it has not. */
  retryStore(id: number): Promise<void> {
    const seat = this.#seat(id);
    return this.#exclusively(async () => {
      const { host, state, breaks } = seat;
      if (state === "running") return;
      // In memory nothing is left to open it from.
      const why = this.#directory === undefined ? "in memory" : state;
      if (why !== "failed")
        throw new ClusterError("ERR_MULTIRAFT_CLUSTER_REFUSED", `store ${host.id} is ${why}`);
      breaks.forget();
      await this.#open({ id: host.id, state: "opened" }, seat);
    });
  }

  setRemoved(id: StoreId): void {
    this.#setEntry({ id, state: "removed" });
  }

  client(): Client {
    this.refuseClosed();
    return this.#clients.make();
  }

  /** No file, lock or thread of it is left when this resolves. Harmless when repeated. */
  close(): Promise<void> {
    this.#closing ??= this.#close();
    return this.#closing;
  }

  async #close(): Promise<void> {
    this.#clients.close();
    // What was being opened or stopped comes to its end, which closing systems make a quick one.
    await this.system.close();
    await this.#changes;
    this.#events.complete();
    this.#directory?.close();
  }

  // ---- the placement driver -------------------------------------------------------------------------

  async #openPd(): Promise<void> {
    const directory = this.#directory?.pdDirectory;
    // The first store has its id of the driver.
    const isRecordExpected = this.record.stores.length > 0;
    const { pd: options } = this.settings;
    try {
      const args = { directory, isLockedOutside: true, isRecordExpected, options };
      const pd = await this.system.spawn(pdActor, args, { thread: 0 });
      this.#pd = pd;
      void this.system.watch(pd).then(({ kind }) => this.#onPdEnded(pd, kind));
    } catch (cause) {
      const where = directory === undefined ? "" : ` in ${directory}`;
      const message = `placement driver${where}: ${rootOf(cause).message}`;
      throw new ClusterError("ERR_MULTIRAFT_PD_START", message, { cause });
    }
    this.#events.next({ kind: "pd-opened" });
  }

  /** Everybody knows it by its address, so that all stores are opened again with the new one. */
  #onPdEnded(pd: Address<PdMail>, reason: string): void {
    if (this.isClosing || this.#pd !== pd) return;
    this.#pd = undefined;
    this.#isPdBroken = true;
    this.#events.next({ kind: "pd-broken", reason });
    this.#inBackground(async () => {
      if (!(await this.#reopenPd(reason))) return;
      for (const seat of this.#seats.values()) {
        seat.isBlameless ||= seat.state === "running";
        this.#onBroken(seat, "the driver was opened again");
      }
    });
  }

  async #reopenPd(reason: string): Promise<boolean> {
    this.#isPdBroken = false;
    if (this.isClosing) return false;
    try {
      if (this.#directory === undefined || !this.#pdBreaks.note(this.environment.clock.nowMs()))
        throw new ClusterError("ERR_MULTIRAFT_PD_START", reason);
      await this.#openPd();
      return true;
    } catch (error) {
      if (!this.isClosing) this.#events.next({ kind: "pd-failed", reason: rootOf(error).message });
      return false;
    }
  }

  // ---- stores ---------------------------------------------------------------------------------------

  #makeSeat(entry: StoreEntry): Seat {
    const { engine, clusterId } = this.record;
    const { id } = entry;
    const host = new StoreHost({
      system: this.system,
      id,
      clusterId,
      engine,
      places: this.#directory?.prepareStore(entry),
      tuning: this.settings.tuning,
      rules: () => [...this.rules.values()],
      onBroken: (why) => this.#onBroken(seat, why),
    });
    const seat: Seat = {
      host,
      state: "stopped",
      reopened: 0,
      breaks: new BreakCount(),
      isBlameless: false,
      reason: undefined,
    };
    this.#seats.set(id, seat);
    return seat;
  }

  async #open(entry: StoreEntry, seat: Seat | undefined): Promise<void> {
    assert(seat !== undefined, "a store without a seat");
    await seat.host.open(this.pd, entry.state === "new");
    if (entry.state === "new") this.#setEntry({ ...entry, state: "opened" });
    try {
      await this.askPd({ kind: "put-store", storeId: entry.id });
    } catch (error) {
      await this.#isStopped(seat);
      throw error;
    }
    this.#settle(entry.id, "running");
  }

  #onBroken(seat: Seat, reason: string): void {
    if (this.isClosing || seat.state !== "running") return;
    seat.state = "reopening";
    seat.reason = reason;
    this.#events.next({ kind: "store-broken", storeId: seat.host.id, reason });
    this.#inBackground(() => this.#reopen(seat, reason));
  }

  async #reopen(seat: Seat, reason: string): Promise<void> {
    const { host } = seat;
    // Stopped meanwhile, or opened by whoever asked for it.
    if (seat.state !== "reopening") return;
    // The driver went with the same thread, and is behind this in the row.
    if (this.#isPdBroken) return this.#inBackground(() => this.#reopen(seat, reason));
    if (!(await this.#isStopped(seat))) return this.#reopenLater(seat, reason);
    // In memory, what it had promised is gone: under its name it may promise nothing any more.
    const mayOpen = this.#directory !== undefined && this.#mayOpenAgain(seat);
    if (!mayOpen) return this.#fail(seat, reason);
    try {
      seat.reopened += 1;
      await host.open(this.pd, false);
      this.#settle(host.id, "running");
    } catch (error) {
      const why = rootOf(error).message;
      if (isOfTheData(error)) return this.#fail(seat, why);
      // It broke once more, and that counts.
      this.#reopenLater(seat, why);
    }
  }

  #mayOpenAgain(seat: Seat): boolean {
    const { isBlameless, breaks } = seat;
    seat.isBlameless = false;
    return isBlameless || breaks.note(this.environment.clock.nowMs());
  }

  /** While it is not, nothing else can be done with it: that does not count as a break. */
  async #isStopped({ host }: Seat): Promise<boolean> {
    try {
      await host.stop();
      return true;
    } catch {
      return false;
    } finally {
      this.#tellDirectory();
    }
  }

  /** Others have their turn meanwhile. */
  #reopenLater(seat: Seat, reason: string): void {
    void pause(AGAIN_MS).then(() => this.#inBackground(() => this.#reopen(seat, reason)));
  }

  #fail(seat: Seat, reason: string): void {
    seat.reason = reason;
    if (!this.isClosing) this.#settle(seat.host.id, "failed");
  }

  #settle(storeId: StoreId, state: "running" | "stopped" | "failed"): void {
    const seat = this.#seat(storeId);
    seat.state = state;
    seat.isBlameless = false;
    this.#tellDirectory();
    if (state === "running") this.#onRunning(seat);
    if (state === "stopped") this.#events.next({ kind: "store-stopped", storeId });
    if (state === "failed")
      this.#events.next({ kind: "store-failed", storeId, reason: seat.reason ?? "" });
  }

  /** What broke while it was being opened could not be opened again from there. */
  #onRunning(seat: Seat): void {
    const { id, broken } = seat.host;
    this.#events.next({ kind: "store-opened", storeId: id });
    if (broken !== undefined) this.#onBroken(seat, broken);
  }

  /** Every gate knows the gates of all stores that run. */
  #tellDirectory(): void {
    const stores = this.seats.flatMap(({ host }) =>
      host.actors === undefined ? [] : [{ storeId: host.id, gates: host.actors.gates }],
    );
    const mail: GateMail = { kind: "directory", stores };
    for (const { gates } of stores) for (const gate of gates) this.system.tell(gate, mail);
  }

  #seat(id: number): Seat {
    const seat = this.#seats.get(id as StoreId);
    if (seat !== undefined) return seat;
    const known = this.seats.map(({ host }) => host.id).join(", ");
    const message = `there is no store ${id}; there are ${known}`;
    throw new ClusterError("ERR_MULTIRAFT_NO_SUCH_STORE", message);
  }

  #setEntry(entry: StoreEntry): void {
    if (this.#directory !== undefined) return this.#directory.setStore(entry);
    const others = this.#record.stores.filter(({ id }) => id !== entry.id);
    this.#record = { ...this.#record, stores: [...others, entry] };
  }

  // ---- small things -----------------------------------------------------------------------------------

  /** @throws ClusterError once the cluster is being closed. */
  async #exclusively<Value>(work: () => Promise<Value>): Promise<Value> {
    const done = this.#changes.then(() => {
      this.refuseClosed();
      return work();
    });
    this.#changes = done.then(
      () => undefined,
      () => undefined,
    );
    return done;
  }

  /** What fails in there says so itself; what a closed cluster was still to do, nobody misses. */
  #inBackground(work: () => Promise<void>): void {
    this.#exclusively(work).catch((error: unknown) => {
      if (!this.isClosing) throw error;
    });
  }

  /** @throws ClusterError once the cluster is being closed. */
  refuseClosed(): void {
    if (this.isClosing)
      throw new ClusterError("ERR_MULTIRAFT_CLUSTER_CLOSED", "the cluster is closed");
  }
}

function firstRecord({ stores, engine }: ClusterSettings): ClusterRecord {
  return {
    clusterId: randomUUID(),
    engine: engine ?? "lmdb",
    storesAtFirst: stores,
    isBootstrapped: false,
    stores: [],
  };
}

/** @throws ClusterError where there are as many as may be open at one time. */
export function refuseOneMore(stores: readonly StoreEntry[]): void {
  const open = stores.filter(({ state }) => state !== "removed").length;
  if (open < STORES_ADDED_MAX) return;
  const message = `a cluster has up to ${STORES_ADDED_MAX} stores`;
  throw new ClusterError("ERR_MULTIRAFT_CLUSTER_REFUSED", message);
}

/** It will be so the next time. */
function isOfTheData(error: unknown): boolean {
  if (!(error instanceof ClusterError)) return false;
  const { code } = error;
  return code === "ERR_MULTIRAFT_STORE_DAMAGED" || code === "ERR_MULTIRAFT_STORE_EMPTIED";
}

function refuseOtherEngine({ engine }: ClusterSettings, record: ClusterRecord): void {
  if (engine === undefined || engine === record.engine) return;
  const message = `the directory was made with engine "${record.engine}", not "${engine}"`;
  throw new ClusterError("ERR_MULTIRAFT_CLUSTER_OPTION", message);
}
