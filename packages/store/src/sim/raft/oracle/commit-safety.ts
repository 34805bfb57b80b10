/**
 * What is committed stays: the commit index of a running peer never falls; a leader commits by
 * counting only an entry of its own term that majorities of its configuration store durably; nobody
 * else knows more than leaders have committed, nor anything else at an index; and whoever comes to
 * lead has all that leaders of earlier terms committed.
 */
import type { LogIndex, PeerId } from "../../../raft/index.ts";
import { promise } from "../violation.ts";
import type { DiskView, NodeView } from "./views.ts";

type LeaderCommit = { readonly term: number; index: LogIndex; entryTerm: number };

export class CommitSafety {
  /** Terms of the committed entries by index, as far as they are known. */
  readonly #terms: (number | undefined)[] = [];
  readonly #seen = new Map<PeerId, LogIndex>();
  /** How far the leader of each term committed. */
  readonly #byLeaders: LeaderCommit[] = [];
  #highest: LogIndex;
  readonly #diskOf: (id: PeerId) => DiskView | undefined;

  constructor(first: LogIndex, diskOf: (id: PeerId) => DiskView | undefined) {
    this.#highest = first;
    this.#diskOf = diskOf;
  }

  /** Highest index that anybody knows to be committed. */
  get highest(): LogIndex {
    return this.#highest;
  }

  termAt(index: LogIndex): number | undefined {
    return this.#terms[index];
  }

  onStarted(node: NodeView): void {
    this.#seen.delete(node.id);
    this.observe(node);
  }

  /** After every step of a peer. @param others All peers that run. */
  observe(node: NodeView, others: () => readonly NodeView[] = () => []): void {
    const { id, commitIndex } = node;
    const seen = this.#seen.get(id);
    if (seen === commitIndex) return;
    const before = seen ?? (0 as LogIndex);
    promise(
      "the commit index never falls",
      commitIndex > before || seen === undefined,
      () => `${id}: commit index ${commitIndex} after ${before}`,
    );
    this.#seen.set(id, commitIndex);
    if (node.role === "leader" && seen !== undefined) this.#onLeaderCommit(node, others);
    promise(
      "commits are backed by a quorum",
      commitIndex <= this.#highest,
      () => `${id} takes ${commitIndex} for committed, no leader committed past ${this.#highest}`,
    );
    this.#agree(node, before);
  }

  /** A leader that was just elected. */
  onElected(leader: NodeView): void {
    for (const commit of this.#byLeaders)
      if (commit.term < leader.term) this.#checkComplete(leader, commit);
  }

  #onLeaderCommit(leader: NodeView, others: () => readonly NodeView[]): void {
    const { id, term, commitIndex: index } = leader;
    const entryTerm = Number(leader.termAt(index));
    const name = "commits are backed by a quorum";
    promise(name, entryTerm === term, () => `${id} commits ${index} of term ${entryTerm} by count`);
    for (const voters of [leader.confState.voters, leader.confState.votersOutgoing])
      promise(
        name,
        this.#isStored(voters, index, entryTerm),
        () => `${id} commits ${index} in term ${term}, which no majority of ${voters} stores`,
      );
    if (index > this.#highest) this.#highest = index;
    const commit = { term, index, entryTerm };
    const place = this.#byLeaders.findIndex((each) => each.term === term);
    if (place === -1) this.#byLeaders.push(commit);
    else this.#byLeaders[place] = commit;
    // A leader of a later term may have been elected before.
    for (const other of others())
      if (other.role === "leader" && other.term > term) this.#checkComplete(other, commit);
  }

  #isStored(voters: readonly PeerId[], index: LogIndex, term: number): boolean {
    let count = 0;
    for (const voter of voters) if (this.#diskOf(voter)?.stores(index, term) === true) count += 1;
    return voters.length === 0 || count * 2 > voters.length;
  }

  #checkComplete(leader: NodeView, { term, index, entryTerm }: LeaderCommit): void {
    const own = leader.termAt(index);
    promise(
      "leaders are complete",
      own === entryTerm || own === "compacted",
      () =>
        `${leader.id} leads in term ${leader.term} without entry ${index}, committed in ${term}`,
    );
  }

  #agree(node: NodeView, before: LogIndex): void {
    for (let index = (before + 1) as LogIndex; index <= node.commitIndex; index++) {
      const own = node.termAt(index);
      if (typeof own !== "number") continue;
      const known = this.#terms[index];
      if (known === undefined) this.#terms[index] = own;
      else
        promise(
          "one entry an index",
          known === own,
          () => `committed at ${index} are an entry of term ${known} and, at ${node.id}, of ${own}`,
        );
    }
  }
}
