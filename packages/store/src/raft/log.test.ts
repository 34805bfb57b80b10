import { describe, expect, test } from "vitest";
import { at, confState, entry, id, snapshot, term } from "../../test/raft-fixture.ts";
import { ENTRY_HEADER_BYTES, type Entry } from "./entry.ts";
import { RaftLog } from "./log.ts";
import { MemoryStorage } from "./memory-storage.ts";
import type { TraceEvent } from "./trace.ts";

const UNLIMITED = Number.POSITIVE_INFINITY;

type Setup = {
  /** The place before the first entry. */
  readonly base?: readonly [index: number, term: number];
  readonly stable?: readonly number[];
  readonly unstable?: readonly number[];
  readonly committed?: number;
  readonly applyingBytesMax?: number;
};

/** A log of entries of the given terms behind `base`, some durable, some not. */
function logOf(setup: Setup) {
  const { base: [index, ofTerm] = [0, 0], stable = [], unstable = [], committed = 0 } = setup;
  const storage = new MemoryStorage();
  storage.applySnapshot(snapshot(index, ofTerm, confState([1])));
  storage.append(entriesFrom(index + 1, stable));
  const events: TraceEvent[] = [];
  const log = new RaftLog(storage, setup.applyingBytesMax ?? UNLIMITED, (event) =>
    events.push(event),
  );
  log.append(entriesFrom(index + 1 + stable.length, unstable));
  log.commitTo(at(committed));
  events.length = 0;
  return { log, storage, events };
}

function entriesFrom(first: number, terms: readonly number[]): readonly Entry[] {
  return terms.map((ofTerm, position) => entry(ofTerm, first + position));
}

const termsOf = (entries: readonly Entry[] | string) =>
  typeof entries === "string" ? entries : entries.map((e) => e.term);

function allTerms(log: RaftLog): readonly number[] | string {
  return termsOf(log.entriesFrom(log.firstIndex(), UNLIMITED));
}

describe("whether another log is up to date", () => {
  test.each([
    [3, 4, true],
    [4, 4, true],
    [2, 4, true],
    [3, 3, true],
    [4, 3, true],
    [2, 3, false],
    [3, 2, false],
    [4, 2, false],
  ])("row 15: a log that ends at (%d, %d) is up to date: %s", (index, ofTerm, expected) => {
    const { log } = logOf({ stable: [1, 2], unstable: [3] });
    expect(log.isUpToDate(at(index), term(ofTerm))).toBe(expected);
  });
});

describe("an append of a leader", () => {
  test.each([
    // previous index, term, terms of entries, leader commit -> last shared, terms, commit
    [3, 4, [4], 3, undefined, [1, 2, 3], 1],
    [4, 4, [4], 3, undefined, [1, 2, 3], 1],
    [3, 3, [], 3, 3, [1, 2, 3], 3],
    [3, 3, [], 4, 3, [1, 2, 3], 3],
    [3, 3, [], 2, 3, [1, 2, 3], 2],
    [3, 3, [], 0, 3, [1, 2, 3], 1],
    [0, 0, [], 3, 0, [1, 2, 3], 1],
    [3, 3, [4], 3, 4, [1, 2, 3, 4], 3],
    [3, 3, [4], 4, 4, [1, 2, 3, 4], 4],
    [3, 3, [4], 9, 4, [1, 2, 3, 4], 4],
    [3, 3, [4, 4], 4, 5, [1, 2, 3, 4, 4], 4],
    [2, 2, [4], 3, 3, [1, 2, 4], 3],
    [1, 1, [4], 3, 2, [1, 4], 2],
    [1, 1, [4, 4], 1, 3, [1, 4, 4], 1],
    [1, 1, [2], 1, 2, [1, 2, 3], 1],
    [1, 1, [2, 3], 3, 3, [1, 2, 3], 3],
  ] as const)("rows 53, 54, 55, 56: after (%d, %d) of %o, commit %d", (...row) => {
    const [index, ofTerm, terms, commit, shared, after, committed] = row;
    for (const split of [0, 1, 3]) {
      const all = [1, 2, 3];
      const { log } = logOf({
        stable: all.slice(0, split),
        unstable: all.slice(split),
        committed: 1,
      });
      const previous = { index: at(index), term: term(ofTerm) };
      expect(log.tryAppend(previous, entriesFrom(index + 1, terms), at(commit))).toBe(shared);
      expect(allTerms(log)).toEqual(after);
      expect(log.committed).toBe(committed);
    }
  });

  test("row 54: the conflict and what it replaces are traced", () => {
    const { log, events } = logOf({ stable: [1], unstable: [2, 3] });
    log.tryAppend({ index: at(1), term: term(1) }, entriesFrom(2, [2, 4]), at(0));
    expect(events).toEqual([
      { kind: "conflict-found", index: 3, ownTerm: 3, conflictingTerm: 4 },
      { kind: "unstable-truncated", index: 3 },
    ]);
  });

  test("row 61: a conflict with a committed entry is a broken invariant", () => {
    const { log } = logOf({ stable: [1, 2, 3], committed: 2 });
    const previous = { index: at(1), term: term(1) };
    expect(() => log.tryAppend(previous, entriesFrom(2, [4]), at(2))).toThrow(
      "conflicts with a committed entry",
    );
    expect(() => log.append(entriesFrom(2, [4]))).toThrow("replaces a committed entry");
  });
});

