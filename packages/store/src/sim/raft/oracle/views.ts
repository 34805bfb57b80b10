/** What the oracles see of a peer and of its disk: small enough to be forged in a test. */
import type { LogIndex, RaftNode } from "../../../raft/index.ts";

export type NodeView = Pick<
  RaftNode,
  "id" | "term" | "vote" | "role" | "commitIndex" | "lastIndex" | "confState"
> & { termAt(index: LogIndex): number | "compacted" | "unavailable" };

export type DiskView = {
  readonly hardState: { readonly term: number; readonly vote: number };
  /** Whether the entry is durable, or was before it was compacted. */
  stores(index: LogIndex, term: number): boolean;
};
