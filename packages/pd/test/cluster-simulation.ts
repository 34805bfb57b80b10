// A cluster as plain data round the placement driver's state machine: stores that live and die,
// regions that carry out orders after random delays, reports that come late, twice or out of date, and
// a driver that crashes. One seed gives one run. What must always hold is asserted while it runs; tests
// ask where it ended.
import { assert } from "@multiraft/runtime";
import { type PdOptions, pdOptions } from "../src/pd-options.ts";
import {
  type AskSplitReply,
  EMPTY_KEY,
  type OperatorStep,
  type PdOrder,
  type PdStatus,
  type Peer,
  type PeerId,
  type Region,
  type RegionHeartbeat,
  type RegionId,
  type StoreId,
  sameEpoch,
  toPeerId,
  toRegionId,
  toStoreId,
  WHOLE_RANGE,
} from "../src/protocol/index.ts";
import { type Below, seededRandom } from "./seeded-random.ts";
import { SimulatedDriver } from "./simulated-driver.ts";
import {
  addLearner,
  type DeadStores,
  electable,
  isLed,
  keyAt,
  peerOf,
  promoteLearner,
  removePeer,
  reportOf,
  type SimulatedRegion,
  splitRegion,
} from "./simulated-region.ts";
import { SimulatedTime } from "./simulated-time.ts";

const HEARTBEAT_MS = 1_000;
const REPORT_DELAY_MS = 200;
const ORDER_DELAY_MS = 300;
const SNAPSHOT_MS = { least: 200, spread: 2_000 };
const OLD_REPORTS_KEPT = 200;

/** All times scaled down together. */
export const SIMULATED_TIMES: Partial<PdOptions> = {
  tickMs: 100,
  orderResendMs: 500,
  stepTimeoutMs: 20_000,
  snapshotStepTimeoutMs: 60_000,
  storeSilentMs: 3_000,
  storeDownMs: 10_000,
  peerDownMs: 10_000,
  preparingMaxMs: 30_000,
};

/** Chances are in 1,000. */
type Faults = {
  /** That a report comes twice. */
  readonly duplicatesPerMille: number;
  /** That an old report comes again beside a new one. */
  readonly stalePerMille: number;
  /** That the driver crashes at a piece of mail. */
  readonly crashesPerMille: number;
  /** The one piece of mail, by number, at which it crashes for certain; -1 for none. */
  readonly crashAtMail: number;
};
const NO_FAULTS: Faults = {
  duplicatesPerMille: 0,
  stalePerMille: 0,
  crashesPerMille: 0,
  crashAtMail: -1,
};

export type SimulationOptions = Partial<Faults> & {
  readonly seed: number;
  readonly pd?: Partial<PdOptions>;
};

export class ClusterSimulation {
  readonly options: PdOptions;
  readonly driver: SimulatedDriver;
  readonly below: Below;
  readonly regions = new Map<RegionId, SimulatedRegion>();
  /** No store may send or receive more snapshots at a time than its limit. */
  isSnapshotLimitChecked = true;
  readonly #time = new SimulatedTime();
  readonly #faults: Faults;
  readonly #dead = new Map<StoreId, number>();
  readonly #stores: StoreId[] = [];
  readonly #oldReports: RegionHeartbeat[] = [];

  constructor({ seed, pd, ...faults }: SimulationOptions) {
    this.below = seededRandom(seed);
    this.options = pdOptions({ ...SIMULATED_TIMES, ...pd });
    this.#faults = { ...NO_FAULTS, ...faults };
    this.driver = new SimulatedDriver({
      options: this.options,
      time: this.#time,
      below: this.below,
      crashesPerMille: this.#faults.crashesPerMille,
      crashAtMail: this.#faults.crashAtMail,
      deliver: ({ to, order }) =>
        this.#later(ORDER_DELAY_MS, () => this.#receive(to.incarnation, order)),
    });
    this.#every(this.options.tickMs, () => this.driver.tell({ kind: "tick" }));
  }

  addStore(): StoreId {
    const storeId = toStoreId(this.driver.allocateIds(1));
    this.#stores.push(storeId);
    this.driver.ask({ kind: "put-store", storeId });
    this.#every(HEARTBEAT_MS, () => this.#storeHeartbeat(storeId));
    return storeId;
  }

  kill(storeId: StoreId): void {
    this.#dead.set(storeId, this.#time.nowMs);
    for (const simulated of this.regions.values()) this.#electIfHeadless(simulated);
  }

  revive(storeId: StoreId): void {
    this.#dead.delete(storeId);
    for (const simulated of this.regions.values()) {
      this.#electIfHeadless(simulated);
      this.#reportSoon(simulated);
    }
  }

