// All entries of the catalogue of lifecycle bugs, and what has become of each here. Its numbers have
// gaps: what is not here was never in it.
import type { NamedTest } from "./scenario.ts";

export type Entry = {
  /** Of `C-07`: 7. */
  readonly number: number;
  /** What happened there, in a few words. */
  readonly about: string;
  readonly fate: Fate;
};

export type Fate =
  /** There is a scenario of this number. */
  | { readonly kind: "built" }
  /** A rule of the Raft core alone: what its own tests hold, and why no order of events could show it. */
  | { readonly kind: "raft-core"; readonly test: NamedTest; readonly why: string }
  | { readonly kind: "waits"; readonly for: WaitsFor; readonly why: string }
  /** What makes it impossible. */
  | { readonly kind: "impossible"; readonly why: string };

export type WaitsFor = "merge" | "follower reads" | "unsafe recovery";

const BUILT: Fate = { kind: "built" };

function raftCore(file: string, name: string, why: string): Fate {
  const test = { file: `packages/store/src/raft/${file}.test.ts`, name };
  return { kind: "raft-core", test, why };
}

function waits(what: WaitsFor, why: string): Fate {
  return { kind: "waits", for: what, why };
}

function impossible(why: string): Fate {
  return { kind: "impossible", why };
}

export const ENTRIES: readonly Entry[] = [
  { number: 1, about: "a stale peer handles a snapshot", fate: BUILT },
  { number: 3, about: "a queued destroy outlives its peer", fate: BUILT },
  { number: 4, about: "split check races with destroy", fate: BUILT },
  { number: 5, about: "a split recreates a child with newer history", fate: BUILT },
  { number: 6, about: "a skipped child leaves its range behind", fate: BUILT },
  { number: 7, about: "a late deletion takes a new owner's data", fate: BUILT },
  { number: 8, about: "a stopped peer handles its mailbox", fate: BUILT },
  { number: 10, about: "a tick reads what is being destroyed", fate: BUILT },
  { number: 12, about: "an apply result meets a peer that is being destroyed", fate: BUILT },
  {
    number: 13,
    about: "a source is destroyed while a snapshot waits for it",
    fate: waits("merge", "several replicas end in one decision"),
  },
  {
    number: 14,
    about: "sources destroyed before the snapshot is accepted",
    fate: waits("merge", "a snapshot that covers another region's range"),
  },
  {
    number: 15,
    about: "sources destroyed for a snapshot that is never applied",
    fate: waits("merge", "a snapshot that covers another region's range"),
  },
  { number: 17, about: "pending peers missing after a split", fate: BUILT },
  { number: 18, about: "snapshot files deleted while still needed", fate: BUILT },
  { number: 21, about: "two engines apart after an interrupted snapshot", fate: BUILT },
  { number: 22, about: "a cancelled apply leaves its context", fate: BUILT },
  { number: 26, about: "every snapshot is stale when it is ready", fate: BUILT },
  { number: 27, about: "an old vote meets a tombstone", fate: BUILT },
  {
    number: 28,
    about: "a tombstone records an intended merge",
    fate: waits("merge", "tombstones that name a merge target"),
  },
  {
    number: 29,
    about: "a cached read permission outlives its peer",
    fate: waits("follower reads", "only leaders read, and ask a quorum for each round"),
  },
  { number: 30, about: "a tombstone forgets the one before", fate: BUILT },
  { number: 31, about: "a vote just after a start", fate: BUILT },
  { number: 32, about: "an uninitialized voter forgets its vote", fate: BUILT },
  { number: 34, about: "no election among sleepers", fate: BUILT },
  { number: 35, about: "late mail of a dead store sends groups to sleep", fate: BUILT },
  {
    number: 37,
    about: "followers sleep while their leader is demoted",
    fate: raftCore(
      "rest",
      "when its leader is a learner: nobody but itself would call an election",
      "the driver orders no joint changes, and no leader is made a learner",
    ),
  },
  { number: 38, about: "an empty range taken for the full one", fate: BUILT },
  {
    number: 40,
    about: "a stale source blocks a newcomer by its range",
    fate: waits("merge", "ranges of initialised regions overlap after a merge alone"),
  },
  { number: 41, about: "a ready advanced by a wrong peer", fate: BUILT },
  { number: 42, about: "write tasks of two lives in one batch", fate: BUILT },
  { number: 43, about: "a durability notice reaches the next life", fate: BUILT },
  {
    number: 45,
    about: "a failed merge makes a later one lose data",
    fate: waits("merge", "two attempts at one merge"),
  },
  {
    number: 47,
    about: "the merging flag is not restored",
    fate: waits("merge", "a lock on log truncation that outlives restarts"),
  },
  {
    number: 48,
    about: "catch-up entries applied past the log",
    fate: waits("merge", "entries that come with another region's command"),
  },
  {
    number: 49,
    about: "one merge committed and rolled back",
    fate: waits("merge", "the decision of a merge"),
  },
  {
    number: 50,
    about: "recovery of a source before its target",
    fate: waits("merge", "and unsafe recovery"),
  },
  {
    number: 51,
    about: "stores restored from different moments of a merge",
    fate: waits("merge", "and backups of a cluster"),
  },
  {
    number: 52,
    about: "a cache token unchanged by a removal",
    fate: waits("follower reads", "tokens by which a client's cache is valid"),
  },
  { number: 53, about: "a read takes its snapshot after the deletion", fate: BUILT },
  { number: 54, about: "a reader keeps a stale peer id", fate: BUILT },
  {
    number: 55,
    about: "a lease read while the range moves away",
    fate: waits("merge", "and lease reads: the commit of a merge moves a range to another group"),
  },
  { number: 57, about: "a stale read index after a transfer", fate: BUILT },
  { number: 58, about: "a read index shared during a transfer", fate: BUILT },
  {
    number: 59,
    about: "stale reads in the middle of an install",
    fate: waits("follower reads", "a replica that installs does not lead, so nobody reads there"),
  },
  { number: 61, about: "a slow leader cannot be replaced", fate: BUILT },
  {
    number: 62,
    about: "an unbounded scan for conf changes",
    fate: raftCore(
      "campaign-scan",
      "the log is read in pages no larger than an apply batch",
      "a scan in one page ends alike, and costs memory alone",
    ),
  },
  { number: 64, about: "a snapshot and entries applied out of order", fate: BUILT },
  {
    number: 65,
    about: "a term looked up beyond a cache's end",
    fate: raftCore(
      "log",
      "terms and bounds with a compacted prefix",
      "there is no cache of entries, and it is the log that asks itself for terms, never mail",
    ),
  },
  {
    number: 66,
    about: "two locks taken in two orders",
    fate: impossible("a store's tables have one owner, the registry; there are no locks"),
  },
  { number: 68, about: "records of removed peers lost by a split", fate: BUILT },
  { number: 69, about: "a destroy that never ends", fate: BUILT },
  { number: 71, about: "a replay point later than the data", fate: BUILT },
  {
    number: 72,
    about: "compaction mixes an old copy with a new one",
    fate: impossible("a tablet is a directory of one life: old copies are never in it"),
  },
  { number: 73, about: "slots and files of snapshots leak", fate: BUILT },
  { number: 74, about: "snapshots wait behind destroys", fate: BUILT },
  { number: 75, about: "an acknowledgement of an older snapshot", fate: BUILT },
  { number: 76, about: "predicates that forget half of a joint configuration", fate: BUILT },
  {
    number: 77,
    about: "two read rounds with one context",
    fate: raftCore(
      "read-index",
      "an answer to an earlier read of the same context confirms no later",
      "a replica gives each round a number of its own, so that no order of events gives two of them one",
    ),
  },
  { number: 80, about: "a split overwrites term and vote", fate: BUILT },
  { number: 81, about: "a split writes back an old hard state", fate: BUILT },
  { number: 82, about: "one replica object lives through several ids", fate: BUILT },
  {
    number: 85,
    about: "a merge learned by snapshot lacks its side effects",
    fate: waits("merge", "side effects of a command that come with a snapshot"),
  },
  { number: 86, about: "a cached batch flushed into the next life", fate: BUILT },
  {
    number: 88,
    about: "recovery leaves a hole in the range map",
    fate: waits("unsafe recovery", "regions made to fill a hole"),
  },
  { number: 89, about: "removed, but not durably", fate: BUILT },
];

export function idOf({ number }: Entry): string {
  return `C-${String(number).padStart(2, "0")}`;
}
