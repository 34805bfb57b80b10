import { expect, test } from "vitest";
import {
  admit,
  block,
  entries,
  hardState,
  install,
  split,
  splitDone,
  state,
  tombstone,
  truncate,
} from "../../test/log/log-fixture.ts";
import { mayFollow } from "./append-check.ts";
import { ByteReader } from "./byte-codec.ts";
import { LogImage } from "./log-image.ts";
import type { StoredRecord } from "./record.ts";
import { encodeRecords, scanRecord } from "./record-codec.ts";
import { toPosition } from "./segment.ts";

function scanned(record: StoredRecord) {
  return scanRecord(new ByteReader(encodeRecords([record])));
}

/** Lives 1 and 2 of ten that are reserved: the first with entries 6 to 9, the second ended. */
function imageWith(...more: readonly StoredRecord[]): LogImage {
  const image = new LogImage();
  const before = [
    block(10),
    admit(1),
    install(1, 1, 5, state(5, 0, 5)),
    entries(1, 6, 9, 5),
    hardState(1, state(6, 2, 7)),
    admit(2),
    tombstone(2),
  ];
  for (const record of [...before, ...more]) image.fold(scanned(record), toPosition(1, 64));
  return image;
}

test.each<readonly [string, StoredRecord]>([
  ["the next entry", entries(1, 10, 11, 6)],
  ["an entry that cuts others", entries(1, 6, 6, 6)],
  ["a truncation of everything", truncate(1, 9, 5)],
  ["the same truncation again", truncate(1, 5, 5)],
  ["an install behind the end", install(1, 2, 50, state(7, 0, 50))],
  ["a state that says less", hardState(1, state(5, 1, 6))],
  ["the same vote", hardState(1, state(6, 2, 7))],
  ["a life", admit(3)],
  ["a tombstone of the life", tombstone(1)],
  ["a tombstone of a life that has ended", tombstone(2)],
  ["a split", split(1, 8, 201)],
])("%s may follow", (_, record) => {
  expect(mayFollow(imageWith(), scanned(record))).toBe(true);
});

test.each<readonly [string, StoredRecord]>([
  ["entries", entries(2, 1, 2)],
  ["a hard state", hardState(2, state(1, 1, 1))],
  ["a truncation", truncate(2, 1)],
  ["an install", install(2, 1, 5, state(5, 0, 5))],
  ["a split", split(2, 8, 201)],
  ["a split that is done", splitDone(2, 8, 201)],
])("%s of a life that has ended says nothing any more", (_, record) => {
  expect(mayFollow(imageWith(), scanned(record))).toBe(false);
});

test.each<readonly [string, StoredRecord]>([
  ["entries after a hole", entries(1, 11, 11)],
  ["entries below the truncation", entries(1, 5, 9)],
  ["the truncation falls", truncate(1, 4)],
  ["a truncation of entries that are not there", truncate(1, 10)],
  ["a generation was used before", install(1, 1, 50, state(7, 0, 50))],
  ["an install below the truncation", install(1, 2, 4, state(7, 0, 7))],
  ["votes twice", hardState(1, state(6, 3, 7))],
  ["votes twice", install(1, 2, 50, state(6, 3, 50))],
  ["life 2 was given before", admit(2)],
  ["life 10 was not reserved", admit(10)],
  ["life 9 was never admitted", hardState(9, state(1, 1, 1))],
  ["the block of lives falls", block(9)],
  [
    "copies are written by the log alone",
    { ...entries(1, 6, 7), kind: "entries-copy" } as StoredRecord,
  ],
])("%s: refused", (message, record) => {
  expect(() => mayFollow(imageWith(), scanned(record))).toThrow(message);
});

test("a life that owes children does not end", () => {
  const image = imageWith(split(1, 8, 201, 202), splitDone(1, 8, 201));
  expect(() => mayFollow(image, scanned(tombstone(1)))).toThrow("owes children");
  image.fold(scanned(splitDone(1, 8, 202)), toPosition(1, 64));
  expect(mayFollow(image, scanned(tombstone(1)))).toBe(true);
});

test("a log keeps its store", () => {
  const identity = (storeId: number) =>
    ({ kind: "store-identity", clusterId: "c", storeId }) as StoredRecord;
  const image = imageWith(identity(1));
  expect(mayFollow(image, scanned(identity(1)))).toBe(true);
  expect(() => mayFollow(image, scanned(identity(2)))).toThrow("another store");
});
