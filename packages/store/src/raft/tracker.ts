/**
 * The active configuration and the progress of each of its members. Invariant: exactly the members
 * have a progress, and `peers` is ascending by id, which is the order of every broadcast and
 * listing.
 */
import { assert } from "./assert.ts";
import { type ConfState, EMPTY_CONF_STATE, isJoint, isVoter } from "./conf-state.ts";
import type { LogIndex, PeerId } from "./ids.ts";
import type { Progress } from "./progress.ts";
import { jointIndex, jointVote, type VoteResult } from "./quorum.ts";

export type Votes = Map<PeerId, boolean>;

/** A configuration and the progress of its members, complete but not active yet. */
export type Membership = {
  readonly confState: ConfState;
  readonly progress: ReadonlyMap<PeerId, Progress>;
};

const matchOf = (peer: Progress): number => peer.match;
const readAckOf = (peer: Progress): number => peer.readAck;
const activityOf = (peer: Progress): boolean => peer.isRecentlyActive;

const NO_PEERS: readonly Progress[] = Object.freeze([]);

export class Tracker {
  confState: ConfState = EMPTY_CONF_STATE;
  /** Every member, ascending by id. */
  peers: readonly Progress[] = NO_PEERS;
  #incoming: readonly Progress[] = NO_PEERS;
  #outgoing: readonly Progress[] = NO_PEERS;

  install({ confState, progress }: Membership): void {
    this.confState = confState;
    this.peers = [...progress.values()].sort((a, b) => a.id - b.id);
    this.#incoming = confState.voters.map((id) => this.#member(id));
    this.#outgoing = isJoint(confState)
      ? confState.votersOutgoing.map((id) => this.#member(id))
      : NO_PEERS;
    for (const peer of this.peers) peer.isLearner = confState.learners.includes(peer.id);
  }

  get membership(): Membership {
    const progress = new Map(this.peers.map((peer) => [peer.id, peer]));
    return { confState: this.confState, progress };
  }

  /** A search through a handful: quicker than a map, and an idle group keeps none. */
  progressOf(id: PeerId): Progress | undefined {
    for (const peer of this.peers) if (peer.id === id) return peer;
    return undefined;
  }

  #member(id: PeerId): Progress {
    const progress = this.progressOf(id);
    assert(progress !== undefined, () => `member ${id} has no progress`);
    return progress;
  }

  isOnlyVoter(id: PeerId): boolean {
    const { voters, votersOutgoing } = this.confState;
    return voters.length === 1 && voters[0] === id && votersOutgoing.length === 0;
  }

  isVoter(id: PeerId): boolean {
    return isVoter(this.confState, id);
  }

  /** Highest index that majorities of both halves store; the caller still compares terms. */
  committedIndex(): LogIndex {
    return jointIndex(this.#incoming, this.#outgoing, matchOf) as LogIndex;
  }

  /** Highest read sequence for which majorities of both halves have confirmed the leader. */
  confirmedRead(): number {
    return jointIndex(this.#incoming, this.#outgoing, readAckOf);
  }

  isQuorumActive(): boolean {
    return jointVote(this.#incoming, this.#outgoing, activityOf) === "won";
  }

  voteResult(votes: Votes): VoteResult {
    return jointVote(this.#incoming, this.#outgoing, (peer) => votes.get(peer.id));
  }

  /** Answers of members that count; a vote of somebody removed meanwhile does not. */
  countVotes(votes: Votes): { readonly granted: number; readonly rejected: number } {
    let granted = 0;
    let rejected = 0;
    for (const peer of this.peers) {
      if (peer.isLearner) continue;
      const vote = votes.get(peer.id);
      if (vote === true) granted += 1;
      else if (vote === false) rejected += 1;
    }
    return { granted, rejected };
  }
}
