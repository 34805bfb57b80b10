import { describe, expect, test } from "vitest";
import { at, confState, entry, snapshot, term } from "../../test/raft-fixture.ts";
import type { TraceEvent } from "./trace.ts";
import { Unstable } from "./unstable.ts";

type Setup = {
  readonly offset: number;
  readonly terms?: readonly number[];
  readonly snapshotTerm?: number;
};

/** Entries of `terms` from `offset` on, and a snapshot right before it. */
function unstable({ offset, terms = [], snapshotTerm }: Setup) {
  const events: TraceEvent[] = [];
  const tail = new Unstable(at(offset), (event) => events.push(event));
  if (snapshotTerm !== undefined)
    tail.snapshot = snapshot(offset - 1, snapshotTerm, confState([1]));
  if (terms.length > 0) tail.truncateAndAppend(terms.map((t, i) => entry(t, offset + i)));
  events.length = 0;
  return { tail, events };
}

const indexes = (entries: readonly { readonly index: number }[]) => entries.map((e) => e.index);

describe("first, last and term", () => {
  test.each([
    [{ offset: 5 }, undefined, undefined],
    [{ offset: 5, terms: [1] }, undefined, 5],
    [{ offset: 5, snapshotTerm: 1 }, 5, 4],
    [{ offset: 5, terms: [1, 1], snapshotTerm: 1 }, 5, 6],
  ] as const)("row 166: %o: first %s, last %s", (setup, first, last) => {
    const { tail } = unstable(setup);
    expect([tail.firstIndex(), tail.lastIndex()]).toEqual([first, last]);
  });

  test.each([
    [{ offset: 5, terms: [1, 2] }, 4, undefined],
    [{ offset: 5, terms: [1, 2] }, 5, 1],
    [{ offset: 5, terms: [1, 2] }, 6, 2],
    [{ offset: 5, terms: [1, 2] }, 7, undefined],
    [{ offset: 5, snapshotTerm: 3 }, 4, 3],
    [{ offset: 5, snapshotTerm: 3 }, 3, undefined],
    [{ offset: 5, snapshotTerm: 3 }, 5, undefined],
    [{ offset: 5 }, 5, undefined],
  ] as const)("row 166: %o: the term at %d is %s", (setup, index, expected) => {
    expect(unstable(setup).tail.term(at(index))).toBe(expected);
  });
});

describe("what is in progress is not handed out again", () => {
  test("row 167: entries in progress are not handed out again", () => {
    const { tail } = unstable({ offset: 5, terms: [1, 1] });
    expect(indexes(tail.nextEntries())).toEqual([5, 6]);
    tail.acceptInProgress();
    expect(tail.hasNextEntries).toBe(false);
    expect(tail.nextEntries()).toEqual([]);
    tail.truncateAndAppend([entry(1, 7)]);
    expect(indexes(tail.nextEntries())).toEqual([7]);
    expect(tail.offsetInProgress).toBe(7);
  });

  test("row 167: a snapshot in progress is not handed out again", () => {
    const { tail } = unstable({ offset: 5, snapshotTerm: 1 });
    expect(tail.nextSnapshot()?.index).toBe(4);
    tail.acceptInProgress();
    expect(tail.nextSnapshot()).toBeNull();
    expect(tail.snapshot?.index).toBe(4);
    tail.restore(snapshot(9, 2, confState([1])));
    expect(tail.nextSnapshot()?.index).toBe(9);
  });
});

describe("truncation", () => {
  test.each([
    // from, terms after, offset, in progress, event
    [7, [1, 1, 2], 5, 7, undefined],
    [6, [1, 2], 5, 6, "unstable-truncated"],
    [5, [2], 5, 5, "unstable-replaced"],
    [4, [2], 4, 4, "unstable-replaced"],
  ] as const)("row 168: an append at %d leaves terms %o, offset %d, progress %d", (...row) => {
    const [from, terms, offset, inProgress, kind] = row;
    const { tail, events } = unstable({ offset: 5, terms: [1, 1] });
    tail.acceptInProgress();
    tail.truncateAndAppend([entry(2, from)]);
    expect(tail.entries.map((e) => e.term)).toEqual(terms);
    expect([tail.offset, tail.offsetInProgress]).toEqual([offset, inProgress]);
    expect(events[0]?.kind).toBe(kind);
    expect(indexes(tail.nextEntries())).toEqual([from]);
  });

  test("row 168: a cut beyond what is in progress leaves that in progress", () => {
    const { tail } = unstable({ offset: 5, terms: [1] });
    tail.acceptInProgress();
    tail.truncateAndAppend([entry(1, 6), entry(1, 7)]);
    tail.truncateAndAppend([entry(2, 7)]);
    expect(tail.offsetInProgress).toBe(6);
    expect(indexes(tail.nextEntries())).toEqual([6, 7]);
  });

  test("row 168: entries handed out before are not changed by it", () => {
    const { tail } = unstable({ offset: 5, terms: [1, 1] });
    const handedOut = tail.nextEntries();
    tail.truncateAndAppend([entry(2, 6), entry(2, 7)]);
    expect(handedOut.map((e) => e.term)).toEqual([1, 1]);
  });

  test("an append must not leave a gap", () => {
    const { tail } = unstable({ offset: 5, terms: [1] });
    expect(() => tail.truncateAndAppend([entry(1, 7)])).toThrow("gap");
  });
});

