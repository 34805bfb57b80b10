/** All oracles together: what a run shows them, each is told that has a promise to watch. */
import type { ConfState, Entry, LogIndex, Message, PeerId } from "../../../raft/index.ts";
import { AppliedSafety } from "./applied-safety.ts";
import { CommitSafety } from "./commit-safety.ts";
import { ElectionSafety } from "./election-safety.ts";
import { LogMatching } from "./log-matching.ts";
import { Persistence } from "./persistence.ts";
import { ReadSafety } from "./read-safety.ts";
import type { DiskView, NodeView } from "./views.ts";

export type WitnessSources = {
  /** The index from which the group starts. */
  readonly first: LogIndex;
  readonly nodes: () => readonly NodeView[];
  readonly diskOf: (id: PeerId) => DiskView | undefined;
};

export class Witness {
  readonly reads = new ReadSafety();
  readonly applied = new AppliedSafety();
  readonly logs = new LogMatching();
  readonly commits: CommitSafety;
  readonly #elections = new ElectionSafety();
  readonly #persistence = new Persistence();
  readonly #sources: WitnessSources;

  constructor(sources: WitnessSources) {
    this.#sources = sources;
    this.commits = new CommitSafety(sources.first, sources.diskOf);
  }

  /** After every step of a peer. @returns whether it has come to lead. */
  observe(node: NodeView): boolean {
    const isElected = this.#elections.observe(node);
    this.logs.observe(node);
    if (isElected) this.commits.onElected(node);
    this.commits.observe(node, this.#sources.nodes);
    return isElected;
  }

  onSent(message: Message, disk: DiskView): void {
    this.#elections.onSent(message);
    this.#persistence.onSent(message, disk, this.#leaderTermAt);
  }

  onStarted(node: NodeView, disk: DiskView, applied: LogIndex, confState: ConfState): void {
    this.#elections.onStarted(node, disk);
    this.commits.onStarted(node);
    this.applied.onStarted(node, applied, confState);
  }

  onCrashed(id: PeerId): void {
    this.logs.onCrashed(id);
  }

  onWritten(node: NodeView, entries: readonly Entry[]): void {
    this.logs.onWritten(node, entries);
  }

  /** The leader can be asked while it still leads in the term of the acknowledgement. */
  readonly #leaderTermAt = ({ term, index }: Message): number | undefined => {
    const id = this.#elections.leaderOf(term);
    for (const node of this.#sources.nodes()) {
      if (node.id !== id || node.role !== "leader" || node.term !== term) continue;
      const entryTerm = node.termAt(index);
      return typeof entryTerm === "number" ? entryTerm : undefined;
    }
    return undefined;
  };
}
