// What stores tell the placement driver, again and again. Unknown is reported as pending, never as
// healthy (a new leader has not heard from its peers yet).
import type { Address } from "@multiraft/runtime";
import type { PeerId, StoreId } from "./ids.ts";
import type { PdOrder } from "./operator-step.ts";
import type { Region } from "./region.ts";

/** Only the leader reports a region: at a fixed interval, and at once when something changed. */
export type RegionHeartbeat = {
  readonly kind: "region-heartbeat";
  readonly region: Region;
  readonly leader: PeerId;
  readonly term: number;
  /** Replicas whose log is not known to have caught up. */
  readonly pendingPeers: readonly PeerId[];
  /** Replicas not heard from, and for how long. */
  readonly downPeers: readonly { readonly peerId: PeerId; readonly downMs: number }[];
  readonly approximateSizeBytes: number;
  readonly approximateKeys: number;
  /** Where orders go: one life of the leader's actor. */
  readonly orders: Address<PdOrder>;
};

/** False: it is older than what the driver knows, and changed nothing. */
export type RegionHeartbeatReply = { readonly isAccepted: boolean };

export type StoreHeartbeat = {
  readonly kind: "store-heartbeat";
  readonly storeId: StoreId;
  readonly regionCount: number;
  readonly leaderCount: number;
  readonly sendingSnapshots: number;
  readonly receivingSnapshots: number;
  readonly usedBytes: number;
};
