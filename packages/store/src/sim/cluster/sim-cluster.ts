// A cluster on the manual platform: the real actors, a host a store and one for the placement driver,
// whose stores may go down and come back at any step. Nothing in here settles: whoever runs it chooses
// every step.
import { pdActor, pdOptions } from "@multiraft/pd";
import {
  FIRST_EPOCH,
  type PdMail,
  type Peer,
  type Region,
  type StoreId,
  toPeerId,
  toRegionId,
  toStoreId,
  WHOLE_RANGE,
} from "@multiraft/pd/protocol";
import { type Address, type AnyAddress, assert, type MessageShape } from "@multiraft/runtime";
import { type KeptAtCrash, ManualSystem, type MemoryDisk } from "@multiraft/runtime/testing";
import type { RecoveredLog } from "../../log/log-mail.ts";
import type { Life } from "../../log/record.ts";
import { DEFAULT_TUNING, type PeerTuning } from "../../peer/tuning.ts";
import { ALL_REMEDIES } from "../../registry/store-config.ts";
import { Oracles } from "../oracles.ts";
import { lookAt } from "./look.ts";
import { hostOf, type OpenedStore, openStoreOn, tellDirectory } from "./open-store.ts";
import type { Plan } from "./plan.ts";

export type StoreSeat = {
  readonly id: StoreId;
  readonly host: string;
  /** Undefined while it is down. */
  opened: OpenedStore | undefined;
  /** Since it was opened its disk has failed it: that its actors end is no wonder. */
  hasDiskFailed: boolean;
  /** When its disk fails it, its process dies and the machine goes on: what was written is there, not synced. */
  keepsPageCache: boolean;
  /** A tablet of it is damaged: its replica fails until the file is as it was. */
  isRotten: boolean;
  /** Directories of damaged tablets that no life had then: they are swept, and nobody is to look into them. */
  readonly damagedStrays: Set<string>;
  /** One of its actors has ended unasked: what is left of it is to be stopped. */
  broken: string | undefined;
  /** Since it was opened one of its threads has died: what is left of it will be stopped. */
  hasLostThread: boolean;
  /** Lives whose actor was made to throw since it was opened: each is read and opened again. */
  readonly madeToFail: Set<Life>;
};

const REGION = toRegionId(1);
const FIRST_PEER = 100;
const FIRST_STORE = toStoreId(1);
const IDS_USED = 200;

export class SimCluster {
  readonly system: ManualSystem;
  readonly oracles: Oracles;
  readonly seats: readonly StoreSeat[];
  readonly tuning: PeerTuning;
  readonly #plan: Plan;
  #pd: Address<PdMail>;
  #isPdUp = true;
  #firstRegion: Region | undefined;

