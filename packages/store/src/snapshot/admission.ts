// May this snapshot come in? A pure function with a closed list of answers, asked three times: when
// it is offered, when its last piece has arrived, and when Raft has taken it in and it is to be
// installed. Each time the state is read anew: what was true before a wait says nothing.
import {
  isEpochStale,
  type PeerId,
  type Region,
  type RegionEpoch,
  type RegionId,
} from "@multiraft/pd/protocol";
import type { LifeStateName } from "../peer/life-table.ts";

export type SnapshotRefusal =
  /** The life is not one that takes snapshots now (opening, removing). */
  | "not-ready"
  | "wrong-region"
  /** For another replica of the region. */
  | "wrong-peer"
  /** The snapshot's membership does not name this replica. */
  | "not-a-member"
  /** Nothing newer than what is applied or installed here. */
  | "stale"
  | "stale-epoch"
  /** Another one is on its way in. */
  | "busy"
  /** Children of an applied split still need the data that this would replace. */
  | "owes-children"
  /** A local parent still covers the range: its split may bring the data. Bounded by age. */
  | "split-may-bring-it"
  /** No slot for one more. */
  | "store-busy"
  | "damaged"
  | "aborted"
  | "foreign"
  /** Raft did not need it in the end. */
  | "not-needed";

export type SnapshotClaim = {
  readonly regionId: RegionId;
  readonly to: PeerId;
  readonly region: Region;
  readonly index: number;
};

export type SnapshotHost = {
  readonly state: LifeStateName;
  readonly regionId: RegionId;
  readonly peerId: PeerId;
  /** Undefined while uninitialized. */
  readonly epoch: RegionEpoch | undefined;
  readonly appliedIndex: number;
  readonly owesChildren: boolean;
};

/** What stands against `claim`; undefined when nothing does. */
export function refuseSnapshot(
  claim: SnapshotClaim,
  host: SnapshotHost,
): SnapshotRefusal | undefined {
  if (host.state === "opening" || host.state === "removing") return "not-ready";
  if (claim.regionId !== host.regionId || claim.region.id !== host.regionId) return "wrong-region";
  if (claim.to !== host.peerId) return "wrong-peer";
  if (!claim.region.peers.some((peer) => peer.id === host.peerId)) return "not-a-member";
  if (host.epoch !== undefined && isEpochStale(claim.region.epoch, host.epoch))
    return "stale-epoch";
  if (claim.index <= host.appliedIndex) return "stale";
  return host.owesChildren ? "owes-children" : undefined;
}
