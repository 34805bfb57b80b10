// A cluster on the manual platform: the real actors of PD, registry, gates, log and replicas, one
// host a store, with a clock that stands still and disks in memory. Tests script what happens when.

import { type PdArgs, pdActor, pdOptions } from "@multiraft/pd";
import {
  FIRST_EPOCH,
  type Key,
  keyFromText,
  type OperatorStep,
  type PdMail,
  type Peer,
  type PeerId,
  type Region,
  type RegionId,
  type StoreId,
  toPeerId,
  toRegionId,
  toStoreId,
  WHOLE_RANGE,
} from "@multiraft/pd/protocol";
import { type Address, assert } from "@multiraft/runtime";
import { ManualSystem, type MemoryDisk, type Pending } from "@multiraft/runtime/testing";
import type { ClientReply, ClientRequest } from "../peer/client-request.ts";
import type { PeerStatus } from "../peer/peer-mail.ts";
import { DEFAULT_TUNING, type PeerTuning } from "../peer/tuning.ts";
import type { LifeStatus, StoreStatusReply } from "../registry/registry-mail.ts";
import { ALL_REMEDIES, type Remedies } from "../registry/store-config.ts";
import type { GateMail } from "../transport/gate-mail.ts";
import { placeOf } from "../transport/placement.ts";
import {
  hostOf,
  type OpenedStore,
  openStoreOn,
  TABLETS,
  tellDirectory,
} from "./cluster/open-store.ts";
import { findDifference, type TabletOnDisk, tabletsOn } from "./oracle/equal-data.ts";
import { Oracles } from "./oracles.ts";

export type WorldOptions = {
  readonly stores: number;
  readonly seed: number;
  readonly tuning?: Partial<PeerTuning>;
  readonly remedies?: Partial<Remedies>;
  /** The stores that `remedies` is for; all without it. */
  readonly remediesAt?: readonly number[];
  /** Slots of a store's host: few of them bring their reuse near. */
  readonly slotsPerHost?: number;
  /** Default true; false takes the fourth remedy out. */
  readonly isMailIsolated?: boolean;
  /** Default true: every rest is checked. Without, violations are only gathered. */
  readonly isChecked?: boolean;
  /** The disks of the stores; plain ones by default. */
  readonly diskOf?: (storeId: StoreId) => MemoryDisk;
  /** Actor threads of a store, beside that of its log; left out, all is on the one thread of its host. */
  readonly threads?: number;
};

/** Small: a simulated disk keeps its unsynced pages twice. */
const SEGMENT_BYTES = 256 * 1024;
/** Between the threads of a store, where it has several. */
const LANES = { laneBytes: 65_536, arenaBytes: 16 * 1024 * 1024, overflowBytesMax: 1024 * 1024 };

export class World {
  readonly system: ManualSystem;
  readonly pd: Address<PdMail>;
  readonly tuning: PeerTuning;
  readonly oracles: Oracles;
  readonly #remediesOf: (id: StoreId) => Remedies;
  readonly #isChecked: boolean;
  readonly #threads: number;
  readonly #stores = new Map<StoreId, OpenedStore>();

