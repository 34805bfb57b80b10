/**
 * One leader a term; a peer's term never falls, and its vote is never changed within a term, neither
 * as the peer sees it nor as the network does, whatever crashed in between.
 */
import type { Message, PeerId } from "../../../raft/index.ts";
import { promise } from "../violation.ts";
import type { DiskView, NodeView } from "./views.ts";

type Seen = { term: number; vote: number; isLeader: boolean };

export class ElectionSafety {
  readonly #leaders = new Map<number, PeerId>();
  /** What each peer showed last; forgotten in a crash. */
  readonly #seen = new Map<PeerId, Seen>();
  /** By voter and term: whom it told that it has its vote. A crash excuses nothing. */
  readonly #granted = new Map<number, Map<number, PeerId>>();

  /** After every step of a peer. @returns whether it has come to lead since the last one. */
  observe(node: NodeView): boolean {
    const { id, term, vote } = node;
    const isLeader = node.role === "leader";
    if (isLeader) this.#noteLeader(term, id);
    const seen = this.#seen.get(id);
    if (seen === undefined) {
      this.#seen.set(id, { term, vote, isLeader });
      return isLeader;
    }
    if (seen.term !== term || seen.vote !== vote) this.#checkKept(node, seen);
    const isElected = isLeader && !(seen.isLeader && seen.term === term);
    seen.term = term;
    seen.vote = vote;
    seen.isLeader = isLeader;
    return isElected;
  }

  #checkKept({ id, term, vote }: NodeView, seen: Seen): void {
    const name = "terms and votes never go back";
    promise(name, term >= seen.term, () => `${id}: term ${term} after ${seen.term}`);
    const isKept = term > seen.term || seen.vote === 0 || vote === seen.vote;
    promise(name, isKept, () => `${id}: vote ${vote} after ${seen.vote} in term ${term}`);
  }

  /** A message leaves its peer. */
  onSent(message: Message): void {
    const { type, from, to, term } = message;
    if (type === "MsgApp" || type === "MsgHeartbeat" || type === "MsgSnap")
      this.#noteLeader(term, from);
    else if (type === "MsgVoteResp" && !message.reject) this.#noteGrant(from, term, to);
  }

  /** A peer that starts again has the term and the vote of its disk. */
  onStarted(node: NodeView, { hardState }: DiskView): void {
    const { id, term, vote } = node;
    promise(
      "terms and votes never go back",
      term === hardState.term && vote === hardState.vote,
      () => `${id} starts in term ${term} with vote ${vote}, its disk says ${show(hardState)}`,
    );
    this.#seen.delete(id);
    this.observe(node);
  }

  leaderOf(term: number): PeerId | undefined {
    return this.#leaders.get(term);
  }

  #noteLeader(term: number, id: PeerId): void {
    const known = this.#leaders.get(term);
    if (known === id) return;
    promise(
      "one leader a term",
      known === undefined,
      () => `both ${known} and ${id} lead in term ${term}`,
    );
    this.#leaders.set(term, id);
  }

  #noteGrant(voter: PeerId, term: number, candidate: PeerId): void {
    const grants = this.#granted.get(voter) ?? new Map<number, PeerId>();
    this.#granted.set(voter, grants);
    const known = grants.get(term);
    promise(
      "terms and votes never go back",
      known === undefined || known === candidate,
      () => `${voter} voted for ${known} and for ${candidate} in term ${term}`,
    );
    grants.set(term, candidate);
  }
}

function show({ term, vote }: DiskView["hardState"]): string {
  return `term ${term}, vote ${vote}`;
}
