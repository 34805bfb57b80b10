// Changing who replicates a region, one step at a time. A store holds at most one peer of a region:
// checked when proposed and again when applied (TiKV refuses the duplicate only when applied).
import { type Peer, type PeerId, peerOnStore, type Region } from "@multiraft/pd/protocol";

export type MembershipChange =
  | { readonly kind: "add-learner"; readonly peer: Peer }
  | { readonly kind: "promote-learner"; readonly peerId: PeerId }
  | { readonly kind: "remove-peer"; readonly peerId: PeerId };

export type MembershipRefusal =
  | "store-has-peer"
  | "peer-exists"
  | "peer-was-removed"
  | "unknown-peer"
  | "not-a-learner"
  | "last-voter";

/** A peer that left, and where it lived: it is told until it confirms that it is gone. */
export type RemovedPeer = { readonly peerId: PeerId; readonly storeId: Peer["storeId"] };

/**
 * @param removed Ids that left this region and have not confirmed yet; a peer id never comes back.
 * @returns What stands against the change; undefined when nothing does.
 */
export function refuseMembership(
  region: Region,
  removed: readonly RemovedPeer[],
  change: MembershipChange,
): MembershipRefusal | undefined {
  if (change.kind === "add-learner") return refuseAdding(region, removed, change.peer);
  const peer = region.peers.find((one) => one.id === change.peerId);
  if (peer === undefined) return "unknown-peer";
  if (change.kind === "promote-learner")
    return peer.role === "learner" ? undefined : "not-a-learner";
  const voters = region.peers.filter((one) => one.role === "voter");
  return peer.role === "voter" && voters.length === 1 ? "last-voter" : undefined;
}

function refuseAdding(
  region: Region,
  removed: readonly RemovedPeer[],
  peer: Peer,
): MembershipRefusal | undefined {
  if (region.peers.some((one) => one.id === peer.id)) return "peer-exists";
  if (removed.some((one) => one.peerId === peer.id)) return "peer-was-removed";
  return peerOnStore(region, peer.storeId) === undefined ? undefined : "store-has-peer";
}

/** The region after the change, which must have passed `refuseMembership`. */
export function applyMembership(region: Region, change: MembershipChange): Region {
  const epoch = { ...region.epoch, confVer: region.epoch.confVer + 1 };
  return { ...region, epoch, peers: changedPeers(region, change) };
}

function changedPeers(region: Region, change: MembershipChange): readonly Peer[] {
  switch (change.kind) {
    case "add-learner":
      return [...region.peers, { ...change.peer, role: "learner" as const }].sort(byId);
    case "promote-learner":
      return region.peers.map((peer) =>
        peer.id === change.peerId ? { ...peer, role: "voter" as const } : peer,
      );
    case "remove-peer":
      return region.peers.filter((peer) => peer.id !== change.peerId);
  }
}

function byId(a: Peer, b: Peer): number {
  return a.id - b.id;
}
