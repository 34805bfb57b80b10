// Three replicas of one Raft group in one thread, and the least of a shell around them: storage that is
// durable at once, a network that delivers at once, a state machine that checks what it is given. The core
// runs as the store runs it, with asynchronous storage writes and the same switches.
import { assert } from "@multiraft/runtime";
import {
  APPEND_THREAD,
  APPLY_THREAD,
  type Entry,
  type HardState,
  type LogIndex,
  MemoryStorage,
  type Message,
  type PeerId,
  RaftNode,
} from "@multiraft/store/raft";
import { AppliedProposals } from "./applied-proposals.ts";

/** More than any round needs to come to rest: beyond it two replicas talk for ever. */
const TURNS_MAX = 1_000;

export type GroupTiming = { readonly electionTicks: number; readonly heartbeatTicks: number };

/** The store's. */
const USUAL_TIMING: GroupTiming = { electionTicks: 10, heartbeatTicks: 2 };

export const REPLICAS = 3;
const PEERS = [1, 2, 3] as readonly number[] as readonly PeerId[];

class Replica {
  readonly node: RaftNode;
  readonly storage = new MemoryStorage();
  readonly applied: AppliedProposals;
  readonly #deliver: (message: Message) => void;

  constructor(id: PeerId, group: number, timing: GroupTiming, deliver: (message: Message) => void) {
    const confState = { voters: PEERS, learners: [], votersOutgoing: [], learnersNext: [] };
    this.storage.applySnapshot({
      data: null,
      index: 0 as LogIndex,
      term: 0 as Entry["term"],
      confState: { ...confState, autoLeave: false },
    });
    this.applied = new AppliedProposals(group);
    this.#deliver = deliver;
    this.node = new RaftNode({
      id,
      storage: this.storage,
      // One replica campaigns by command; no timeout decides anything here.
      random: () => 0,
      asyncStorageWrites: true,
      checkQuorum: true,
      preVote: true,
      disableProposalForwarding: true,
      stepDownOnRemoval: true,
      withholdVotesAfterRestart: true,
      requestVotesWhenDurable: true,
      reportCommittedIndex: true,
      shareCommitInVotes: true,
      confirmReadsOnConfChange: true,
      ...timing,
    });
  }

  /** Does all work there is. @returns whether there was any. */
  run(): boolean {
    if (!this.node.hasReady()) return false;
    for (let turn = 0; this.node.hasReady(); turn += 1) {
      assert(turn < TURNS_MAX, "a replica that does not come to rest");
      for (const message of this.node.ready().messages) this.#dispatch(message);
    }
    return true;
  }

  #dispatch(message: Message): void {
    if (message.to === APPEND_THREAD) this.#persist(message);
    else if (message.to === APPLY_THREAD) this.#apply(message);
    else if (message.to === this.node.id) this.node.step(message);
    else this.#deliver(message);
  }

  #persist(message: Message): void {
    if (message.term > 0) this.storage.setHardState(hardStateOf(message));
    if (message.entries.length > 0) this.storage.append(message.entries);
    for (const response of message.responses) this.#dispatch(response);
  }

  #apply(message: Message): void {
    for (const entry of message.entries) this.applied.take(entry);
    for (const response of message.responses) this.node.step(response);
  }
}

export class RaftGroup {
  readonly #replicas: readonly Replica[];
  readonly #leader: Replica;
  readonly nodes: readonly RaftNode[];

  /** Elects the first replica. */
  constructor(group: number, timing: GroupTiming = USUAL_TIMING) {
    const deliver = (message: Message) => {
      this.#replicas[message.to - 1]?.node.step(message);
    };
    this.#replicas = PEERS.map((id) => new Replica(id, group, timing, deliver));
    this.nodes = this.#replicas.map(({ node }) => node);
    const [first] = this.#replicas;
    assert(first !== undefined, "a group without replicas");
    this.#leader = first;
    first.node.campaign();
    this.settle();
    assert(first.node.isLeader, "the first replica was not elected");
  }

  get leader(): RaftNode {
    return this.#leader.node;
  }

  /** Proposes, replicates, commits and applies, everywhere. */
  propose(payloads: readonly Uint8Array[]): void {
    const refusal = this.#leader.node.proposeAll(payloads);
    assert(refusal === undefined, () => `a proposal was refused: ${refusal}`);
    this.settle();
  }

  /** Delivers and does all that there is, until nobody has anything left. */
  settle(): void {
    let isBusy = true;
    for (let turn = 0; isBusy; turn += 1) {
      assert(turn < TURNS_MAX, "a group that does not come to rest");
      isBusy = false;
      for (const replica of this.#replicas) if (replica.run()) isBusy = true;
    }
  }

  /**
   * How many proposals every replica has committed and applied, in order.
   * @throws Error when logs, commit indexes or what was applied are not equal.
   */
  verifiedProposals(): number {
    const { storage, applied, node } = this.#leader;
    for (const other of this.#replicas) {
      assertEqualLogs(storage, other.storage);
      assert(other.node.commitIndex === storage.lastIndex(), "not everything is committed");
      assert(other.node.appliedIndex === node.commitIndex, "not everything is applied");
      assert(other.applied.count === applied.count, "replicas applied unequal proposals");
    }
    // One entry is not a proposal: the one that opens the leader's term.
    assert(storage.lastIndex() === applied.count + 1, "the log holds more than was proposed");
    return applied.count;
  }
}

function hardStateOf({ term, vote, commit }: Message): HardState {
  return { term, vote, commit };
}

function assertEqualLogs(one: MemoryStorage, other: MemoryStorage): void {
  const [mine, theirs] = [one, other].map(entriesOf);
  assert(mine !== undefined && theirs?.length === mine.length, "logs of unequal length");
  for (const [position, entry] of mine.entries()) {
    const same = theirs[position];
    const isEqual =
      same?.term === entry.term &&
      same.index === entry.index &&
      same.type === entry.type &&
      isEqualData(same.data, entry.data);
    assert(isEqual, () => `logs differ at index ${entry.index}`);
  }
}

function entriesOf(storage: MemoryStorage): readonly Entry[] {
  const end = (storage.lastIndex() + 1) as LogIndex;
  const entries = storage.entries(storage.firstIndex(), end, Number.POSITIVE_INFINITY);
  assert(typeof entries !== "string", "a log cannot be read");
  return entries;
}

function isEqualData(one: Uint8Array | null, other: Uint8Array | null): boolean {
  return one === other || (one !== null && other !== null && Buffer.compare(one, other) === 0);
}
