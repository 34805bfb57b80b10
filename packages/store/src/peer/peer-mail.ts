// All that a replica's actor takes. Each message belongs to one class; the life table says what each
// state does with each class.

import type { PdOrder, PeerId, Region, RegionEpoch, RegionId } from "@multiraft/pd/protocol";
import type { Address, Asks } from "@multiraft/runtime";
import type { LogNotice, RecoveredLife } from "../log/log-mail.ts";
import type { Generation, Life } from "../log/record.ts";
import type { LogIndex, Status } from "../raft/index.ts";
import type { RegistryMail } from "../registry/registry-mail.ts";
import type { StoreConfig } from "../registry/store-config.ts";
import type { ReceivingState } from "../snapshot/receiver.ts";
import type { TabletMeta } from "../tablet/tablet.ts";
import type { GateMail } from "../transport/gate-mail.ts";
import type { WakeReason } from "../transport/pulses.ts";
import type { RegionMail, StreamChunk } from "../transport/region-mail.ts";
import type { ClientRequest } from "./client-request.ts";
import type { PeerContent } from "./content-digest.ts";
import type { LifeStateName } from "./life-table.ts";

export type PeerMail =
  | RegionMail
  | ClientRequest
  | PdOrder
  | LogNotice
  // From the registry.
  /** The first state: by copying it from `source`, or empty for the first region of a cluster. */
  | {
      readonly kind: "initialise";
      readonly region: Region;
      readonly source: Address<PeerMail> | undefined;
      /** It may be the first to ask for votes: the parent led here. */
      readonly campaigns: boolean;
    }
  | { readonly kind: "superseded"; readonly by: PeerId; readonly epoch: RegionEpoch }
  /** The children are recorded: what was applied may become durable. */
  | { readonly kind: "split-recorded"; readonly index: LogIndex }
  /** Children still owed to this store, in full; after a start and whenever it changed. */
  | { readonly kind: "owed-children"; readonly regionIds: readonly RegionId[] }
  // Between a parent and its child on one store.
  | {
      readonly kind: "copy-request";
      readonly child: Address<PeerMail>;
      readonly region: Region;
      readonly transfer: number;
    }
  | ({ readonly kind: "copy-chunk"; readonly transfer: number } & StreamChunk)
  | {
      readonly kind: "copy-ack";
      readonly childRegionId: RegionId;
      readonly transfer: number;
      readonly sequence: number;
    }
  | {
      readonly kind: "copy-end";
      readonly transfer: number;
      readonly chunks: number;
      readonly meta: TabletMeta;
    }
  | { readonly kind: "copy-refused"; readonly transfer: number; readonly reason: string }
  /** For people and tests. */
  | ({ readonly kind: "peer-status" } & Asks<PeerStatus>)
  /** Null while there are no data. */
  | ({ readonly kind: "peer-content" } & Asks<PeerContent | null>)
  // From the gate, about sleep: it watches over this one, or it is to wake.
  | { readonly kind: "watched"; readonly sleep: number }
  | { readonly kind: "rouse"; readonly reason: WakeReason }
  // Own mail.
  | { readonly kind: "tick" }
  /** What this life had set going has come back. */
  | { readonly kind: "continue"; readonly id: number };

export type PeerStatus = {
  readonly state: LifeStateName;
  readonly isAsleep: boolean;
  readonly raft: Status | undefined;
  readonly region: Region | undefined;
  readonly appliedIndex: number;
  readonly durableIndex: number;
  readonly truncatedIndex: number;
  readonly logBytes: number;
  readonly approximateSizeBytes: number;
  readonly isUntrimmed: boolean;
  readonly sendingSnapshots: number;
  /** Clients that wait here for an answer. */
  readonly callers: number;
  /** How far its first data or a snapshot that comes in have got. */
  readonly receiving: ReceivingState | undefined;
  /** Why the last reception broke off that was not just refused. */
  readonly receptionFailure: string | undefined;
  /** Mail and snapshots that went no further here, by reason. */
  readonly counts: Readonly<Record<string, number>>;
};

/** How a replica came to be made now. The state machine is the same whatever it was. */
export type PeerOrigin =
  | { readonly kind: "new" }
  | {
      readonly kind: "restart";
      readonly recovered: RecoveredLife;
      /** Whatever is received now is built under a higher one: a path is never used again. */
      readonly lastGeneration: Generation | 0;
    };

export type PeerArgs = {
  readonly config: StoreConfig;
  readonly registry: Address<RegistryMail>;
  readonly gate: Address<GateMail>;
  readonly regionId: RegionId;
  readonly peerId: PeerId;
  readonly life: Life;
  /** Of whoever asked for the replica. */
  readonly epoch: RegionEpoch;
  readonly origin: PeerOrigin;
  /** Children of splits that it applied before: they still need its data as they are. */
  readonly owedChildren: readonly RegionId[];
};