describe("where two logs may agree", () => {
  test.each([
    // index, term -> index, term
    [6, 1, 2, 1],
    [6, 2, 4, 2],
    [6, 3, 4, 2],
    [6, 4, 6, 4],
    [6, 9, 6, 4],
    [5, 4, 5, 4],
    [3, 4, 3, 2],
    [1, 0, 0, 0],
    [0, 9, 0, 0],
  ])("row 58: from (%d, %d) back to (%d, %d)", (index, ofTerm, expectedIndex, expectedTerm) => {
    const { log } = logOf({ stable: [1, 1, 2, 2], unstable: [4, 4] });
    expect(log.findConflictByTerm(at(index), term(ofTerm))).toEqual({
      index: expectedIndex,
      term: expectedTerm,
    });
  });

  test.each([
    [7, 1, 4, 0],
    [5, 3, 5, 3],
    [4, 9, 4, 0],
    [9, 9, 9, 0],
  ])("row 59: with a compacted prefix, from (%d, %d): (%d, %d)", (...row) => {
    const [index, ofTerm, expectedIndex, expectedTerm] = row;
    const { log } = logOf({ base: [5, 3], stable: [3, 4] });
    expect(log.findConflictByTerm(at(index), term(ofTerm))).toEqual({
      index: expectedIndex,
      term: expectedTerm,
    });
  });
});

describe("committing", () => {
  test("rows 60, 61: forward only, and never beyond the log", () => {
    const { log } = logOf({ stable: [1, 2, 3], committed: 2 });
    log.commitTo(at(1));
    expect(log.committed).toBe(2);
    log.commitTo(at(3));
    expect(log.committed).toBe(3);
    expect(() => log.commitTo(at(4))).toThrow("beyond the log");
  });

  test.each([
    [1, 2, false, 1],
    [2, 2, true, 2],
    [3, 2, false, 1],
    [3, 3, true, 3],
    [4, 3, false, 1],
    [2, 0, false, 1],
  ])("row 66: to (%d, %d): %s", (index, ofTerm, expected, committed) => {
    const { log } = logOf({ stable: [1, 2], unstable: [3], committed: 1 });
    expect(log.tryCommit(at(index), term(ofTerm))).toBe(expected);
    expect(log.committed).toBe(committed);
  });

  test("row 66: an unknown place of term 0 is no match", () => {
    const { log } = logOf({ base: [5, 0] });
    log.committed = at(4);
    expect(log.tryCommit(at(5), term(0))).toBe(false);
  });
});

describe("terms and bounds with a compacted prefix", () => {
  const setup: Setup = { base: [10, 1], stable: [1, 2], unstable: [3, 3] };
  test.each([
    [9, "compacted"],
    [10, 1],
    [11, 1],
    [12, 2],
    [13, 3],
    [14, 3],
    [15, "unavailable"],
  ])("row 115: behind a compacted prefix the term at %d is %s", (index, expected) => {
    const { log } = logOf(setup);
    expect(log.term(at(index))).toBe(expected);
    expect(log.termOrZero(at(index))).toBe(typeof expected === "number" ? expected : 0);
    expect(log.matches(at(index), term(typeof expected === "number" ? expected : 0))).toBe(
      typeof expected === "number",
    );
  });

  test("row 115: a pending snapshot hides what the storage holds before it", () => {
    const { log } = logOf(setup);
    log.restore(snapshot(20, 5, confState([1])));
    expect([log.firstIndex(), log.lastIndex(), log.committed]).toEqual([21, 20, 20]);
    expect([19, 20, 21].map((index) => log.term(at(index)))).toEqual([
      "compacted",
      5,
      "unavailable",
    ]);
  });

  test("row 115: compaction leaves terms from its place on", () => {
    const { log, storage } = logOf(setup);
    storage.compact(at(11));
    expect(log.firstIndex()).toBe(12);
    expect(log.term(at(11))).toBe(1);
    expect(log.term(at(10))).toBe("compacted");
    expect(log.entriesFrom(at(11), UNLIMITED)).toBe("compacted");
  });
});

