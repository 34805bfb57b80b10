import { expect, test } from "vitest";
import { appended, type ForgedPeer, forgePeer, said } from "../../../test/oracle-fixture.ts";
import { CommittedEntries } from "./committed-entries.ts";

const ONE = forgePeer(1);
const TWO = forgePeer(2);
const START = [{ starts: ONE }, { starts: TWO }];

const entriesAt = (index: number, ...texts: readonly string[]) => ({
  kind: "entries",
  life: 1,
  entries: texts.map((text, place) => {
    const [term, data] = text.split(" ");
    return { index: index + place, term: Number(term), type: 0, data: Buffer.from(data ?? "") };
  }),
});
const commit = (index: number) => ({ kind: "hard-state", life: 1, hardState: { commit: index } });
const install = (index: number) => ({ kind: "install", life: 1, index });

const has = (peer: ForgedPeer, commitIndex: number, ...texts: readonly string[]) =>
  appended(peer, commit(commitIndex), entriesAt(1, ...texts));

test("replicas that count an index committed have the same entry there", () => {
  const one = has(ONE, 2, "1 a", "1 b");
  expect(said(CommittedEntries, ...START, one, has(TWO, 2, "1 a", "1 b"))).toEqual([]);
  const [what, ...more] = said(CommittedEntries, ...START, one, has(TWO, 2, "1 a", "1 c"));
  expect(more).toEqual([]);
  expect(what).toMatch(/^store-2: region 7, index 2: .* is committed, peer 2 has /);
  expect(said(CommittedEntries, ...START, one, has(TWO, 2, "1 a", "2 b"))).toHaveLength(1);
});

test("what is not committed may differ, and is compared when it is", () => {
  const one = has(ONE, 2, "1 a", "1 b");
  const two = has(TWO, 1, "1 a", "1 c");
  expect(said(CommittedEntries, ...START, one, two)).toEqual([]);
  expect(said(CommittedEntries, ...START, one, two, appended(TWO, commit(2)))).toHaveLength(1);
});

test("a conflicting suffix is gone when entries before it come", () => {
  const two = has(TWO, 1, "1 a", "1 x", "1 y");
  const mended = appended(TWO, entriesAt(2, "2 b"), commit(2));
  const one = has(ONE, 3, "1 a", "2 b", "2 c");
  expect(said(CommittedEntries, ...START, two, mended, one)).toEqual([]);
  const withOldTail = appended(TWO, commit(3));
  expect(said(CommittedEntries, ...START, two, mended, one, withOldTail)).toEqual([]);
  const kept = appended(TWO, commit(2));
  expect(said(CommittedEntries, ...START, two, kept, one)).toHaveLength(1);
});

test("what a snapshot stands for is not looked for in the log", () => {
  const one = has(ONE, 2, "1 a", "1 b");
  const two = appended(TWO, entriesAt(1, "1 x"), install(1), entriesAt(2, "1 b"), commit(2));
  expect(said(CommittedEntries, ...START, one, two)).toEqual([]);
});

test("another region has entries of its own", () => {
  const other = { ...forgePeer(3), regionId: 8 };
  const both = [has(ONE, 1, "1 a"), has(other, 1, "1 z")];
  expect(said(CommittedEntries, ...START, { starts: other }, ...both)).toEqual([]);
});

test("after a start what was replaced may be there again, and nothing else", () => {
  const one = has(ONE, 1, "1 a", "1 b");
  const replaces = appended(ONE, entriesAt(2, "2 c"));
  const again = { starts: ONE };
  const commits = appended(ONE, commit(2));
  const two = (name: string) => has(TWO, 2, "1 a", name);
  expect(said(CommittedEntries, ...START, two("1 b"), one, replaces, commits)).toHaveLength(1);
  const lost = [one, replaces, again, commits];
  expect(said(CommittedEntries, ...START, two("1 b"), ...lost)).toEqual([]);
  expect(said(CommittedEntries, ...START, two("2 c"), ...lost)).toEqual([]);
  expect(said(CommittedEntries, ...START, two("3 d"), ...lost)).toHaveLength(1);
});