  bootstrap(storeId: StoreId): void {
    const firstId = this.driver.allocateIds(2);
    const peer: Peer = { id: toPeerId(firstId + 1), storeId, role: "voter" };
    const epoch = { version: 1, confVer: 1 };
    const region: Region = { id: toRegionId(firstId), range: WHOLE_RANGE, epoch, peers: [peer] };
    this.driver.ask({ kind: "bootstrap", store: { id: storeId, state: "up" }, region });
    this.#add({ region, leader: peer.id, term: 6, pending: new Map() });
  }

  /** Instead of the first region: one for each placement, led by the first of its stores. */
  place(placements: readonly (readonly StoreId[])[]): void {
    this.regions.clear();
    for (const [at, storeIds] of placements.entries()) {
      const firstId = this.driver.allocateIds(1 + storeIds.length);
      const start = at === 0 ? EMPTY_KEY : keyAt(at);
      const end = at === placements.length - 1 ? EMPTY_KEY : keyAt(at + 1);
      const peers = storeIds.map((storeId, peer): Peer => {
        return { id: toPeerId(firstId + 1 + peer), storeId, role: "voter" };
      });
      const epoch = { version: 2, confVer: 1 };
      const region = { id: toRegionId(firstId), range: { start, end }, epoch, peers };
      this.#add({ region, leader: toPeerId(firstId + 1), term: 6, pending: new Map() });
    }
  }

  /** Splits random regions until there are `count`. */
  splitInto(count: number): void {
    while (this.regions.size < count) {
      const [simulated] = [...this.regions.values()].slice(this.below(this.regions.size));
      assert(simulated !== undefined, "no region to split");
      this.#split(simulated);
      this.run(50);
    }
  }

  run(durationMs: number): void {
    this.#time.run(durationMs);
  }

  /** Until no operator has been made for `quietMs`, and none is running. */
  runUntilQuiet(quietMs: number, limitMs: number): void {
    const endMs = this.#time.nowMs + limitMs;
    let made = -1;
    while (this.operatorsMade() !== made || this.status().runningOperators.length > 0) {
      assert(this.#time.nowMs < endMs, () => `not quiet after ${limitMs} ms: ${this.describe()}`);
      made = this.operatorsMade();
      this.run(quietMs);
    }
  }

  status(): PdStatus {
    return this.driver.status();
  }

  operatorsMade(): number {
    return this.driver.operatorsMade;
  }

  peersOn(storeId: StoreId): number {
    return this.#count(({ region }) => region.peers.some((peer) => peer.storeId === storeId));
  }

  leadersOn(storeId: StoreId): number {
    return this.#count((simulated) => peerOf(simulated, simulated.leader)?.storeId === storeId);
  }

  describe(): string {
    const stores = this.#stores.map((id) => `${id}:${this.peersOn(id)}/${this.leadersOn(id)}`);
    const { runningOperators, finishedOperators, createdOperators } = this.status();
    return JSON.stringify({ stores, runningOperators, finishedOperators, createdOperators });
  }

  #count(holds: (simulated: SimulatedRegion) => boolean): number {
    return [...this.regions.values()].filter(holds).length;
  }