describe("slices over both parts", () => {
  const setup: Setup = { base: [10, 1], stable: [1, 1], unstable: [1, 1] };
  const size = ENTRY_HEADER_BYTES;
  test.each([
    [11, 15, UNLIMITED, 4],
    [11, 13, UNLIMITED, 2],
    [12, 14, UNLIMITED, 2],
    [13, 15, UNLIMITED, 2],
    [13, 13, UNLIMITED, 0],
    [11, 15, 0, 1],
    [11, 15, size, 1],
    [11, 15, 2 * size, 2],
    [11, 15, 3 * size - 1, 2],
    [11, 15, 3 * size, 3],
    [12, 15, size, 1],
    [12, 15, 2 * size, 2],
    [13, 15, 0, 1],
    [13, 15, size, 1],
  ])("row 170: [%d, %d) within %d bytes: %d entries", (low, high, limit, count) => {
    const { log } = logOf(setup);
    const entries = log.slice(at(low), at(high), limit);
    expect(typeof entries === "string" ? entries : entries.map((e) => e.index)).toEqual(
      Array.from({ length: count }, (_, position) => low + position),
    );
  });

  test("row 170: a limit that the durable part uses up takes nothing from the other", () => {
    const { log } = logOf(setup);
    expect(log.slice(at(11), at(15), 2 * size + 1)).toHaveLength(2);
  });

  test("rows 115, 170: a slice lies within the log", () => {
    const { log } = logOf(setup);
    expect(log.slice(at(10), at(12), UNLIMITED)).toBe("compacted");
    expect(() => log.slice(at(11), at(16), UNLIMITED)).toThrow("beyond the log");
    expect(() => log.slice(at(12), at(11), UNLIMITED)).toThrow("ends before it starts");
    expect(log.entriesFrom(at(15), UNLIMITED)).toEqual([]);
  });

  test("row 170: the storage's older tail behind the first unstable entry is never read", () => {
    const { log } = logOf({ stable: [1, 1, 1] });
    log.append(entriesFrom(2, [5]));
    expect(log.lastIndex()).toBe(2);
    expect(allTerms(log)).toEqual([1, 5]);
    expect(log.term(at(3))).toBe("unavailable");
  });
});

describe("what may be applied next", () => {
  test("rows 164, 175: not durable here, not applied, unless the caller writes first", () => {
    const { log, storage } = logOf({ stable: [1], unstable: [1, 1], committed: 2 });
    expect(log.nextCommitted(false).map((e) => e.index)).toEqual([1]);
    expect(log.nextCommitted(true).map((e) => e.index)).toEqual([1, 2]);
    storage.append(entriesFrom(2, [1]));
    log.unstable.stableTo(at(2), term(1));
    expect(log.nextCommitted(false).map((e) => e.index)).toEqual([1, 2]);
  });

  test("row 62: each once, and in order", () => {
    const { log } = logOf({ stable: [1, 1, 1], committed: 2 });
    log.acceptApplying(log.nextCommitted(false), false);
    expect(log.hasNextCommitted(false)).toBe(false);
    expect(log.nextCommitted(false)).toEqual([]);
    log.commitTo(at(3));
    expect(log.nextCommitted(false).map((e) => e.index)).toEqual([3]);
  });

  test("row 113: nothing while a snapshot is pending, in progress or not", () => {
    const { log } = logOf({ stable: [1, 1], committed: 2 });
    log.unstable.snapshot = snapshot(0, 0, confState([1]));
    expect(log.hasNextCommitted(true)).toBe(false);
    log.unstable.acceptInProgress();
    expect(log.hasNextCommitted(true)).toBe(false);
    log.unstable.stableSnapshotTo(at(0));
    expect(log.hasNextCommitted(true)).toBe(true);
  });

  test("rows 163, 176: pages of bytes, the next when the last is acknowledged", () => {
    const bytesMax = 2 * ENTRY_HEADER_BYTES + 1;
    const { log } = logOf({ stable: [1, 1, 1], committed: 3, applyingBytesMax: bytesMax });
    const page = log.nextCommitted(false);
    expect(page.map((e) => e.index)).toEqual([1, 2]);
    log.acceptApplying(page, false);
    expect(log.hasNextCommitted(false)).toBe(false);
    log.appliedTo(at(2), 2 * ENTRY_HEADER_BYTES);
    expect(log.nextCommitted(false).map((e) => e.index)).toEqual([3]);
  });

  test("row 62: what is handed out is committed", () => {
    const { log } = logOf({ stable: [1, 1], committed: 1 });
    expect(() => log.acceptApplying(entriesFrom(1, [1, 1]), false)).toThrow("uncommitted");
    expect(() => log.appliedTo(at(2), 0)).toThrow("ran ahead of commit");
  });
});

