// A cluster as plain data round the placement driver's state machine: stores that live and die,
// regions that carry out orders after random delays, reports that come late, twice or out of date, and
// a driver that may crash after any write. One seed gives one run. What must always hold is asserted
// while it runs; tests ask where it ended.
import { assert, toAddress } from "@multiraft/runtime";
import { decodeRecord, encodeRecord, type PdRecord } from "../src/driver/pd-record.ts";
import { openPd, type PdState } from "../src/driver/pd-state.ts";
import { step } from "../src/driver/step.ts";
import { type PdOptions, pdOptions } from "../src/pd-options.ts";
import {
  compareTimestamps,
  EMPTY_KEY,
  type Key,
  type KeyRange,
  keyFromText,
  type OperatorStep,
  type PdMail,
  type PdOrder,
  type PdStatus,
  type Peer,
  type PeerId,
  type Region,
  type RegionHeartbeat,
  type RegionId,
  type StoreId,
  sameEpoch,
  type Timestamp,
  toPeerId,
  toRegionId,
  toStoreId,
  WHOLE_RANGE,
} from "../src/protocol/index.ts";
import type { AskSplitReply } from "../src/protocol/pd-mail.ts";
import { seededRandom } from "./seeded-random.ts";

/** Keys are six hexadecimal digits, so that a range can be halved. */
function middleKey({ start, end }: KeyRange): Key {
  const low = start === EMPTY_KEY ? 0 : Number.parseInt(start, 16);
  const high = end === EMPTY_KEY ? 0x1_00_00_00 : Number.parseInt(end, 16);
  return keyFromText(((low + high) >>> 1).toString(16).padStart(6, "0"));
}

/** A step of simulated time; nothing happens in between. */
const STEP_MS = 10;
const HEARTBEAT_MS = 1_000;

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

export type SimulationOptions = {
  readonly seed: number;
  readonly pd?: Partial<PdOptions>;
  /** In 1,000: chance that a report comes twice, that an old one comes again, that the driver crashes at a mail. */
  readonly duplicatesPerMille?: number;
  readonly stalePerMille?: number;
  readonly crashesPerMille?: number;
};

type SimulatedRegion = {
  region: Region;
  leader: PeerId;
  term: number;
  /** Replicas whose snapshot is on its way, and the store that sends it. */
  readonly pending: Map<PeerId, StoreId>;
};

export class ClusterSimulation {
  readonly options: PdOptions;
  readonly regions = new Map<RegionId, SimulatedRegion>();
  readonly orders = { sent: 0, refused: 0, applied: 0 };
  crashes = 0;
  nowMs = 0;
  pd: PdState;
  /** Snapshots in flight by store never went above the limit if this is set. */
  isSnapshotLimitChecked = true;
  readonly #below: (exclusiveMax: number) => number;
  readonly #faults: Required<Omit<SimulationOptions, "seed" | "pd">>;
  readonly #events = new Map<number, (() => void)[]>();
  readonly #deadSince = new Map<StoreId, number>();
  readonly #stores: StoreId[] = [];
  readonly #oldReports: RegionHeartbeat[] = [];
  readonly #givenIds = new Set<number>();
  readonly #orderedPeers = new Map<PeerId, number>();
  #saved: PdRecord | undefined;
  #lastTimestamp: Timestamp | undefined;

  constructor({ seed, pd, ...faults }: SimulationOptions) {
    this.#below = seededRandom(seed);
    this.#faults = { duplicatesPerMille: 0, stalePerMille: 0, crashesPerMille: 0, ...faults };
    this.options = pdOptions({ ...SIMULATED_TIMES, ...pd });
    this.pd = openPd(this.options, undefined, this.nowMs);
    this.#at(this.options.tickMs, () => this.#tick());
  }

  /** Random integer in [0, exclusiveMax), of this run. */
  below(exclusiveMax: number): number {
    return this.#below(exclusiveMax);
  }

  addStore(): StoreId {
    const storeId = toStoreId(this.allocateIds(1));
    this.#stores.push(storeId);
    this.askUntilAnswered({ kind: "put-store", storeId });
    this.#at(0, () => this.#storeHeartbeat(storeId));
    return storeId;
  }

