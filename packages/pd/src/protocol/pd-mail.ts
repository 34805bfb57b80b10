// All that the placement driver's actor takes and answers.
import type { Asks } from "@multiraft/runtime";
import type { RegionHeartbeat, RegionHeartbeatReply, StoreHeartbeat } from "./heartbeat.ts";
import type { PeerId, RegionId, StoreId } from "./ids.ts";
import type { Key } from "./key.ts";
import type { Obstacle } from "./obstacle.ts";
import type {
  OperatorKind,
  OperatorOutcome,
  OperatorProgress,
  OperatorRefusal,
} from "./operator.ts";
import type { OperatorStep } from "./operator-step.ts";
import type { Region, RegionEpoch } from "./region.ts";
import type { Timestamp } from "./timestamp.ts";

/** `removing`: drained, then `removed`. A removed store never comes back under its id. */
export type StoreState = "up" | "removing" | "removed";
export type StoreMeta = { readonly id: StoreId; readonly state: StoreState };

export type Route = {
  readonly region: Region;
  /** Unknown until the first heartbeat after a start of the placement driver. */
  readonly leader: PeerId | undefined;
};

export type BootstrapReply =
  | { readonly kind: "bootstrapped" }
  /** Somebody was first; `region` is what the cluster began with. */
  | { readonly kind: "already-bootstrapped"; readonly region: Region };

export type SplitIds = { readonly regionId: RegionId; readonly peerIds: readonly PeerId[] };
export type AskSplitReply =
  /** One entry a new region; `peerIds` in the order of the asking region's peers. */
  | { readonly kind: "ids"; readonly ids: readonly SplitIds[] }
  | { readonly kind: "refused"; readonly reason: "not-bootstrapped" | "stale-epoch" | "halted" };

export type PutStoreReply =
  | { readonly kind: "accepted" }
  | { readonly kind: "refused"; readonly reason: "removed" | "unknown-store" };

export type OperatorReply =
  | { readonly kind: "accepted"; readonly operatorId: number }
  | { readonly kind: "refused"; readonly reason: OperatorRefusal };

export type PdMail =
  | ({
      readonly kind: "bootstrap";
      readonly store: StoreMeta;
      readonly region: Region;
    } & Asks<BootstrapReply>)
  | ({ readonly kind: "put-store"; readonly storeId: StoreId } & Asks<PutStoreReply>)
  | ({
      readonly kind: "set-store-state";
      readonly storeId: StoreId;
      readonly state: "up" | "removing";
    } & Asks<PutStoreReply>)
  /** The caller owns `firstId` to `firstId + count - 1`. Durable before answered. */
  | ({ readonly kind: "allocate-ids"; readonly count: number } & Asks<{ readonly firstId: number }>)
  | ({ readonly kind: "allocate-timestamps"; readonly count: number } & Asks<Timestamp>)
  /** Whoever asks what became of it will report no more until something changes. */
  | (RegionHeartbeat & Asks<RegionHeartbeatReply>)
  | StoreHeartbeat
  | ({
      readonly kind: "ask-split";
      readonly regionId: RegionId;
      readonly epoch: RegionEpoch;
      readonly peerCount: number;
      readonly newRegionCount: number;
    } & Asks<AskSplitReply>)
  | ({ readonly kind: "region-by-key"; readonly key: Key } & Asks<Route | undefined>)
  | ({ readonly kind: "region-by-id"; readonly regionId: RegionId } & Asks<Route | undefined>)
  /** In key order from the region that holds `startKey`. */
  | ({ readonly kind: "scan-regions"; readonly startKey: Key; readonly limit: number } & Asks<
      readonly Route[]
    >)
  | ({ readonly kind: "stores" } & Asks<readonly StoreMeta[]>)
  /** By hand: refused when the region has an operator or another epoch. */
  | ({
      readonly kind: "add-operator";
      readonly regionId: RegionId;
      /** The epoch the steps were thought out for; without it, whatever the region has now. */
      readonly epoch?: RegionEpoch;
      readonly steps: readonly OperatorStep[];
    } & Asks<OperatorReply>)
  | ({ readonly kind: "operator"; readonly operatorId: number } & Asks<OperatorProgress>)
  /** Whoever made it. What it has done stays; answered with how it ended, by this or before. */
  | ({ readonly kind: "cancel-operator"; readonly operatorId: number } & Asks<OperatorProgress>)
  /**
   * Stops and resumes checkers and schedulers, restarts included. Their running operators end;
   * those added by hand go on.
   */
  | ({ readonly kind: "set-scheduling"; readonly isEnabled: boolean } & Asks<null>)
  | ({ readonly kind: "status" } & Asks<PdStatus>)
  /** The driver's own tick. */
  | { readonly kind: "tick" };

export type StoreStatus = StoreMeta & {
  readonly peerCount: number;
  readonly leaderCount: number;
  readonly pendingPeerCount: number;
  /** Of a store being removed: why the last region looked at could not leave it. */
  readonly obstacle: Obstacle | undefined;
};

/** Why a region's report changed nothing. */
export type HeartbeatRejection =
  | "not-bootstrapped"
  | "malformed"
  | "removed-store"
  | "stale-term"
  | "stale-epoch"
  | "stale-range";

export type PdStatus = {
  readonly isBootstrapped: boolean;
  readonly isSchedulingEnabled: boolean;
  /** Enough is known since the start; nothing is scheduled before. */
  readonly isPrepared: boolean;
  readonly regionCount: number;
  readonly stores: readonly StoreStatus[];
  readonly runningOperators: readonly {
    readonly id: number;
    readonly regionId: RegionId;
    readonly kind: OperatorKind;
    readonly steps: readonly OperatorStep[];
    readonly step: number;
  }[];
  /** By how they ended, since the start. */
  readonly finishedOperators: Readonly<Record<OperatorOutcome, number>>;
  /** By what was ordered, since the start: 0 more of any kind while the cluster is at rest. */
  readonly createdOperators: Readonly<Record<OperatorKind, number>>;
  readonly rejectedHeartbeats: Readonly<Record<HeartbeatRejection, number>>;
};
