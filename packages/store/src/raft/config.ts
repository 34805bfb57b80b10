/**
 * How one peer is set up. What is left out behaves as etcd's raft does by default, except that
 * limits have a value; the switches of the last group go beyond it and are off.
 */
import { isStorageThread, type LogIndex, NO_INDEX, NO_PEER, type PeerId } from "./ids.ts";
import type { RaftStorage } from "./storage.ts";
import type { TraceSink } from "./trace.ts";

/** `lease-based` trusts the leader's clock and needs `checkQuorum`. */
export type ReadMode = "safe" | "lease-based";

export type RaftConfig = {
  readonly id: PeerId;
  readonly storage: RaftStorage;
  /**
   * Ticks without a leader until an election; drawn anew from `[electionTicks, 2 electionTicks)`.
   */
  readonly electionTicks: number;
  readonly heartbeatTicks: number;
  /** A whole number of `[0, exclusiveMax)`. */
  readonly random: (exclusiveMax: number) => number;
  /** Highest index applied before the start; entries up to it are not handed out again. */
  readonly applied?: LogIndex;
  /**
   * Storage work leaves as messages to the two storage threads instead of by Ready and `advance`.
   */
  readonly asyncStorageWrites?: boolean;

  /** Entry bytes of one append; at least one entry goes out whatever its size. */
  readonly messageBytesMax?: number;
  /** Entry bytes handed out to be applied and not acknowledged; `messageBytesMax` if left out. */
  readonly applyingBytesMax?: number;
  /** Payload bytes in a leader's log that are not applied; beyond it proposals are refused. */
  readonly uncommittedBytesMax?: number;
  readonly inflightMessagesMax?: number;
  /** Payload bytes of unacknowledged appends to one peer, exceeded by at most one append. */
  readonly inflightBytesMax?: number;
  /** Reads that wait for their confirmation. */
  readonly pendingReadsMax?: number;

  /** A leader that does not hear from a quorum steps down, and leases protect one that does. */
  readonly checkQuorum?: boolean;
  /** An election is preceded by a poll that disturbs nobody. */
  readonly preVote?: boolean;
  readonly readMode?: ReadMode;
  readonly disableProposalForwarding?: boolean;
  /** Conf changes are taken as proposed, although one may be pending. */
  readonly disableConfChangeValidation?: boolean;
  /** A leader steps down when it applies its own removal or demotion. */
  readonly stepDownOnRemoval?: boolean;

  /**
   * For `electionTicks` after a restart no vote is given, except in a leadership transfer: the peer
   * may have acknowledged a lease that it has forgotten.
   */
  readonly withholdVotesAfterRestart?: boolean;
  /**
   * Vote requests leave when the term and the log that they speak of are durable. Matters with
   * asynchronous writes, where they else leave at once: a candidate that crashes then campaigns
   * again in the same term with less of a log, and the votes that its first requests brought elect
   * it, so that it lacks committed entries or writes other entries at the places of its first
   * leadership.
   */
  readonly requestVotesWhenDurable?: boolean;
  /** Acknowledgements carry the peer's own commit index, which the leader keeps in its progress. */
  readonly reportCommittedIndex?: boolean;
  /**
   * Vote requests and refusals tell what is committed. Without, a group can stay leaderless for
   * ever: a voter that has not heard that a change was committed needs the vote of a peer which
   * that change removed or demoted, and whose log is longer.
   */
  readonly shareCommitInVotes?: boolean;
  /** Pending reads are counted anew when a conf change makes the quorum smaller. */
  readonly confirmReadsOnConfChange?: boolean;

  readonly trace?: TraceSink;
};

export type ResolvedConfig = Required<Omit<RaftConfig, "trace">> & {
  readonly trace: TraceSink | undefined;
};

/**
 * 1 MiB: some milliseconds of a 1 Gbit/s link, so that heartbeats are not stuck behind an append.
 */