  kill(storeId: StoreId): void {
    this.#deadSince.set(storeId, this.nowMs);
    for (const simulated of this.regions.values()) this.#electIfHeadless(simulated);
  }

  revive(storeId: StoreId): void {
    this.#deadSince.delete(storeId);
    for (const simulated of this.regions.values()) this.#electIfHeadless(simulated);
  }

  bootstrap(storeIds: readonly StoreId[]): void {
    const firstId = this.allocateIds(1 + storeIds.length);
    const peers = storeIds.map(
      (storeId, at): Peer => ({ id: toPeerId(firstId + 1 + at), storeId, role: "voter" }),
    );
    const epoch = { version: 1, confVer: 1 };
    const region: Region = { id: toRegionId(firstId), range: WHOLE_RANGE, epoch, peers };
    const [storeId] = storeIds;
    assert(storeId !== undefined, "nobody to bootstrap");
    const mail: PdMail = { kind: "bootstrap", store: { id: storeId, state: "up" }, region };
    this.askUntilAnswered(mail);
    this.#addRegion(region, 1);
  }

  /** Splits every region until there are `count`. */
  splitInto(count: number): void {
    while (this.regions.size < count) {
      const [simulated] = [...this.regions.values()].slice(this.below(this.regions.size));
      assert(simulated !== undefined, "no region to split");
      this.#split(simulated);
      this.run(50);
    }
  }

  run(durationMs: number): void {
    const endMs = this.nowMs + durationMs;
    while (this.nowMs < endMs) {
      const due = this.#events.get(this.nowMs) ?? [];
      for (const event of due) event(); // also those that are added on the way
      this.#events.delete(this.nowMs);
      this.nowMs += STEP_MS;
    }
  }

  /** Until no operator has been made for `quietMs`. */
  runUntilQuiet(quietMs: number, limitMs: number): void {
    const endMs = this.nowMs + limitMs;
    let made = -1;
    while (this.operatorsMade() !== made || this.status().runningOperators.length > 0) {
      assert(this.nowMs < endMs, () => `not quiet after ${limitMs} ms: ${this.describe()}`);
      made = this.operatorsMade();
      this.run(quietMs);
    }
  }

  operatorsMade(): number {
    return Object.values(this.status().createdOperators).reduce((sum, count) => sum + count, 0);
  }

  status(): PdStatus {
    return this.#quietly({ kind: "status" }) as PdStatus;
  }

  /** Asks again after a crash of the driver, as a store would. */
  askUntilAnswered(mail: PdMail): unknown {
    for (;;) {
      const result = this.#handle(mail);
      if (result.kind === "answered") return result.value;
    }
  }

  allocateIds(count: number): number {
    const answer = this.askUntilAnswered({ kind: "allocate-ids", count });
    const { firstId } = answer as { firstId: number };
    for (let id = firstId; id < firstId + count; id += 1) this.#noteGivenId(id);
    return firstId;
  }

  /** With a clock that jumps by minutes both ways. */
  allocateTimestamp(): void {
    const mail: PdMail = { kind: "allocate-timestamps", count: 1 + this.below(1_000) };
    const timestamp = this.askUntilAnswered(mail) as Timestamp;
    if (this.#lastTimestamp !== undefined)
      assert(compareTimestamps(timestamp, this.#lastTimestamp) > 0, "a timestamp came again");
    this.#lastTimestamp = timestamp;
  }

  peersOn(storeId: StoreId): number {
    return this.#count((peers) => peers.some((peer) => peer.storeId === storeId));
  }

  leadersOn(storeId: StoreId): number {
    return this.#count((peers, leader) =>
      peers.some((peer) => peer.id === leader && peer.storeId === storeId),
    );
  }

  describe(): string {
    const stores = this.#stores.map((id) => `${id}:${this.peersOn(id)}/${this.leadersOn(id)}`);
    const { runningOperators, finishedOperators, createdOperators } = this.status();
    return JSON.stringify({ stores, runningOperators, finishedOperators, createdOperators });
  }

  restartPd(): void {
    this.crashes += 1;
    this.pd = openPd(this.options, this.#saved, this.nowMs);
  }

  #count(holds: (peers: readonly Peer[], leader: PeerId) => boolean): number {
    let count = 0;
    for (const { region, leader } of this.regions.values())
      if (holds(region.peers, leader)) count += 1;
    return count;
  }

  #noteGivenId(id: number): void {
    assert(!this.#givenIds.has(id), () => `id ${id} was given twice`);
    this.#givenIds.add(id);
  }

  #at(delayMs: number, event: () => void): void {
    const atMs = this.nowMs + Math.ceil(delayMs / STEP_MS) * STEP_MS;
    const events = this.#events.get(atMs);
    if (events === undefined) this.#events.set(atMs, [event]);
    else events.push(event);
  }

  #chance(perMille: number): boolean {
    return perMille > 0 && this.below(1_000) < perMille;
  }

