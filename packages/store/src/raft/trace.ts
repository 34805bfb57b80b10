/**
 * What the core reports of its decisions, for tests and for people: one event per decision, in
 * program order, to an optional sink. Without a sink nothing is built. Objects inside an event are
 * live: a sink reads them at once, keeps none, changes none, and does not call back into the core.
 */
import type { ConfChange } from "./conf-change.ts";
import type { ConfState } from "./conf-state.ts";
import type { LogIndex, PeerId, Term } from "./ids.ts";
import type { MessageType, VoteRequestType, VoteResponseType } from "./message.ts";
import type { Progress } from "./progress.ts";
import type { ProposalRefusal } from "./refusal.ts";
import type { RoleName } from "./role-name.ts";
import type { Snapshot } from "./storage.ts";

export type TraceSink = (event: TraceEvent) => void;

export type TraceEvent =
  | NodeEvent
  | ElectionEvent
  | TermEvent
  | ProposalEvent
  | LogEvent
  | ReplicationEvent
  | SnapshotEvent
  | TransferEvent
  | ReadEvent;

/** The position of the last own log entry. */
type LastEntry = { readonly lastIndex: LogIndex; readonly lastTerm: Term };

/** What a log tells of itself when it is replaced. */
export type LogView = {
  readonly committed: LogIndex;
  readonly applied: LogIndex;
  readonly applyWindow: { readonly applying: LogIndex };
  readonly unstable: {
    readonly offset: LogIndex;
    readonly offsetInProgress: LogIndex;
    readonly entries: readonly unknown[];
  };
};

export type NodeEvent =
  | { readonly kind: "configuration-switched"; readonly id: PeerId; readonly confState: ConfState }
  | ({
      readonly kind: "started";
      readonly id: PeerId;
      readonly voters: readonly PeerId[];
      readonly term: Term;
      readonly commit: LogIndex;
      readonly applied: LogIndex;
    } & LastEntry)
  | {
      readonly kind: "role-changed";
      readonly id: PeerId;
      readonly role: RoleName;
      readonly term: Term;
    }
  | { readonly kind: "quorum-inactive"; readonly id: PeerId }
  | {
      readonly kind: "leader-forgotten";
      readonly id: PeerId;
      readonly leader: PeerId;
      readonly term: Term;
    }
  | { readonly kind: "forget-leader-refused"; readonly id: PeerId };

export type ElectionEvent =
  | { readonly kind: "committed-by-vote"; readonly id: PeerId; readonly commit: LogIndex }
  | { readonly kind: "campaign-started"; readonly id: PeerId; readonly term: Term }
  | {
      readonly kind: "campaign-refused";
      readonly id: PeerId;
      readonly term: Term;
      readonly reason: "already-leader" | "unpromotable" | "unapplied-conf-change";
    }
  | ({
      readonly kind: "vote-requested";
      readonly id: PeerId;
      readonly type: VoteRequestType;
      readonly to: PeerId;
      readonly term: Term;
    } & LastEntry)
  | {
      readonly kind: "vote-answered";
      readonly id: PeerId;
      readonly type: VoteResponseType;
      readonly from: PeerId;
      readonly term: Term;
      readonly isGranted: boolean;
    }
  | {
      readonly kind: "votes-counted";
      readonly id: PeerId;
      readonly type: VoteResponseType;
      readonly granted: number;
      readonly rejected: number;
    }
  | ({
      readonly kind: "vote-cast" | "vote-rejected" | "vote-ignored-in-lease" | "vote-withheld";
      readonly id: PeerId;
      readonly type: VoteRequestType;
      readonly from: PeerId;
      readonly vote: PeerId;
      readonly term: Term;
      readonly candidateTerm: Term;
      readonly candidateIndex: LogIndex;
      /** Until the lease or the withholding ends; 0 for the other kinds. */
      readonly remainingTicks: number;
    } & LastEntry);

export type TermEvent = {
  readonly kind: "higher-term" | "lower-term" | "stable-ack-of-older-term";
  readonly id: PeerId;
  readonly term: Term;
  readonly type: MessageType;
  readonly from: PeerId;
  readonly messageTerm: Term;
};

