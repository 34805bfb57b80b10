import { expect, test } from "vitest";
import { appended, forgePeer, mail, said } from "../../../test/oracle-fixture.ts";
import { RecoveredLogs } from "./recovered-logs.ts";

const ONE = forgePeer(1);
const starts = { starts: ONE };
const state = (term: number, vote: number) => ({ kind: "hard-state", hardState: { term, vote } });
const entriesTo = (index: number) => ({ kind: "entries", life: 1, entries: [{ index }] });
const durable = mail("peerActor", ONE, { kind: "log-durable", number: 1 });
const LIFE = { life: 1, generation: 1, lastIndex: 0, hardState: { term: 0, vote: 0 } };
const reads = (...lives: readonly object[]) =>
  mail("registryActor", ONE, { kind: "recovered", outcome: { kind: "reply", value: { lives } } });

test("the next start says no less than the one before", () => {
  const first = { ...LIFE, lastIndex: 7, hardState: { term: 3, vote: 1 } };
  expect(said(RecoveredLogs, reads(first), reads(first))).toEqual([]);
  expect(said(RecoveredLogs, reads(first), reads({ ...first, lastIndex: 6 }))).toEqual([
    "store-1: life 1 was durable; now it has entries to 6 after 7",
  ]);
  expect(said(RecoveredLogs, reads(first), reads())).toHaveLength(1);
});

test("nor less than the log has told a replica since, of a life that has begun since too", () => {
  const promised = [starts, appended(ONE, entriesTo(5), state(2, 8)), durable] as const;
  const whole = { ...LIFE, lastIndex: 5, hardState: { term: 2, vote: 8 } };
  expect(said(RecoveredLogs, ...promised, reads(whole))).toEqual([]);
  const wrong = (after: object) => said(RecoveredLogs, ...promised, reads({ ...whole, ...after }));
  expect(wrong({ lastIndex: 4 })).toEqual([
    "store-1: life 1 was durable; now it has entries to 4 after 5",
  ]);
  expect(wrong({ hardState: { term: 1, vote: 8 } })).toHaveLength(1);
  expect(wrong({ hardState: { term: 2, vote: 9 } })).toEqual([
    "store-1: life 1 was durable; now it has vote 9 of term 2 after 8",
  ]);
  expect(wrong({ hardState: { term: 3, vote: 0 } })).toEqual([]);
  expect(said(RecoveredLogs, ...promised, reads())).toHaveLength(1);
});

test("what no notice has come back for may be there or not, and so may what it cuts off", () => {
  const waits = [starts, appended(ONE, entriesTo(5), state(2, 8))] as const;
  expect(said(RecoveredLogs, ...waits, reads(LIFE))).toEqual([]);
  expect(said(RecoveredLogs, ...waits, reads())).toEqual([]);
  const cut = mail("logActor", ONE, { kind: "append", number: 2, records: [entriesTo(3)] });
  const after = { ...LIFE, hardState: { term: 2, vote: 8 } };
  expect(said(RecoveredLogs, ...waits, durable, cut, reads({ ...after, lastIndex: 3 }))).toEqual(
    [],
  );
  expect(
    said(RecoveredLogs, ...waits, durable, cut, reads({ ...after, lastIndex: 2 })),
  ).toHaveLength(1);
});