describe("acknowledgements of stability", () => {
  test.each([
    // index, term, offset after, entries left, event
    [5, 1, 6, 1, undefined],
    [6, 2, 7, 0, undefined],
    [6, 1, 5, 2, "stable-entry-mismatch"],
    [5, 2, 5, 2, "stable-entry-mismatch"],
    [7, 2, 5, 2, "stable-entry-missing"],
    [3, 1, 5, 2, "stable-entry-missing"],
    [4, 1, 5, 2, "stable-entry-is-snapshot"],
  ] as const)("row 169: stability of (%d, %d): offset %d, %d left", (...row) => {
    const [index, ofTerm, offset, left, kind] = row;
    const { tail, events } = unstable({ offset: 5, terms: [1, 2], snapshotTerm: 1 });
    tail.acceptInProgress();
    tail.stableTo(at(index), term(ofTerm));
    expect([tail.offset, tail.entries.length]).toEqual([offset, left]);
    expect(events[0]?.kind).toBe(kind);
    expect(tail.offsetInProgress).toBe(7);
  });

  test("row 169: one ahead of what was handed out moves that mark too", () => {
    const { tail } = unstable({ offset: 5, terms: [1, 1] });
    tail.stableTo(at(5), term(1));
    expect([tail.offset, tail.offsetInProgress]).toEqual([6, 6]);
  });

  test("row 169: one of another snapshot leaves the one that waits", () => {
    const { tail } = unstable({ offset: 5, snapshotTerm: 1 });
    tail.acceptInProgress();
    tail.stableSnapshotTo(at(3));
    expect(tail.snapshot?.index).toBe(4);
    tail.stableSnapshotTo(at(4));
    expect(tail.snapshot).toBeNull();
    expect(tail.isSnapshotInProgress).toBe(false);
  });
});

test("row 109: a restored snapshot replaces everything", () => {
  const { tail } = unstable({ offset: 5, terms: [1, 1], snapshotTerm: 1 });
  tail.acceptInProgress();
  tail.restore(snapshot(20, 3, confState([1])));
  expect([tail.offset, tail.offsetInProgress, tail.entries.length]).toEqual([21, 21, 0]);
  expect([tail.firstIndex(), tail.lastIndex(), tail.term(at(20))]).toEqual([21, 20, 3]);
});

test("slices lie within the unstable entries", () => {
  const { tail } = unstable({ offset: 5, terms: [1, 1, 1] });
  expect(indexes(tail.slice(at(5), at(7)))).toEqual([5, 6]);
  expect(tail.slice(at(6), at(6))).toEqual([]);
  expect(() => tail.slice(at(4), at(6))).toThrow("beyond the unstable log");
  expect(() => tail.slice(at(5), at(9))).toThrow("beyond the unstable log");
  expect(() => tail.slice(at(7), at(6))).toThrow("ends before it starts");
});

test("without a sink, what is said of the durable part has the same effect", () => {
  const log = new Unstable(at(5), undefined);
  log.stableSnapshotTo(at(4));
  expect(log.snapshot).toBeNull();
  log.restore(snapshot(4, 1, confState([1])));
  log.truncateAndAppend([entry(2, 5)]);
  log.stableTo(at(4), term(1));
  log.stableTo(at(5), term(1));
  log.stableTo(at(9), term(1));
  expect([log.offset, log.entries.length]).toEqual([5, 1]);
  log.stableTo(at(5), term(2));
  expect([log.offset, log.entries.length]).toEqual([6, 0]);
});
