// What the store's governor of snapshots is asked: a slot before anything is generated or accepted,
// and bytes before each piece is read. A slot is a lease: it ends with the life that holds it.
import type { AnyAddress, Asks, Termination } from "@multiraft/runtime";

export type SnapshotDirection = "send" | "receive";

export type GovernorMail =
  /** Granted at once or refused: a queue here would only make snapshots stale. */
  | ({
      readonly kind: "acquire-slot";
      readonly direction: SnapshotDirection;
      readonly holder: AnyAddress;
    } & Asks<{ readonly isGranted: boolean }>)
  | {
      readonly kind: "release-slot";
      readonly direction: SnapshotDirection;
      readonly holder: AnyAddress;
    }
  /** Answered when that many bytes may flow. */
  | ({ readonly kind: "take-bytes"; readonly bytes: number } & Asks<null>)
  | { readonly kind: "refill" }
  | {
      readonly kind: "holder-ended";
      readonly holder: AnyAddress;
      readonly termination: Termination;
    }
  | ({ readonly kind: "governor-status" } & Asks<GovernorStatus>);

export type GovernorStatus = {
  readonly sending: number;
  readonly receiving: number;
  readonly bytesGranted: number;
  readonly refused: number;
};
