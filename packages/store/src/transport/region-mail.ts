// Mail between the replicas of a region on different stores. Between stores identity is (region, to
// peer, from peer, epoch): it is resolved to one life when it arrives, at the receiver's gate, and
// checked again by the actor that takes it.
import type { PeerId, Region, RegionEpoch, RegionId, StoreId } from "@multiraft/pd/protocol";
import type { LogIndex, Message, Term } from "../raft/index.ts";
import type { SnapshotRefusal } from "../snapshot/admission.ts";
import type { TabletMeta } from "../tablet/tablet.ts";

export type RegionMailHead = {
  readonly regionId: RegionId;
  readonly fromStore: StoreId;
  readonly toStore: StoreId;
  readonly from: PeerId;
  readonly to: PeerId;
  /** The sender's epoch; zero halves while it is uninitialized. */
  readonly epoch: RegionEpoch;
};

/** `files`: the files of a copied tablet. `pairs`: its sorted pairs, for engines without files. */
export type StreamFormat = "files" | "pairs";

/** A number that no other transfer of the sending life has. */
export type TransferId = number;

export type SleepQuestion = {
  readonly term: Term;
  /** Of the last entry, which all have, committed and applied. */
  readonly index: LogIndex;
  /** Of the leader's questions in this term. */
  readonly round: number;
};

/** What is said of sleep between the replicas of a region. */
export type SleepWord =
  /** From the leader: everybody has everything, and nobody was asked for long. And the answer of who sleeps. */
  | ({ readonly kind: "hibernate" } & SleepQuestion)
  | ({ readonly kind: "hibernate-agreed" } & SleepQuestion)
  /** One of the group is awake, or can be no more. */
  | { readonly kind: "wake-up" };

export type RegionMail = RegionMailHead &
  (
    | { readonly kind: "raft"; readonly message: Message }
    /** May I send? Asked before anything is generated. */
    | {
        readonly kind: "snapshot-offer";
        readonly transfer: TransferId;
        readonly region: Region;
        readonly index: number;
        readonly term: number;
        readonly sizeBytes: number;
      }
    | {
        readonly kind: "snapshot-verdict";
        readonly transfer: TransferId;
        readonly refusal: SnapshotRefusal | undefined;
      }
    | ({ readonly kind: "snapshot-chunk"; readonly transfer: TransferId } & StreamChunk)
    | {
        readonly kind: "snapshot-ack";
        readonly transfer: TransferId;
        readonly sequence: number;
      }
    /** What the copy is; `term` is the sender's Raft term, under which the snapshot is offered. */
    | {
        readonly kind: "snapshot-end";
        readonly transfer: TransferId;
        readonly meta: TabletMeta;
        readonly format: StreamFormat;
        readonly chunks: number;
        readonly raftTerm: number;
      }
    /** The next piece waits for the sender's pace: nobody is gone. */
    | { readonly kind: "snapshot-waits"; readonly transfer: TransferId }
    | { readonly kind: "snapshot-abort"; readonly transfer: TransferId; readonly reason: string }
    /** How it ended at the receiver: installed, or refused with the reason. */
    | {
        readonly kind: "snapshot-result";
        readonly transfer: TransferId;
        readonly refusal: SnapshotRefusal | undefined;
      }
    /** You were removed from this region: leave a tombstone, then confirm. Sent until confirmed. */
    | { readonly kind: "tombstone-order" }
    /** `to` on this store is gone for good: a tombstone at or above its id is durable. */
    | { readonly kind: "tombstone-confirm" }
    | SleepWord
  );

/** A piece of a stream; its bytes are the payload. */
export type StreamChunk = {
  readonly sequence: number;
  /** Name of the file, or "" for pairs. */
  readonly file: string;
  readonly offsetBytes: number;
  /** crc32c of the payload. */
  readonly checksum: number;
  readonly isPairs: boolean;
};

/** Kinds that may call a replica into being: what a leader or candidate sends to one it counts on. */
export function mayCreate(mail: RegionMail): boolean {
  if (mail.kind !== "raft") return false;
  const { type } = mail.message;
  return (
    type === "MsgVote" || type === "MsgPreVote" || type === "MsgHeartbeat" || type === "MsgApp"
  );
}
