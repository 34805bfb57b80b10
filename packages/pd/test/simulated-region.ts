// One region of the simulated cluster as its own group sees it, and what orders do to it. What a real
// group would have to veto is asserted instead: the driver should not have ordered it.
import { assert, toAddress } from "@multiraft/runtime";
import {
  EMPTY_KEY,
  type Key,
  type KeyRange,
  keyFromText,
  type Peer,
  type PeerId,
  type Region,
  type RegionHeartbeat,
  type SplitIds,
  type StoreId,
} from "../src/protocol/index.ts";

export type SimulatedRegion = {
  region: Region;
  leader: PeerId;
  term: number;
  /** Replicas whose snapshot is on its way, and the store that sends it. */
  readonly pending: Map<PeerId, StoreId>;
};

/** Since when each dead store has been dead. */
export type DeadStores = ReadonlyMap<StoreId, number>;

export function peerOf({ region }: SimulatedRegion, id: PeerId): Peer | undefined {
  return region.peers.find((peer) => peer.id === id);
}

export function isLed(simulated: SimulatedRegion, dead: DeadStores): boolean {
  const leader = peerOf(simulated, simulated.leader);
  return leader !== undefined && !dead.has(leader.storeId);
}

/** Voters that could win an election; none while they are no majority. */
export function electable({ region }: SimulatedRegion, dead: DeadStores): Peer[] {
  const voters = region.peers.filter(({ role }) => role === "voter");
  const alive = voters.filter(({ storeId }) => !dead.has(storeId));
  return alive.length * 2 > voters.length ? alive : [];
}

export function reportOf(
  { region, leader, term, pending }: SimulatedRegion,
  dead: DeadStores,
  nowMs: number,
): RegionHeartbeat {
  return {
    kind: "region-heartbeat",
    region,
    leader,
    term,
    pendingPeers: [...pending.keys()],
    downPeers: region.peers.flatMap(({ id, storeId }) => {
      const sinceMs = dead.get(storeId);
      return sinceMs === undefined ? [] : [{ peerId: id, downMs: nowMs - sinceMs }];
    }),
    approximateSizeBytes: 10_000,
    approximateKeys: 1_000,
    orders: toAddress(region.id, term),
  };
}

export function addLearner(simulated: SimulatedRegion, peer: Peer, replicas: number): void {
  const { region, pending } = simulated;
  const from = peerOf(simulated, simulated.leader)?.storeId;
  assert(from !== undefined, "no leader to send a snapshot");
  assert(!region.peers.some(({ storeId }) => storeId === peer.storeId), "two on a store");
  assert(region.peers.length <= replicas, "a replica was made up twice");
  pending.set(peer.id, from);
  changePeers(simulated, [...region.peers, peer]);
}

export function promoteLearner(simulated: SimulatedRegion, peerId: PeerId): void {
  assert(!simulated.pending.has(peerId), "a pending learner was to be promoted");
  const promoted = simulated.region.peers.map((peer): Peer => {
    return peer.id === peerId ? { ...peer, role: "voter" } : peer;
  });
  changePeers(simulated, promoted);
}

export function removePeer(
  simulated: SimulatedRegion,
  peerId: PeerId,
  dead: DeadStores,
  replicas: number,
): void {
  assert(peerId !== simulated.leader, "a leader was to be removed");
  const remaining = simulated.region.peers.filter(({ id }) => id !== peerId);
  const healthy = remaining.filter(({ id, role, storeId }) => {
    return role === "voter" && !simulated.pending.has(id) && !dead.has(storeId);
  });
  const isSafe =
    peerOf(simulated, peerId)?.role === "learner" || healthy.length > Math.floor(replicas / 2);
  assert(isSafe, () => `${healthy.length} healthy voters would remain`);
  simulated.pending.delete(peerId);
  changePeers(simulated, remaining);
}

/** The new region takes the right half. */
export function splitRegion(
  simulated: SimulatedRegion,
  { regionId, peerIds }: SplitIds,
): SimulatedRegion {
  const { region, leader, term } = simulated;
  const { range, peers } = region;
  const key = middleKey(range);
  const epoch = { ...region.epoch, version: region.epoch.version + 1 };
  const born = peers.map((peer, at) => ({ ...peer, id: peerIds[at] ?? peer.id }));
  const bornLeader = born[peers.findIndex(({ id }) => id === leader)];
  assert(bornLeader !== undefined, "a split without a leader");
  simulated.region = { ...region, epoch, range: { start: range.start, end: key } };
  const right = { id: regionId, epoch, peers: born, range: { start: key, end: range.end } };
  return { region: right, leader: bornLeader.id, term, pending: new Map() };
}

function changePeers(simulated: SimulatedRegion, peers: readonly Peer[]): void {
  const { epoch } = simulated.region;
  const next = { ...epoch, confVer: epoch.confVer + 1 };
  simulated.region = { ...simulated.region, epoch: next, peers };
}

/** Keys are six hexadecimal digits, so that a range can be halved. */
export function keyAt(at: number): Key {
  return keyFromText(at.toString(16).padStart(6, "0"));
}

function middleKey({ start, end }: KeyRange): Key {
  const low = start === EMPTY_KEY ? 0 : Number.parseInt(start, 16);
  const high = end === EMPTY_KEY ? 0x1_00_00_00 : Number.parseInt(end, 16);
  return keyAt((low + high) >>> 1);
}