  #later(withinMs: number, event: () => void): void {
    this.#time.after(this.below(withinMs), event);
  }

  /** From a random moment on. */
  #every(periodMs: number, event: () => void): void {
    const again = () => {
      this.#time.after(periodMs, again);
      event();
    };
    this.#later(periodMs, again);
  }

  #chance(perMille: number): boolean {
    return this.below(1_000) < perMille;
  }

  #storeHeartbeat(storeId: StoreId): void {
    if (this.#dead.has(storeId)) return;
    const { sending, receiving } = this.#snapshotsOf(storeId);
    this.driver.tell({
      kind: "store-heartbeat",
      storeId,
      regionCount: this.peersOn(storeId),
      leaderCount: this.leadersOn(storeId),
      sendingSnapshots: sending,
      receivingSnapshots: receiving,
      usedBytes: 0,
    });
  }

  #snapshotsOf(storeId: StoreId): { sending: number; receiving: number } {
    let sending = 0;
    let receiving = 0;
    for (const simulated of this.regions.values())
      for (const [peerId, from] of simulated.pending) {
        if (from === storeId) sending += 1;
        if (peerOf(simulated, peerId)?.storeId === storeId) receiving += 1;
      }
    return { sending, receiving };
  }

  #add(simulated: SimulatedRegion): void {
    this.regions.set(simulated.region.id, simulated);
    this.#reportSoon(simulated);
    this.#every(HEARTBEAT_MS, () => this.#report(simulated));
  }

  #reportSoon(simulated: SimulatedRegion): void {
    this.#later(REPORT_DELAY_MS, () => this.#report(simulated));
  }

  #report(simulated: SimulatedRegion): void {
    const isThere = this.regions.get(simulated.region.id) === simulated;
    if (!isThere || !isLed(simulated, this.#dead)) return;
    const report = reportOf(simulated, this.#dead, this.#time.nowMs);
    this.driver.tell(report);
    if (this.#chance(this.#faults.duplicatesPerMille))
      this.#later(REPORT_DELAY_MS, () => this.driver.tell(report));
    if (this.#chance(this.#faults.stalePerMille)) this.#tellOld();
    this.#keepForLater(report);
  }

  #keepForLater(report: RegionHeartbeat): void {
    if (this.#oldReports.length < OLD_REPORTS_KEPT) this.#oldReports.push(report);
    else this.#oldReports[this.below(OLD_REPORTS_KEPT)] = report;
  }

  #tellOld(): void {
    const old = this.#oldReports[this.below(this.#oldReports.length)];
    if (old !== undefined) this.driver.tell(old);
  }

  #electIfHeadless(simulated: SimulatedRegion): void {
    if (isLed(simulated, this.#dead)) return;
    this.#time.after(500 + this.below(1_000), () => {
      const able = electable(simulated, this.#dead);
      const winner = able[this.below(Math.max(1, able.length))];
      if (winner !== undefined && !isLed(simulated, this.#dead)) this.#lead(simulated, winner);
    });
  }

  #lead(simulated: SimulatedRegion, winner: Peer): void {
    simulated.leader = winner.id;
    simulated.term += 1;
    for (const peerId of simulated.pending.keys()) {
      simulated.pending.set(peerId, winner.storeId);
      this.#sendSnapshot(simulated, peerId);
    }
    this.#reportSoon(simulated);
  }

  #receive(term: number, { regionId, epoch, step }: PdOrder): void {
    const simulated = this.regions.get(regionId);
    if (simulated === undefined || simulated.term !== term) return; // another life of the leader
    if (!isLed(simulated, this.#dead) || !sameEpoch(simulated.region.epoch, epoch)) return;
    this.#carryOut(simulated, step);
    this.#reportSoon(simulated);
  }

  #carryOut(simulated: SimulatedRegion, step: OperatorStep): void {
    switch (step.kind) {
      case "add-learner":
        addLearner(simulated, step.peer, this.options.replicas);
        this.#checkSnapshots();
        this.#sendSnapshot(simulated, step.peer.id);
        break;
      case "promote-learner":
        promoteLearner(simulated, step.peerId);
        break;
      case "remove-peer":
        removePeer(simulated, step.peerId, this.#deadAsReported(), this.options.replicas);
        break;
      case "transfer-leader":
        this.#transferLeader(simulated, step.toPeerId);
        break;
      case "split":
        this.#split(simulated);
    }
  }

  /** Nobody can know of a store that has just died. */
  #deadAsReported(): DeadStores {
    const knownMs = this.#time.nowMs - HEARTBEAT_MS - REPORT_DELAY_MS - ORDER_DELAY_MS;
    return new Map([...this.#dead].filter(([, sinceMs]) => sinceMs <= knownMs));
  }

  #transferLeader(simulated: SimulatedRegion, peerId: PeerId): void {
    const winner = peerOf(simulated, peerId);
    assert(winner?.role === "voter", "the leadership was to go to no voter");
    assert(!simulated.pending.has(winner.id), "the leadership was to go to a pending peer");
    if (!this.#dead.has(winner.storeId)) this.#lead(simulated, winner);
  }

  #checkSnapshots(): void {
    if (!this.isSnapshotLimitChecked) return;
    for (const storeId of this.#stores) {
      const { sending, receiving } = this.#snapshotsOf(storeId);
      const most = Math.max(sending, receiving);
      assert(most <= this.options.snapshotsPerStoreMax, () => `${most} snapshots at ${storeId}`);
    }
  }

  #sendSnapshot(simulated: SimulatedRegion, peerId: PeerId): void {
    const durationMs = SNAPSHOT_MS.least + this.below(SNAPSHOT_MS.spread);
    this.#time.after(durationMs, () => this.#snapshotArrives(simulated, peerId));
  }

  /** Not while sender or receiver is dead: then it is sent again. */
  #snapshotArrives(simulated: SimulatedRegion, peerId: PeerId): void {
    const peer = peerOf(simulated, peerId);
    if (peer === undefined || !simulated.pending.has(peerId)) return;
    if (this.#dead.has(peer.storeId) || !isLed(simulated, this.#dead)) {
      this.#sendSnapshot(simulated, peerId);
      return;
    }
    simulated.pending.delete(peerId);
    this.#reportSoon(simulated);
  }

  /** Both halves report, in any order. Not while a learner is on its way: that would double its snapshot. */
  #split(simulated: SimulatedRegion): void {
    if (simulated.pending.size > 0) return;
    const { id: regionId, epoch, peers } = simulated.region;
    const request = { regionId, epoch, peerCount: peers.length, newRegionCount: 1 };
    const reply = this.driver.ask({ kind: "ask-split", ...request }) as AskSplitReply;
    const [ids] = reply.kind === "ids" ? reply.ids : [];
    if (ids === undefined) return;
    for (const id of [ids.regionId, ...ids.peerIds]) this.driver.noteGivenId(id);
    this.#add(splitRegion(simulated, ids));
    this.#reportSoon(simulated);
  }
}
