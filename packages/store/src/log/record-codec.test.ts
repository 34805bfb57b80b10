import type { Key, PeerId, RegionId, StoreId } from "@multiraft/pd/protocol";
import { expect, test } from "vitest";
import type { LogIndex, Term } from "../raft/ids.ts";
import type { Generation, Life, LoggedEntry, StoredRecord } from "./record.ts";
import { decodeRecords, encodedBytes, encodeRecords, encodeRecordsInto } from "./record-codec.ts";

const HIGH = Number.MAX_SAFE_INTEGER;
const life = 7 as Life;
const index = (raw: number) => raw as LogIndex;
const term = (raw: number) => raw as Term;
const hardState = { term: term(HIGH), vote: 3 as PeerId, commit: index(2 ** 40) };
const epoch = { version: 2 ** 33, confVer: 5 };
const identity = { regionId: 11 as RegionId, peerId: HIGH as PeerId, epoch };
const entries: readonly LoggedEntry[] = [
  { index: index(2 ** 32), term: term(5), type: 0, data: new Uint8Array() },
  { index: index(2 ** 32 + 1), term: term(6), type: 255, data: Uint8Array.of(1, 2, 3) },
  { index: index(2 ** 32 + 2), term: term(6), type: 1, data: new Uint8Array(70_000).fill(9) },
];
const tombstone = {
  regionId: 11 as RegionId,
  peerId: 3 as PeerId,
  epoch,
  removedPeerIds: [1, 2, HIGH] as PeerId[],
};
const region = {
  id: 12 as RegionId,
  range: { start: "\x00\xff key" as Key, end: "" as Key },
  epoch,
  peers: [
    { id: 1 as PeerId, storeId: 9 as StoreId, role: "voter" as const },
    { id: 2 as PeerId, storeId: 8 as StoreId, role: "learner" as const },
  ],
};

const everyKind: {
  readonly [Kind in StoredRecord["kind"]]: Extract<StoredRecord, { kind: Kind }>;
} = {
  "store-identity": { kind: "store-identity", clusterId: "größer als ✓", storeId: 4 as StoreId },
  "life-block": { kind: "life-block", below: 1_001 as Life },
  life: { kind: "life", life, ...identity },
  "hard-state": { kind: "hard-state", life, hardState },
  entries: { kind: "entries", life, entries },
  truncate: { kind: "truncate", life, index: index(HIGH), term: term(0) },
  install: {
    kind: "install",
    life,
    generation: 2 as Generation,
    index: index(5),
    term: term(5),
    hardState: { ...hardState, vote: 0 },
  },
  tombstone: { kind: "tombstone", life, tombstone },
  split: {
    kind: "split",
    parentLife: life,
    index: index(9),
    children: [{ region, peerId: 2 as PeerId }],
  },
  "split-done": {
    kind: "split-done",
    parentLife: life,
    index: index(9),
    childRegionId: 12 as RegionId,
  },
  "life-copy": {
    kind: "life-copy",
    life,
    ...identity,
    hardState,
    generation: 0,
    truncatedIndex: index(0),
    truncatedTerm: term(0),
  },
  "entries-copy": { kind: "entries-copy", life, entries: entries.slice(1) },
};
const records = Object.values(everyKind);

test.each(records.map((record) => [record.kind, record] as const))(
  "%s round-trips",
  (_, record) => {
    expect(decodeRecords(encodeRecords([record]))).toEqual([record]);
  },
);

test("records of one append stand one behind the other", () => {
  expect(decodeRecords(encodeRecords(records))).toEqual(records);
  expect(decodeRecords(encodeRecords([]))).toEqual([]);
});

test("a tombstone may end no life, and a split may owe nothing", () => {
  const endless: StoredRecord = { kind: "tombstone", life: undefined, tombstone };
  const paid: StoredRecord = { ...everyKind.split, children: [] };
  expect(decodeRecords(encodeRecords([endless, paid]))).toEqual([endless, paid]);
});

test("the size is known beforehand, and shared memory will do", () => {
  const shared = new Uint8Array(new SharedArrayBuffer(encodedBytes(records)));
  encodeRecordsInto(records, shared);
  expect(Buffer.compare(shared, encodeRecords(records))).toBe(0);
});

test("an entry costs 13 bytes beside its data", () => {
  const [first, ...more] = entries;
  const one: StoredRecord = { kind: "entries", life, entries: first === undefined ? [] : [first] };
  const data = more.reduce((sum, entry) => sum + entry.data.byteLength, 0);
  expect(encodedBytes([everyKind.entries]) - encodedBytes([one])).toBe(data + more.length * 13);
});

test.each(records.map((record) => [record.kind, record] as const))(
  "%s cut short is malformed",
  (_, record) => {
    const bytes = encodeRecords([record]);
    for (let end = Math.min(bytes.byteLength - 1, 300); end > 0; end -= 1)
      expect(() => decodeRecords(bytes.subarray(0, end))).toThrow(
        expect.objectContaining({ code: "ERR_MULTIRAFT_LOG_RECORD" }),
      );
  },
);

test.each([
  ["an unknown tag", Uint8Array.of(99)],
  ["tag 0", Uint8Array.of(0)],
  ["a life that is no number", Uint8Array.of(2, 0, 0, 0, 0, 0, 0, 0xf8, 0x7f)],
  ["a negative life", Uint8Array.of(2, 0, 0, 0, 0, 0, 0, 0xf0, 0xbf)],
  ["life 0", Uint8Array.of(2, 0, 0, 0, 0, 0, 0, 0, 0)],
])("%s is malformed", (_, bytes) => {
  expect(() => decodeRecords(bytes)).toThrow(/malformed log record/);
});

test.each([
  ["no entries", { kind: "entries", life, entries: [] }],
  ["a hole between entries", { kind: "entries", life, entries: [entries[0], entries[2]] }],
  ["a type beyond a byte", { kind: "entries", life, entries: [{ ...entries[0], type: 256 }] }],
  ["a broken number", { kind: "life-block", below: 0.5 }],
])("%s cannot be encoded", (_, record) => {
  expect(() => encodeRecords([record as StoredRecord])).toThrow(
    expect.objectContaining({ code: "ERR_MULTIRAFT_INVARIANT" }),
  );
});