describe("a paged scan", () => {
  test.each([0, ENTRY_HEADER_BYTES, 3 * ENTRY_HEADER_BYTES, UNLIMITED])(
    "row 25: a scan in pages of %d bytes",
    (page) => {
      const { log } = logOf({ stable: [1, 2, 3], unstable: [4, 5] });
      const seen: number[] = [];
      const isFound = log.some(at(2), at(6), page, (e) => {
        seen.push(e.term);
        return e.term === 4;
      });
      expect([isFound, seen]).toEqual([true, [2, 3, 4]]);
      expect(log.some(at(2), at(4), page, (e) => e.term === 4)).toBe(false);
    },
  );
});

test("a scan that finds a page missing is a broken invariant", () => {
  const { log, storage } = logOf({ base: [2, 1], stable: [1, 1] });
  const isFound = () => log.some(at(3), at(5), UNLIMITED, () => false);
  expect(isFound()).toBe(false);
  storage.entries = () => [];
  expect(isFound).toThrow("a scanned page is missing");
  storage.entries = () => "compacted";
  expect(isFound).toThrow("a scanned page is missing");
});

test("row 109: a restored snapshot replaces log and commit index", () => {
  const { log, events } = logOf({ stable: [1, 1], unstable: [1], committed: 1 });
  log.restore(snapshot(9, 4, confState([1])));
  expect([log.firstIndex(), log.lastIndex(), log.lastTerm(), log.committed]).toEqual([10, 9, 4, 9]);
  expect(events[0]?.kind).toBe("restore-started");
  expect(log.snapshotFor(id(2))).toBe(log.unstable.snapshot);
});

describe("what only a broken storage or caller shows", () => {
  const restored = () => {
    const { log } = logOf({ stable: [1, 1, 1] });
    log.restore(snapshot(9, 4, confState([1])));
    return log;
  };

  test("the term of the last entry must be known", () => {
    const { log, storage } = logOf({ stable: [1] });
    storage.term = () => "unavailable";
    expect(() => log.lastTerm()).toThrow("the term of the last entry is unknown");
  });

  test("the storage must hold the entries of its own range", () => {
    const { log, storage } = logOf({ stable: [1, 1], unstable: [1], committed: 2 });
    storage.entries = () => "unavailable";
    expect(() => log.slice(at(1), at(3), UNLIMITED)).toThrow("lacks entries of its own range");
  });

  test("committed entries must be there until they are applied", () => {
    const { log, storage } = logOf({ stable: [1, 1], committed: 2 });
    storage.entries = () => "compacted";
    expect(() => log.nextCommitted(false)).toThrow("left the log before they were applied");
  });

  test("an apply window of no bytes hands nothing out", () => {
    const { log } = logOf({ stable: [1], committed: 1, applyingBytesMax: 0 });
    expect(() => log.nextCommitted(false)).toThrow("exhausted but not paused");
  });

  test("a first index below 1 is no log", () => {
    const storage = new MemoryStorage();
    storage.firstIndex = () => at(0);
    expect(() => new RaftLog(storage, UNLIMITED, undefined)).toThrow("not a log");
  });

  test("entries that a received snapshot replaces are compacted, though the storage has them", () => {
    expect(restored().slice(at(2), at(3), UNLIMITED)).toBe("compacted");
  });
});

describe("the edges of a range", () => {
  test("an empty one asks nobody", () => {
    const { log, storage } = logOf({ stable: [1, 1], unstable: [1] });
    storage.entries = () => {
      throw new Error("asked");
    };
    expect(log.slice(at(2), at(2), UNLIMITED)).toEqual([]);
    expect(log.slice(at(3), at(3), UNLIMITED)).toEqual([]);
  });

  test("from beyond the log there are no entries", () => {
    const { log } = logOf({ stable: [1, 1] });
    expect(log.entriesFrom(at(3), UNLIMITED)).toEqual([]);
    expect(log.entriesFrom(at(7), UNLIMITED)).toEqual([]);
  });

  test("one that reaches from compacted into unstable entries is compacted", () => {
    const { log, storage } = logOf({ stable: [1, 1], unstable: [1] });
    storage.entries = () => "compacted";
    expect(log.slice(at(1), at(4), UNLIMITED)).toBe("compacted");
  });

  test("a limit that cuts the stable part lets nothing of the unstable one follow", () => {
    const storage = new MemoryStorage();
    storage.append([entry(1, 1), entry(1, 2, "a long one")]);
    const log = new RaftLog(storage, UNLIMITED, undefined);
    log.append([entry(1, 3)]);
    const limit = 2 * ENTRY_HEADER_BYTES;
    expect(log.slice(at(1), at(4), limit)).toEqual([entry(1, 1)]);
    expect(log.slice(at(2), at(4), limit)).toEqual([entry(1, 2, "a long one")]);
  });
});

test("a storage whose indexes are no log is refused", () => {
  const storage = new MemoryStorage();
  storage.firstIndex = () => at(5);
  expect(() => new RaftLog(storage, UNLIMITED, undefined)).toThrow("not a log");
});