const DEFAULT_MESSAGE_BYTES_MAX = 1024 * 1024;
/** Appends under way to one peer: enough to fill a link of 10 ms at 25,000 appends a second. */
const DEFAULT_INFLIGHT_MESSAGES_MAX = 256;
/** 64 MiB: a leader cut off from its quorum stops taking proposals before it runs out of memory. */
const DEFAULT_UNCOMMITTED_BYTES_MAX = 64 * 1024 * 1024;
/** A leader that cannot confirm reads is asked again rather than left to collect them. */
const DEFAULT_PENDING_READS_MAX = 16_384;

export class RaftConfigError extends Error {
  override readonly name = "RaftConfigError";
  readonly code = "ERR_MULTIRAFT_RAFT_CONFIG";
}

export function resolveConfig(config: RaftConfig): ResolvedConfig {
  const messageBytesMax = config.messageBytesMax ?? DEFAULT_MESSAGE_BYTES_MAX;
  const resolved: ResolvedConfig = {
    id: config.id,
    storage: config.storage,
    electionTicks: config.electionTicks,
    heartbeatTicks: config.heartbeatTicks,
    random: config.random,
    applied: config.applied ?? NO_INDEX,
    asyncStorageWrites: config.asyncStorageWrites ?? false,
    messageBytesMax,
    applyingBytesMax: config.applyingBytesMax ?? messageBytesMax,
    uncommittedBytesMax: config.uncommittedBytesMax ?? DEFAULT_UNCOMMITTED_BYTES_MAX,
    inflightMessagesMax: config.inflightMessagesMax ?? DEFAULT_INFLIGHT_MESSAGES_MAX,
    inflightBytesMax: config.inflightBytesMax ?? Number.POSITIVE_INFINITY,
    pendingReadsMax: config.pendingReadsMax ?? DEFAULT_PENDING_READS_MAX,
    checkQuorum: config.checkQuorum ?? false,
    preVote: config.preVote ?? false,
    readMode: config.readMode ?? "safe",
    disableProposalForwarding: config.disableProposalForwarding ?? false,
    disableConfChangeValidation: config.disableConfChangeValidation ?? false,
    stepDownOnRemoval: config.stepDownOnRemoval ?? false,
    withholdVotesAfterRestart: config.withholdVotesAfterRestart ?? false,
    requestVotesWhenDurable: config.requestVotesWhenDurable ?? false,
    reportCommittedIndex: config.reportCommittedIndex ?? false,
    shareCommitInVotes: config.shareCommitInVotes ?? false,
    confirmReadsOnConfChange: config.confirmReadsOnConfChange ?? false,
    trace: config.trace,
  };
  validate(resolved);
  return resolved;
}

function validate(config: ResolvedConfig): void {
  demand(config.id !== NO_PEER && !isStorageThread(config.id), "the id is reserved");
  demand(isCount(config.heartbeatTicks), "heartbeatTicks must be a whole number above 0");
  demand(isCount(config.electionTicks), "electionTicks must be a whole number above 0");
  demand(
    config.electionTicks > config.heartbeatTicks,
    "electionTicks must be greater than heartbeatTicks",
  );
  demand(config.inflightMessagesMax > 0, "inflightMessagesMax must be above 0");
  demand(
    config.inflightBytesMax >= config.messageBytesMax,
    "inflightBytesMax must not be below messageBytesMax",
  );
  demand(config.applyingBytesMax > 0, "applyingBytesMax must be above 0");
  demand(config.messageBytesMax >= 0, "messageBytesMax must not be negative");
  demand(config.uncommittedBytesMax > 0, "uncommittedBytesMax must be above 0");
  demand(config.pendingReadsMax > 0, "pendingReadsMax must be above 0");
  demand(
    config.readMode !== "lease-based" || config.checkQuorum,
    "lease-based reads need checkQuorum",
  );
}

function isCount(value: number): boolean {
  return Number.isSafeInteger(value) && value > 0;
}

function demand(holds: boolean, message: string): void {
  if (!holds) throw new RaftConfigError(`invalid raft configuration: ${message}`);
}
