// What the store's governor of snapshots is asked: a slot before anything is generated or accepted,
// and bytes before each piece is read. A slot is a lease: it ends with the life that holds it.
import type { AnyAddress, Asks, Termination } from "@multiraft/runtime";
import type { SlowSync } from "../log/log-mail.ts";
import type { StageTimes } from "./stage-clock.ts";

export type SnapshotDirection = "send" | "receive";

export type GovernorMail =
  /** Granted at once or refused: a queue here would only make snapshots stale. */
  | ({
      readonly kind: "acquire-slot";
      readonly direction: SnapshotDirection;
      readonly holder: AnyAddress;
      /** Chosen by the holder, never twice in one direction: one slot. */
      readonly ticket: number;
    } & Asks<{ readonly isGranted: boolean }>)
  /** Answered when the slot is free; harmless when repeated, or without a slot. */
  | ({
      readonly kind: "release-slot";
      readonly direction: SnapshotDirection;
      readonly holder: AnyAddress;
      readonly ticket: number;
    } & Asks<null>)
  /** Answered when that many bytes may flow. */
  | ({
      readonly kind: "take-bytes";
      readonly bytes: number;
      /** Of the slot of this direction that the bytes are for: with it goes the question. */
      readonly holder: AnyAddress;
      readonly ticket: number;
    } & Asks<null>)
  | { readonly kind: "refill" }
  | SlowSync
  /**
   * A snapshot arrived and was installed; both ends say so, for whoever watches how fast it went.
   */
  | {
      readonly kind: "transferred";
      readonly direction: SnapshotDirection;
      /** Of the users' keys and values, as the tablet estimates it. */
      readonly userBytes: number;
      /** Of files, or of pairs as they travel. */
      readonly streamBytes: number;
      readonly stageMs: StageTimes;
    }
  | {
      readonly kind: "holder-ended";
      readonly holder: AnyAddress;
      readonly termination: Termination;
    }
  | ({ readonly kind: "governor-status" } & Asks<GovernorStatus>);

/** Sums over the snapshots that arrived, since the store was opened. */
export type TransferTotals = {
  readonly count: number;
  readonly userBytes: number;
  readonly streamBytes: number;
  readonly stageMs: StageTimes;
};

export type GovernorStatus = {
  readonly sending: number;
  readonly receiving: number;
  /** Where nobody is held back, nothing is asked for. */
  readonly bytesGranted: number;
  /** What paced snapshots may send now, all together; undefined where nobody is held back. */
  readonly bytesPerSecond: number | undefined;
  /** Syncs of the log that were slow while snapshots were sent. */
  readonly slowSyncs: number;
  readonly refused: number;
  readonly sent: TransferTotals;
  readonly received: TransferTotals;
};