  constructor(seed: number, plan: Plan) {
    this.#plan = plan;
    this.system = new ManualSystem({ seed, slotsPerHost: plan.slotsPerHost });
    this.tuning = { ...DEFAULT_TUNING, ...plan.tuning };
    this.oracles = new Oracles(
      (host, regionId) => this.#lifeOn(host, regionId),
      (host) => this.#logOn(host),
    );
    this.system.lookOn(this.oracles);
    this.system.lookOn({ ended: (host, address) => this.#onEnded(host, address) });
    this.system.addHost("pd");
    this.#pd = this.#spawnPd();
    this.seats = Array.from({ length: plan.stores }, (_, index) => newSeat(toStoreId(index + 1)));
    for (const { host, id } of this.seats) {
      const { lanes } = plan;
      this.system.addHost(host, lanes === undefined ? {} : { lanes });
      this.openStore(id);
    }
    this.#bootstrap();
  }

  /** While the driver is down, the one that was: whoever asks it learns that it is gone. */
  get pd(): Address<PdMail> {
    return this.#pd;
  }

  get isPdUp(): boolean {
    return this.#isPdUp;
  }

  seat(id: StoreId): StoreSeat {
    const seat = this.seats[id - 1];
    assert(seat !== undefined, () => `no store ${id}`);
    return seat;
  }

  /** In the chaos: when whoever would ask at `atMs` asks instead. */
  afterLull(atMs: number): number {
    const { lullMs } = this.#plan;
    if (lullMs === undefined) return atMs;
    const phaseMs = atMs % (2 * lullMs);
    return phaseMs < lullMs ? atMs : atMs - phaseMs + 2 * lullMs;
  }

  /** Those that are up. */
  opened(): readonly OpenedStore[] {
    return this.seats.flatMap(({ opened }) => (opened === undefined ? [] : [opened]));
  }

  disk(id: StoreId): MemoryDisk {
    return this.system.environmentOf(hostOf(id)).disk as MemoryDisk;
  }

  /** @throws What opening its log threw. */
  openStore(id: StoreId): void {
    const seat = this.seat(id);
    const { pd, tuning } = this;
    const { segmentBytes, threads = 0 } = this.#plan;
    const setting = { pd, tuning, remedies: ALL_REMEDIES, segmentBytes, threads };
    seat.hasDiskFailed = false;
    seat.keepsPageCache = false;
    seat.hasLostThread = false;
    seat.madeToFail.clear();
    seat.broken = undefined;
    seat.opened = openStoreOn(this.system, id, setting);
    tellDirectory(this.system, this.opened());
  }

  crashStore(id: StoreId, kept: KeptAtCrash): void {
    const seat = this.seat(id);
    seat.opened = undefined;
    // Whoever finds the store down makes room on its disk before it is opened again.
    this.disk(id).makeRoom();
    this.oracles.crashed(seat.host);
    this.system.crashHost(seat.host, kept);
  }

  /** Its actors end; the rest of the store goes on until somebody stops it. */
  killThread(id: StoreId, threadName: string): void {
    this.seat(id).hasLostThread = true;
    this.system.killThread(threadName);
  }

  /** @throws As `openStore`. */
  restartStore(id: StoreId): void {
    this.system.restartHost(hostOf(id));
    this.openStore(id);
    this.#bootstrapAgain(this.seat(id));
  }

  crashPd(kept: KeptAtCrash): void {
    this.#isPdUp = false;
    this.system.crashHost("pd", kept);
  }

  /** It knows what its record says; regions are reported to it. Stores still know the one that was. */
  restartPd(): void {
    this.system.restartHost("pd");
    this.#pd = this.#spawnPd();
    this.#isPdUp = true;
  }

  /** Without a choice of anybody: only what leads to the answer happens, at once. */
  look<Reply>(to: AnyAddress, message: MessageShape): Reply | undefined {
    return lookAt(this.system, to, message) as Reply | undefined;
  }

  #spawnPd(): Address<PdMail> {
    const isRecordExpected = this.#firstRegion !== undefined;
    const args = { directory: "/pd", isRecordExpected, options: pdOptions(this.#plan.pd) };
    return this.system.spawn("pd", pdActor, args);
  }

  #lifeOn(host: string, regionId: number) {
    const seat = this.seats.find((one) => one.host === host);
    if (seat?.opened === undefined) return undefined;
    const status = this.look<{ lives: { regionId: number }[] }>(seat.opened.registry, {
      kind: "store-status",
    });
    return status?.lives.find((life) => life.regionId === regionId) as never;
  }

  #logOn(host: string): RecoveredLog | undefined {
    const opened = this.seats.find((one) => one.host === host)?.opened;
    return opened && this.look<RecoveredLog>(opened.log, { kind: "recover" });
  }

  #onEnded(host: string, address: AnyAddress): void {
    const seat = this.seats.find((one) => one.host === host);
    if (seat?.opened === undefined) return;
    const { log, registry, gates, governor } = seat.opened;
    const gatesByName = Object.fromEntries(gates.map((gate, at) => [`gate ${at}`, gate]));
    for (const [name, actor] of Object.entries({ log, registry, governor, ...gatesByName }))
      if (actor.slot === address.slot && actor.incarnation === address.incarnation)
        seat.broken = `its ${name} ended`;
  }

  /** As the first start of a cluster does, which asks until the first region is there. */
  #bootstrapAgain({ id, opened }: StoreSeat): void {
    const region = this.#firstRegion;
    if (region === undefined || opened === undefined || this.oracles.shadow.knows(REGION)) return;
    if (region.peers.every(({ storeId }) => storeId !== id)) return;
    this.system.tell(opened.registry, { kind: "bootstrap-region", region });
  }

  #bootstrap(): void {
    const { system, pd } = this;
    const voters = this.seats.slice(0, this.#plan.firstReplicas);
    const peers = voters.map(
      ({ id }): Peer => ({ id: toPeerId(FIRST_PEER + id), storeId: id, role: "voter" }),
    );
    const region: Region = { id: REGION, range: WHOLE_RANGE, epoch: FIRST_EPOCH, peers };
    this.#firstRegion = region;
    for (const { id } of this.seats) this.look(pd, { kind: "put-store", storeId: id } as never);
    const isScheduling = this.#plan.isScheduling;
    this.look(pd, { kind: "set-scheduling", isEnabled: isScheduling } as never);
    const store = { id: FIRST_STORE, state: "up" as const };
    const first = { ...region, peers: peers.slice(0, 1) };
    this.look(pd, { kind: "bootstrap", store, region: first } as never);
    // Ids above those used here, so that what the driver gives later is larger.
    this.look(pd, { kind: "allocate-ids", count: IDS_USED } as never);
    for (const { registry } of this.opened().slice(0, this.#plan.firstReplicas))
      system.tell(registry, { kind: "bootstrap-region", region });
  }
}

function newSeat(id: StoreId): StoreSeat {
  const faultless = {
    hasDiskFailed: false,
    keepsPageCache: false,
    isRotten: false,
    hasLostThread: false,
  };
  const sets = { damagedStrays: new Set<string>(), madeToFail: new Set<Life>() };
  return { id, host: hostOf(id), opened: undefined, broken: undefined, ...sets, ...faultless };
}