  constructor(options: WorldOptions) {
    const { seed, slotsPerHost = 4_096, isMailIsolated = true } = options;
    this.system = new ManualSystem({ seed, slotsPerHost, isMailIsolated });
    this.#isChecked = options.isChecked ?? true;
    this.#threads = options.threads ?? 0;
    this.oracles = new Oracles((host, regionId) => this.#look(host, regionId));
    this.system.lookOn(this.oracles);
    // Snapshots of a scripted world flow as soon as they may: time moves only when a test says so.
    this.tuning = { ...DEFAULT_TUNING, snapshotPace: "full", splitWaitMs: 0, ...options.tuning };
    const { remedies, remediesAt } = options;
    this.#remediesOf = (id) =>
      remediesAt?.includes(id) === false ? ALL_REMEDIES : { ...ALL_REMEDIES, ...remedies };
    this.system.addHost("pd");
    const args: PdArgs = { directory: "/pd", options: pdOptions() };
    this.pd = this.system.spawn("pd", pdActor, args);
    for (let id = 1; id <= options.stores; id += 1) {
      const disk = options.diskOf?.(toStoreId(id));
      const lanes = this.#threads === 0 ? {} : { lanes: LANES };
      this.system.addHost(hostOf(toStoreId(id)), disk === undefined ? lanes : { disk, ...lanes });
      this.openStore(toStoreId(id));
    }
    this.system.settle();
  }

  /** On an empty host, or on one that was restarted after a crash. */
  openStore(id: StoreId, opening = 1): void {
    const { pd, tuning } = this;
    const remedies = this.#remediesOf(id);
    const sizes = { segmentBytes: SEGMENT_BYTES, threads: this.#threads };
    const setting = { pd, tuning, remedies, ...sizes, opening };
    this.#stores.set(id, openStoreOn(this.system, id, setting));
    tellDirectory(this.system, [...this.#stores.values()]);
  }

  crashStore(id: number): void {
    const host = hostOf(toStoreId(id));
    this.oracles.crashed(host);
    this.system.crashHost(host);
  }

  /** @param opening Above 1: its process has lived on, and so may jobs of what it was before. */
  restartStore(id: number, opening = 1): void {
    this.system.restartHost(hostOf(toStoreId(id)));
    this.openStore(toStoreId(id), opening);
    this.system.settle();
  }

  store(id: number): OpenedStore {
    const store = this.#stores.get(toStoreId(id));
    assert(store !== undefined, () => `no store ${id}`);
    return store;
  }

  disk(id: number): MemoryDisk {
    return this.system.environmentOf(hostOf(toStoreId(id))).disk as MemoryDisk;
  }

  /** One region over the whole key space, with a voter on each of `stores`: peer ids 101, 102, … */
  bootstrap(stores: readonly number[]): Region {
    const peers = stores.map(
      (id): Peer => ({ id: toPeerId(100 + id), storeId: toStoreId(id), role: "voter" }),
    );
    const region: Region = { id: toRegionId(1), range: WHOLE_RANGE, epoch: FIRST_EPOCH, peers };
    const first = { id: toStoreId(stores[0] ?? 1), state: "up" as const };
    for (const id of stores) this.answer(this.pd, { kind: "put-store", storeId: toStoreId(id) });
    this.answer(this.pd, { kind: "set-scheduling", isEnabled: false });
    this.answer(this.pd, {
      kind: "bootstrap",
      store: first,
      region: { ...region, peers: peers.slice(0, 1) },
    });
    // Ids above those used here, so that what PD gives later is larger.
    this.answer(this.pd, { kind: "allocate-ids", count: 200 });
    for (const id of stores) {
      this.system.tell(this.store(id).registry, { kind: "bootstrap-region", region });
    }
    this.system.settle();
    return region;
  }

  ticks(count: number): void {
    for (let i = 0; i < count; i += 1) this.system.advance(this.tuning.tickMs);
    this.check();
  }

  /** Until nothing can happen while time stands still. */
  settle(): void {
    this.system.settle();
    this.check();
  }

  /** What the oracles have to say at a rest; also what the disks hold. @throws InvariantError */
  check(): void {
    if (this.#isChecked) this.oracles.check();
  }

  /** Equal data at equal index, on all stores that are up. @throws InvariantError */
  checkData(): void {
    const difference = findDifference(this.tablets());
    if (difference !== undefined) this.oracles.report("equal-data", difference);
    this.check();
  }

  tablets(): TabletOnDisk[] {
    return [...this.#stores.keys()].flatMap((id) => tabletsOn(id, this.disk(id), TABLETS));
  }

  /** Every generation that has a directory, half-built ones included. */
  tabletNames(id: number): string[] {
    return this.disk(id)
      .list(TABLETS)
      .map(({ name }) => name);
  }

  /** Ends everything. @throws InvariantError when something is still held. */
  finish(): void {
    this.system.shutDown();
    const open = this.system.openThings();
    assert(open.length === 0, () => `still held at the end: ${open.join("; ")}`);
    this.check();
  }

  /** Ticks until `holds`. @throws When it does not within a bound that no healthy cluster needs. */
  until(what: string, holds: () => boolean, ticksMax = 400): void {
    for (let tick = 0; tick < ticksMax; tick += 1) {
      if (holds()) return;
      this.ticks(1);
    }
    throw new Error(`not within ${ticksMax} ticks: ${what}`);
  }

  status(id: number): StoreStatusReply {
    return this.answer(this.store(id).registry, { kind: "store-status" }) as StoreStatusReply;
  }

  /** Asks and settles. */
  answer<To extends { readonly kind: string }>(to: Address<To>, message: To): unknown {
    const handle = this.system.ask(to, message as never);
    this.settle();
    const { outcome } = handle;
    assert(outcome !== undefined, () => `no answer to ${message.kind}`);
    if (outcome.kind === "failed") throw new Error(`${message.kind}: ${outcome.error.message}`);
    return outcome.value;
  }

  client(id: number, regionId: RegionId, request: ClientRequest): ClientReply {
    const { gates } = this.store(id);
    const gate = gates[placeOf(regionId, toStoreId(id), gates.length)];
    assert(gate !== undefined, "a region without a gate");
    const handle = this.system.ask<GateMail, ClientReply>(gate, {
      kind: "client",
      regionId,
      request,
    });
    for (let tick = 0; tick < 50 && handle.outcome === undefined; tick += 1) this.ticks(1);
    const { outcome } = handle;
    assert(outcome !== undefined, "a client was never answered");
    if (outcome.kind === "failed") return { kind: "outcome-unknown" };
    return outcome.value;
  }

  /** Takes no step of anybody but the one that answers. */
  #look(host: string, regionId: RegionId): LifeStatus | undefined {
    const store = [...this.#stores.values()].find((one) => one.host === host);
    if (store === undefined) return undefined;
    const handle = this.system.ask(store.registry, { kind: "store-status" });
    const isMine = (pending: Pending) =>
      pending.kind === "mail" && pending.message.kind === "store-status" && pending.host === host;
    const pending = this.system.pending().find(isMine);
    if (pending !== undefined) this.system.run(pending);
    const { outcome } = handle;
    if (outcome?.kind !== "reply") return undefined;
    return (outcome.value as StoreStatusReply).lives.find((life) => life.regionId === regionId);
  }

  lifeOn(id: number, regionId: RegionId): LifeStatus | undefined {
    return this.status(id).lives.find((life) => life.regionId === regionId);
  }

  replica(id: number, regionId: RegionId): PeerStatus | undefined {
    const address = this.lifeOn(id, regionId)?.address;
    if (address === undefined) return undefined;
    return this.answer(address, { kind: "peer-status" }) as PeerStatus;
  }

  /** What the placement driver would tell the region's leader to do. */
  order(regionId: RegionId, step: OperatorStep): void {
    const leader = this.mustLead(regionId);
    const life = this.lifeOn(leader, regionId);
    assert(life?.address !== undefined && life.region !== undefined, "a leader without a region");
    const { epoch } = life.region;
    this.system.tell(life.address, { kind: "pd-order", operatorId: 0, regionId, epoch, step });
    this.settle();
  }

  newPeerId(): PeerId {
    const reply = this.answer(this.pd, { kind: "allocate-ids", count: 1 });
    return toPeerId((reply as { readonly firstId: number }).firstId);
  }

  regionOn(id: number, regionId: RegionId): Region | undefined {
    return this.status(id).lives.find((life) => life.regionId === regionId)?.region;
  }

  /** The store whose replica answers as leader. */
  leaderOf(regionId: RegionId): number | undefined {
    for (const id of this.#stores.keys()) {
      const region = this.regionOn(id, regionId);
      if (region === undefined) continue;
      const { version } = region.epoch;
      const reply = this.client(id, regionId, { kind: "get", version, key: region.range.start });
      if (reply.kind === "value") return id;
    }
    return undefined;
  }

  mustLead(regionId: RegionId): number {
    let leader: number | undefined;
    this.until(`a leader of region ${regionId}`, () => {
      leader = this.leaderOf(regionId);
      return leader !== undefined;
    });
    assert(leader !== undefined, "no leader");
    return leader;
  }

  put(regionId: RegionId, key: string, value: string): void {
    const id = this.mustLead(regionId);
    const version = this.regionOn(id, regionId)?.epoch.version ?? 0;
    const write = { kind: "put" as const, key: keyFromText(key), value: Buffer.from(value) };
    const reply = this.client(id, regionId, { kind: "write", version, writes: [write] });
    assert(reply.kind === "written", () => `put of ${key}: ${reply.kind}`);
  }

  get(regionId: RegionId, key: string): string | undefined {
    const id = this.mustLead(regionId);
    const version = this.regionOn(id, regionId)?.epoch.version ?? 0;
    const reply = this.client(id, regionId, { kind: "get", version, key: keyFromText(key) });
    assert(reply.kind === "value", () => `get of ${key}: ${reply.kind}`);
    return reply.value === undefined ? undefined : Buffer.from(reply.value).toString();
  }

  split(regionId: RegionId, at: string): ClientReply {
    const id = this.mustLead(regionId);
    const epoch = this.regionOn(id, regionId)?.epoch ?? FIRST_EPOCH;
    // It gives ids for a split, and nothing else of its own: what it hears of meanwhile it would act upon.
    this.system.holdMail(this.pd, ["region-heartbeat"]);
    this.answer(this.pd, { kind: "set-scheduling", isEnabled: true });
    const reply = this.client(id, regionId, {
      kind: "split-at",
      epoch,
      key: keyFromText(at) as Key,
    });
    this.answer(this.pd, { kind: "set-scheduling", isEnabled: false });
    this.system.releaseMail(this.pd);
    return reply;
  }
}
