// All that the registry takes. Replicas send intents that name their life; an entry is changed only
// by an intent of the life that owns it.

import type { PeerId, Region, RegionId, StoreId } from "@multiraft/pd/protocol";
import type {
  Address,
  AskOutcome,
  Asks,
  JobOutcome,
  SpawnOutcome,
  Termination,
} from "@multiraft/runtime";
import type { LogNotice, RecoveredLog } from "../log/log-mail.ts";
import type { Generation, Life, SplitChild, Tombstone } from "../log/record.ts";
import type { PeerMail } from "../peer/peer-mail.ts";
import type { LogIndex } from "../raft/index.ts";
import type { GateMail } from "../transport/gate-mail.ts";
import type { RegionMail } from "../transport/region-mail.ts";

export type RegistryMail =
  | LogNotice
  /** From a gate: nobody, or somebody older, is at the address the mail is for. */
  | { readonly kind: "unrouted"; readonly mail: RegionMail }
  /** One gate a thread of the system, in thread order. */
  | { readonly kind: "gates"; readonly gates: readonly Address<GateMail>[] }
  /** The first region of a cluster, on its first store. */
  | ({ readonly kind: "bootstrap-region"; readonly region: Region } & Asks<null>)
  // Intents of replicas.
  | {
      readonly kind: "region-changed";
      readonly life: Life;
      readonly region: Region;
      /** Named when it changed with an install. */
      readonly generation: Generation;
    }
  | {
      readonly kind: "split-applied";
      readonly life: Life;
      readonly index: LogIndex;
      readonly children: readonly SplitChild[];
      readonly campaigns: boolean;
    }
  | { readonly kind: "retire"; readonly life: Life; readonly tombstone: Tombstone }
  /** May a snapshot of `region` come in, or will a split that is still to be applied bring it? */
  | ({
      readonly kind: "may-install";
      readonly life: Life;
      readonly region: Region;
    } & Asks<{ readonly refusal: "split-may-bring-it" | "not-ready" | null }>)
  // What the registry set going.
  | { readonly kind: "recovered"; readonly outcome: AskOutcome<RecoveredLog> }
  | {
      readonly kind: "spawned";
      readonly life: Life;
      readonly outcome: SpawnOutcome<Address<PeerMail>>;
    }
  | { readonly kind: "ended"; readonly life: Life; readonly termination: Termination }
  /** What the log has of a life whose actor failed. */
  | { readonly kind: "life-read"; readonly life: Life; readonly outcome: unknown }
  | { readonly kind: "removed-tablets"; readonly life: Life; readonly outcome: JobOutcome<null> }
  | ({ readonly kind: "store-status" } & Asks<StoreStatusReply>)
  | { readonly kind: "heartbeat-tick" };

export type StoreStatusReply = {
  readonly storeId: StoreId;
  readonly isReady: boolean;
  readonly lives: readonly LifeStatus[];
  readonly tombstones: readonly Tombstone[];
  readonly pendingSplitChildren: number;
  readonly damaged: readonly { readonly regionId: RegionId; readonly reason: string }[];
  readonly refusals: Readonly<Record<string, number>>;
};

export type LifeStatus = {
  readonly life: Life;
  readonly regionId: RegionId;
  readonly peerId: PeerId;
  readonly state: string;
  readonly region: Region | undefined;
  /** Of the tablet that is current; 0 while there is none. */
  readonly generation: Generation | 0;
  readonly address: Address<PeerMail> | undefined;
};