  #wallMs(): number {
    return Math.max(0, 1_000_000 + this.nowMs + this.below(240_000) - 120_000);
  }

  #quietly(mail: PdMail): unknown {
    const { reply } = step(this.pd, { mail, nowMs: this.nowMs, wallMs: 0 });
    return reply?.kind === "value" ? reply.value : undefined;
  }

  /** A crash comes after the write and before anything is sent: the worst moment. */
  #handle(mail: PdMail): { kind: "answered"; value: unknown } | { kind: "crashed" } {
    const input = { mail, nowMs: this.nowMs, wallMs: this.#wallMs() };
    const { save, orders, reply } = step(this.pd, input);
    if (save !== undefined) this.#saved = decodeRecord(encodeRecord(save));
    if (this.#chance(this.#faults.crashesPerMille)) {
      this.restartPd();
      return { kind: "crashed" };
    }
    for (const { to, order } of orders) this.#sendOrder(to.incarnation, order);
    assert(reply?.kind !== "fault", () => `a fault: ${JSON.stringify(mail)}`);
    return { kind: "answered", value: reply?.value };
  }

  #tick(): void {
    this.#handle({ kind: "tick" });
    this.#checkInfluence();
    this.#at(this.options.tickMs, () => this.#tick());
  }

  #checkInfluence(): void {
    const { operators } = this.pd;
    if (operators.running.length === 0)
      assert(operators.expected.isZero, "influence without an operator");
  }

  #storeHeartbeat(storeId: StoreId): void {
    this.#at(HEARTBEAT_MS, () => this.#storeHeartbeat(storeId));
    if (this.#deadSince.has(storeId)) return;
    const { sending, receiving } = this.snapshotsOf(storeId);
    this.#handle({
      kind: "store-heartbeat",
      storeId,
      regionCount: this.peersOn(storeId),
      leaderCount: this.leadersOn(storeId),
      sendingSnapshots: sending,
      receivingSnapshots: receiving,
      usedBytes: 0,
    });
  }

  snapshotsOf(storeId: StoreId): { sending: number; receiving: number } {
    let sending = 0;
    let receiving = 0;
    for (const { region, pending } of this.regions.values())
      for (const [peerId, from] of pending) {
        if (from === storeId) sending += 1;
        if (region.peers.some((peer) => peer.id === peerId && peer.storeId === storeId))
          receiving += 1;
      }
    return { sending, receiving };
  }

  #addRegion(region: Region, leaderAt: number): void {
    const leader = region.peers[leaderAt % region.peers.length];
    assert(leader !== undefined, "a region without peers");
    const simulated = { region, leader: leader.id, term: 6, pending: new Map() };
    this.regions.set(region.id, simulated);
    this.#reportSoon(simulated);
    this.#at(this.below(HEARTBEAT_MS), () => this.#reportRegularly(simulated));
  }

  #reportRegularly(simulated: SimulatedRegion): void {
    this.#at(HEARTBEAT_MS, () => this.#reportRegularly(simulated));
    this.#report(simulated);
  }

  #reportSoon(simulated: SimulatedRegion): void {
    this.#at(this.below(200), () => this.#report(simulated));
  }

  #report(simulated: SimulatedRegion): void {
    if (!this.#isLed(simulated)) return;
    const { region, leader, term, pending } = simulated;
    const report: RegionHeartbeat = {
      kind: "region-heartbeat",
      region,
      leader,
      term,
      pendingPeers: [...pending.keys()],
      downPeers: region.peers.flatMap(({ id, storeId }) => {
        const sinceMs = this.#deadSince.get(storeId);
        return sinceMs === undefined ? [] : [{ peerId: id, downMs: this.nowMs - sinceMs }];
      }),
      approximateSizeBytes: 1_048_576,
      approximateKeys: 1_000,
      orders: toAddress(region.id, term),
    };
    this.#handle(report);
    this.#keepForLater(report);
    if (this.#chance(this.#faults.duplicatesPerMille))
      this.#at(this.below(500), () => this.#handle(report));
    if (this.#chance(this.#faults.stalePerMille)) this.#resendOld();
  }

  #keepForLater(report: RegionHeartbeat): void {
    if (this.#oldReports.length < 200) this.#oldReports.push(report);
    else this.#oldReports[this.below(200)] = report;
  }

  #resendOld(): void {
    const old = this.#oldReports[this.below(this.#oldReports.length)];
    if (old !== undefined) this.#handle(old);
  }

  #isLed({ region, leader }: SimulatedRegion): boolean {
    const peer = region.peers.find(({ id }) => id === leader);
    return peer !== undefined && !this.#deadSince.has(peer.storeId);
  }

  #electIfHeadless(simulated: SimulatedRegion): void {
    if (this.#isLed(simulated)) return;
    this.#at(500 + this.below(1_000), () => {
      const voters = simulated.region.peers.filter(({ role }) => role === "voter");
      const alive = voters.filter(({ storeId }) => !this.#deadSince.has(storeId));
      const [winner] = alive.slice(this.below(alive.length));
      if (this.#isLed(simulated) || winner === undefined || alive.length * 2 <= voters.length)
        return;
      this.#lead(simulated, winner);
    });
  }

  #lead(simulated: SimulatedRegion, winner: Peer): void {
    simulated.leader = winner.id;
    simulated.term += 1;
    for (const peerId of simulated.pending.keys()) {
      simulated.pending.set(peerId, winner.storeId);
      this.#at(200 + this.below(2_000), () => this.#snapshotArrives(simulated, peerId));
    }
    this.#reportSoon(simulated);
  }

  #sendOrder(term: number, order: PdOrder): void {
    this.orders.sent += 1;
    this.#checkOrder(order);
    this.#at(this.below(300), () => this.#receive(term, order));
  }

  /** An id for a replica is ordered by one operator only, and only once more than by none. */
  #checkOrder({ operatorId, step }: PdOrder): void {
    if (step.kind !== "add-learner") return;
    const { id } = step.peer;
    if (!this.#orderedPeers.has(id)) this.#noteGivenId(id);
    const orderedBy = this.#orderedPeers.get(id) ?? operatorId;
    assert(orderedBy === operatorId, () => `peer ${id} was ordered by two operators`);
    this.#orderedPeers.set(id, operatorId);
  }

  #receive(term: number, order: PdOrder): void {
    const simulated = this.regions.get(order.regionId);
    const isForHere =
      simulated !== undefined &&
      simulated.term === term &&
      this.#isLed(simulated) &&
      sameEpoch(simulated.region.epoch, order.epoch);
    if (!isForHere) this.orders.refused += 1;
    else this.#carryOut(simulated, order.step);
  }

  #carryOut(simulated: SimulatedRegion, step: OperatorStep): void {
    this.orders.applied += 1;
    switch (step.kind) {
      case "add-learner":
        this.#addLearner(simulated, step.peer);
        break;
      case "promote-learner":
        this.#promote(simulated, step.peerId);
        break;
      case "remove-peer":
        this.#removePeer(simulated, step.peerId);
        break;
      case "transfer-leader":
        this.#transferLeader(simulated, step.toPeerId);
        break;
      case "split":
        this.#split(simulated);
    }
  }

  #promote(simulated: SimulatedRegion, peerId: PeerId): void {
    assert(!simulated.pending.has(peerId), "a pending learner was to be promoted");
    const { peers } = simulated.region;
    const promoted = peers.map((peer): Peer => {
      return peer.id === peerId ? { ...peer, role: "voter" } : peer;
    });
    this.#changePeers(simulated, promoted);
  }

  #transferLeader(simulated: SimulatedRegion, peerId: PeerId): void {
    const winner = simulated.region.peers.find(({ id }) => id === peerId);
    assert(winner?.role === "voter", "the leadership was to go to no voter");
    assert(!simulated.pending.has(winner.id), "the leadership was to go to a pending peer");
    if (!this.#deadSince.has(winner.storeId)) this.#lead(simulated, winner);
  }

  #addLearner(simulated: SimulatedRegion, peer: Peer): void {
    const { region } = simulated;
    assert(!region.peers.some(({ storeId }) => storeId === peer.storeId), "two on a store");
    const from = region.peers.find(({ id }) => id === simulated.leader)?.storeId;
    assert(from !== undefined, "no leader to send a snapshot");
    simulated.pending.set(peer.id, from);
    this.#changePeers(simulated, [...region.peers, peer]);
    this.#checkSnapshots(from, peer.storeId);
    this.#at(200 + this.below(2_000), () => this.#snapshotArrives(simulated, peer.id));
  }

  #checkSnapshots(from: StoreId, to: StoreId): void {
    if (!this.isSnapshotLimitChecked) return;
    const { snapshotsPerStoreMax } = this.options;
    const most = Math.max(this.snapshotsOf(from).sending, this.snapshotsOf(to).receiving);
    assert(most <= snapshotsPerStoreMax, () => `${most} snapshots at a store`);
  }

  #snapshotArrives(simulated: SimulatedRegion, peerId: PeerId): void {
    const peer = simulated.region.peers.find(({ id }) => id === peerId);
    if (peer === undefined) simulated.pending.delete(peerId);
    if (peer === undefined || !simulated.pending.has(peerId)) return;
    if (this.#deadSince.has(peer.storeId) || !this.#isLed(simulated)) {
      this.#at(1_000, () => this.#snapshotArrives(simulated, peerId));
      return;
    }
    simulated.pending.delete(peerId);
    this.#reportSoon(simulated);
  }

  #removePeer(simulated: SimulatedRegion, peerId: PeerId): void {
    assert(peerId !== simulated.leader, "a leader was to be removed");
    const { region, pending } = simulated;
    const remaining = region.peers.filter(({ id }) => id !== peerId);
    const victim = region.peers.find(({ id }) => id === peerId);
    const healthy = remaining.filter(
      ({ id, role, storeId }) =>
        role === "voter" && !pending.has(id) && !this.#deadSince.has(storeId),
    );
    const quorum = Math.floor(this.options.replicas / 2) + 1;
    const isSafe = victim?.role === "learner" || healthy.length >= quorum;
    assert(isSafe, () => `${healthy.length} healthy voters would remain`);
    pending.delete(peerId);
    this.#changePeers(simulated, remaining);
  }

  #changePeers(simulated: SimulatedRegion, peers: readonly Peer[]): void {
    const { region } = simulated;
    assert(peers.length <= this.options.replicas + 1, "a replica was made up twice");
    const epoch = { ...region.epoch, confVer: region.epoch.confVer + 1 };
    simulated.region = { ...region, epoch, peers };
    this.#reportSoon(simulated);
  }

  /** The new region takes the right half; both report, in any order. */
  #split(simulated: SimulatedRegion): void {
    const { id, epoch, peers, range } = simulated.region;
    const mail: PdMail = {
      kind: "ask-split",
      regionId: id,
      epoch,
      peerCount: peers.length,
      newRegionCount: 1,
    };
    const answer = this.askUntilAnswered(mail) as AskSplitReply;
    const [ids] = answer.kind === "ids" ? answer.ids : [];
    if (ids === undefined || simulated.pending.size > 0) return;
    for (const given of [ids.regionId, ...ids.peerIds]) this.#noteGivenId(given);
    const key = middleKey(range);
    const next = { version: epoch.version + 1, confVer: epoch.confVer };
    const born = peers.map((peer, at) => ({ ...peer, id: ids.peerIds[at] ?? peer.id }));
    simulated.region = { id, epoch: next, peers, range: { start: range.start, end: key } };
    this.#reportSoon(simulated);
    this.#addRegion(
      { id: ids.regionId, epoch: next, peers: born, range: { start: key, end: range.end } },
      peers.findIndex((peer) => peer.id === simulated.leader),
    );
  }
}