export type ConfChangeObjection = "pending" | "joint" | "not-joint";

export type ProposalEvent =
  | {
      readonly kind: "proposal-dropped";
      readonly id: PeerId;
      readonly term: Term;
      readonly reason: ProposalRefusal;
      readonly leader: PeerId;
      readonly transferee: PeerId;
    }
  | {
      readonly kind: "conf-change-ignored";
      readonly id: PeerId;
      readonly change: ConfChange;
      readonly confState: ConfState;
      readonly objection: ConfChangeObjection;
      readonly pendingIndex: LogIndex;
      readonly applied: LogIndex;
    }
  | {
      readonly kind: "auto-leave";
      readonly confState: ConfState;
      readonly refusal: ProposalRefusal | undefined;
    };

export type LogEvent =
  | {
      readonly kind: "conflict-found";
      readonly index: LogIndex;
      readonly ownTerm: Term;
      readonly conflictingTerm: Term;
    }
  | {
      readonly kind:
        | "unstable-replaced"
        | "unstable-truncated"
        | "stable-entry-missing"
        | "stable-entry-is-snapshot";
      readonly index: LogIndex;
    }
  | {
      readonly kind: "stable-entry-mismatch";
      readonly index: LogIndex;
      readonly term: Term;
      readonly ownTerm: Term;
    };

export type ReplicationEvent =
  | {
      readonly kind: "append-rejected";
      readonly id: PeerId;
      readonly from: PeerId;
      readonly index: LogIndex;
      readonly ownTerm: Term;
      readonly messageTerm: Term;
    }
  | {
      readonly kind: "append-rejection-received";
      readonly id: PeerId;
      readonly from: PeerId;
      readonly index: LogIndex;
      readonly hintIndex: LogIndex;
      readonly hintTerm: Term;
    }
  | {
      readonly kind:
        | "progress-decreased"
        | "replication-paused"
        | "snapshot-recovered"
        | "snapshot-succeeded"
        | "snapshot-failed"
        | "peer-unreachable";
      readonly id: PeerId;
      readonly progress: Progress;
    }
  | {
      readonly kind: "snapshot-sent";
      readonly id: PeerId;
      readonly progress: Progress;
      readonly firstIndex: LogIndex;
      readonly commit: LogIndex;
      readonly snapshot: Snapshot;
    }
  | {
      readonly kind: "snapshot-to-inactive-peer" | "snapshot-unavailable";
      readonly id: PeerId;
      readonly to: PeerId;
    }
  | { readonly kind: "progress-missing"; readonly id: PeerId; readonly from: PeerId };

export type SnapshotEvent =
  | { readonly kind: "restore-started"; readonly log: LogView; readonly snapshot: Snapshot }
  | ({
      readonly kind: "snapshot-restored" | "snapshot-fast-forwarded";
      readonly id: PeerId;
      readonly commit: LogIndex;
      readonly snapshot: Snapshot;
    } & LastEntry)
  | {
      readonly kind: "snapshot-handled";
      readonly id: PeerId;
      readonly commit: LogIndex;
      readonly snapshot: Snapshot;
      readonly isRestored: boolean;
    }
  | {
      readonly kind: "snapshot-without-self";
      readonly id: PeerId;
      readonly snapshot: Snapshot;
    };

export type TransferStep =
  | "transfer-started"
  | "transfer-aborted"
  | "transfer-already-pending"
  | "transfer-to-self"
  | "transfer-to-learner"
  | "transfer-without-leader"
  | "timeout-now-at-once"
  | "timeout-now-after-ack";

export type TransferEvent =
  | {
      readonly kind: TransferStep;
      readonly id: PeerId;
      readonly term: Term;
      readonly transferee: PeerId;
    }
  | {
      readonly kind: "timeout-now-received" | "timeout-now-ignored";
      readonly id: PeerId;
      readonly term: Term;
      readonly from: PeerId;
      readonly role: RoleName;
    };

export type ReadEvent = {
  readonly kind: "read-without-leader" | "read-queue-full";
  readonly id: PeerId;
  readonly term: Term;
};
