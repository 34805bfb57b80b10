// A script of batches that touches every kind of record and fills many small segments, so that the
// log rolls, rewrites, frees and uses segments again while an idle life keeps old entries alive.

import type { StoreId } from "@multiraft/pd/protocol";
import type { LogRecord } from "../../src/log/record.ts";
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
} from "./log-fixture.ts";

/** A batch is committed at once; each of its appends is whole or absent. */
export type Batch = readonly (readonly LogRecord[])[];

const IDLE = 1;
const BUSY = 2;

export function everyKind(): readonly Batch[] {
  return [
    [[{ kind: "store-identity", clusterId: "größe", storeId: 1 as StoreId }, block(100)]],
    [[admit(IDLE), install(IDLE, 1, 5, state(5, 0, 5))], [admit(BUSY)]],
    [[entries(IDLE, 6, 14, 5, 200), hardState(IDLE, state(6, 3, 9))]],
    [
      [install(BUSY, 1, 5, state(5, 0, 5)), entries(BUSY, 6, 9, 5)],
      [hardState(BUSY, state(5, 2, 7))],
    ],
    [[entries(BUSY, 8, 12, 6), hardState(BUSY, state(6, 1, 8))]],
    [[admit(3), hardState(3, state(7, 3, 0))], [split(IDLE, 9, 201, 202, 203)]],
    [[tombstone(3, [1, 2])], [hardState(3, state(9, 1, 0)), splitDone(IDLE, 9, 202)]],
    [[truncate(BUSY, 9, 6)]],
    ...rounds(13, 50),
    [[install(BUSY, 2, 90, state(8, 0, 90))]],
    [[admit(4), install(4, 1, 5, state(5, 0, 5)), splitDone(IDLE, 9, 201)]],
    ...rounds(91, 120),
    [[tombstone(4, [1]), splitDone(IDLE, 9, 203)], [truncate(IDLE, 8, 5)]],
    ...rounds(121, 132),
  ];
}

/** The busy life appends and truncates; now and then it finds a conflict and cuts what it had. */
function rounds(from: number, to: number): Batch[] {
  const batches: Batch[] = [];
  for (let at = from; at <= to; at += 4) {
    const term = at + 1;
    batches.push([
      [entries(BUSY, at, at + 5, term, 300)],
      [hardState(BUSY, state(term, 2, at - 2))],
    ]);
    batches.push([[entries(BUSY, at + 2, at + 3, term, 100), truncate(BUSY, at - 1, term)]]);
  }
  return batches;
}
