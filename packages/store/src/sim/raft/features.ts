/**
 * What a run is made of: drawn from its seed, each thing on or off for itself. Runs in which one
 * thing never happens reach states that runs with a little of everything do not.
 */
import type { RaftConfig } from "../../raft/index.ts";
import type { ActionKind } from "./action.ts";
import { Random } from "./random.ts";

type Switches = Omit<RaftConfig, "id" | "storage" | "random" | "applied" | "trace">;

export type Features = {
  readonly peerCount: number;
  /** The rest of the peers is empty at first, and waits to be added. */
  readonly firstVoterCount: number;
  readonly config: Switches;
  /** How often each action is drawn, against the others; 0: never. */
  readonly weights: Readonly<Record<ActionKind, number>>;
  /** How far a message may overtake others: places from which the next is drawn. */
  readonly reorderPlaces: number;
  /** A Ready is taken as soon as there is one; else inputs gather before it. */
  readonly takesReadyAtOnce: boolean;
  /** What was applied since the last compaction is lost in a crash, and applied again. */
  readonly forgetsApplied: boolean;
  /**
   * No tick while anything is under way: what a lease trusts. It reckons that whoever hears a leader
   * hears it in time.
   */
  readonly isPrompt: boolean;
  /** Whether the group must go on when it is left alone at the end. */
  readonly mustSettle: boolean;
};

/** Streams of one seed. Those of peers begin at `PEER_STREAMS`. */
export const FEATURE_STREAM = 0;
export const SCHEDULE_STREAM = 1;
export const PEER_STREAMS = 2;

export const PEERS_MAX = 7;

export function drawFeatures(seed: number): Features {
  const random = Random.fork(seed, FEATURE_STREAM);
  const isPrompt = random.chance(12);
  const config = drawConfig(random, isPrompt);
  const peerCount = random.between(3, PEERS_MAX);
  const weights = { ...drawWeights(random), ...(random.chance(30) ? STORM : {}) };
  return {
    peerCount,
    firstVoterCount: Math.min(peerCount, random.pick([1, 2, 3, 3, 4, 5])),
    config,
    weights: isPrompt ? { ...weights, ...NEVER_WHEN_PROMPT } : weights,
    reorderPlaces: isPrompt || random.chance(30) ? 1 : random.pick([2, 4, 16]),
    takesReadyAtOnce: random.chance(50),
    forgetsApplied: random.chance(40),
    isPrompt,
    mustSettle: canPromiseProgress(config),
  };
}

/**
 * Without the shared commit index a group can stay without a leader, and a removed leader that is
 * not told to step down leads nobody on: see `config.ts`. Without pre-vote and check-quorum a peer
 * says nothing to a leader whose term it has passed, and a learner can pass it and not campaign.
 */
function canPromiseProgress(config: Switches): boolean {
  const { shareCommitInVotes, stepDownOnRemoval, checkQuorum, preVote } = config;
  const isTermTold = checkQuorum === true || preVote === true;
  return shareCommitInVotes === true && stepDownOnRemoval === true && isTermTold;
}

function drawConfig(random: Random, isPrompt: boolean): Switches {
  const asyncStorageWrites = random.chance(65);
  const messageBytesMax = random.pick([0, 1, 100, 300, 1_000_000]);
  const isLeased = isPrompt && random.chance(80);
  return {
    electionTicks: random.between(5, 10),
    heartbeatTicks: random.between(1, 2),
    asyncStorageWrites,
    // Asynchronously, elections are not safe without.
    requestVotesWhenDurable: asyncStorageWrites || random.chance(50),
    messageBytesMax,
    applyingBytesMax: random.pick([1, 60, 200, 1_000_000]),
    uncommittedBytesMax: random.pick([1, 100, 1_000_000]),
    inflightMessagesMax: random.pick([1, 2, 3, 256]),
    inflightBytesMax: random.pick([Math.max(1, messageBytesMax), Number.POSITIVE_INFINITY]),
    pendingReadsMax: random.pick([1, 3, 1_000]),
    checkQuorum: isLeased || random.chance(50),
    preVote: random.chance(50),
    readMode: isLeased ? "lease-based" : "safe",
    disableProposalForwarding: random.chance(20),
    disableConfChangeValidation: random.chance(20),
    stepDownOnRemoval: random.chance(75),
    // A lease is forgotten in a crash: who trusts leases needs this.
    withholdVotesAfterRestart: isLeased || random.chance(30),
    reportCommittedIndex: random.chance(50),
    shareCommitInVotes: random.chance(80),
    confirmReadsOnConfChange: random.chance(50),
  };
}

/** What breaks leases by right: a transfer and a call to campaign pass over them. */
const NEVER_WHEN_PROMPT = {
  lose: 0,
  transfer: 0,
  campaign: 0,
  cut: 0,
  isolate: 0,
  tick: 0,
  "tick-all": 12,
};

/** Elections that meet, and peers that crash in the midst of them. */
const STORM = { campaign: 25, crash: 20, restart: 100, duplicate: 60, "forget-leader": 10 };

/** Few ticks: a leader must have time to be heard, or nothing but elections happens. */
function drawWeights(random: Random): Record<ActionKind, number> {
  const sometimes = (percent: number, weight: number) => (random.chance(percent) ? weight : 0);
  const crashes = sometimes(70, random.pick([1, 3, 8]));
  const partitions = sometimes(60, random.pick([1, 4]));
  return {
    deliver: 420,
    duplicate: sometimes(60, 20),
    lose: sometimes(60, random.pick([5, 40, 100])),
    tick: random.pick([25, 50, 90]),
    "tick-all": sometimes(50, 12),
    ready: 130,
    append: random.pick([25, 100, 150]),
    apply: random.pick([20, 80, 100]),
    "append-answer": random.pick([25, 100, 150]),
    "apply-answer": random.pick([20, 80, 100]),
    "snapshot-report": random.pick([2, 20]),
    propose: random.pick([20, 60]),
    "conf-change": sometimes(75, random.pick([4, 15])),
    read: sometimes(80, 20),
    transfer: sometimes(50, random.pick([2, 8])),
    "forget-leader": sometimes(40, 3),
    campaign: sometimes(40, 2),
    unreachable: sometimes(50, 5),
    compact: sometimes(75, 8),
    "withhold-snapshots": sometimes(30, 4),
    cut: partitions,
    isolate: partitions,
    heal: partitions * 2,
    crash: crashes,
    restart: crashes * 4,
  };
}
