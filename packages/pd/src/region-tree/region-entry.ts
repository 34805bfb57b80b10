// What is known of one region: the last accepted report of its leader. Never changed in place, so
// that whoever holds an entry sees one moment.
import type { Address } from "@multiraft/runtime";
import type { RegionHeartbeat } from "../protocol/heartbeat.ts";
import type { PeerId } from "../protocol/ids.ts";
import type { PdOrder } from "../protocol/operator-step.ts";
import { type Peer, type Region, sameEpoch } from "../protocol/region.ts";

export type RegionEntry = {
  readonly region: Region;
  /** Undefined for the first region until its first report. */
  readonly leader: PeerId | undefined;
  readonly term: number;
  readonly pendingPeers: readonly PeerId[];
  readonly downPeers: RegionHeartbeat["downPeers"];
  readonly sizeBytes: number;
  readonly keys: number;
  readonly orders: Address<PdOrder> | undefined;
};

/** A region that no leader has reported yet. */
export function unreportedEntry(region: Region): RegionEntry {
  return {
    region,
    leader: undefined,
    term: 0,
    pendingPeers: [],
    downPeers: [],
    sizeBytes: 0,
    keys: 0,
    orders: undefined,
  };
}

/** A report of size 0 without keys means that the leader has not counted yet: the old figures stay. */
export function entryOf(report: RegionHeartbeat, before: RegionEntry | undefined): RegionEntry {
  const isCounted = report.approximateSizeBytes > 0 || report.approximateKeys > 0;
  return {
    region: report.region,
    leader: report.leader,
    term: report.term,
    pendingPeers: report.pendingPeers,
    downPeers: report.downPeers,
    sizeBytes: isCounted ? report.approximateSizeBytes : (before?.sizeBytes ?? 0),
    keys: isCounted ? report.approximateKeys : (before?.keys ?? 0),
    orders: report.orders,
  };
}

export function leaderPeer(entry: RegionEntry): Peer | undefined {
  return entry.leader === undefined ? undefined : peerById(entry.region, entry.leader);
}

export function peerById(region: Region, peerId: PeerId): Peer | undefined {
  return region.peers.find((peer) => peer.id === peerId);
}

export function isPending(entry: RegionEntry, peerId: PeerId): boolean {
  return entry.pendingPeers.includes(peerId);
}

/** How long the leader has not heard from this peer; undefined while it has. */
export function downMs(entry: RegionEntry, peerId: PeerId): number | undefined {
  return entry.downPeers.find((down) => down.peerId === peerId)?.downMs;
}

/** False when nothing that a decision looks at differs. Down peers get older, so they always differ. */
export function isDecisionChanged(before: RegionEntry | undefined, after: RegionEntry): boolean {
  return (
    before === undefined ||
    before.region.id !== after.region.id ||
    !sameEpoch(before.region.epoch, after.region.epoch) ||
    before.leader !== after.leader ||
    before.downPeers.length + after.downPeers.length > 0 ||
    before.pendingPeers.length !== after.pendingPeers.length ||
    after.pendingPeers.some((peerId) => !before.pendingPeers.includes(peerId))
  );
}
