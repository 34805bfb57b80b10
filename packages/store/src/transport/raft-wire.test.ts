import { describe, expect, test } from "vitest";
import {
  type Entry,
  type LogIndex,
  MESSAGE_TYPES,
  type Message,
  makeEntry,
  makeMessage,
  type PeerId,
  type Term,
} from "../raft/index.ts";
import { RAFT_MAIL_LAYOUT, type RaftToGate } from "./raft-mail-layout.ts";
import { RaftWireError, raftMessageBytes, readRaftMessage, writeRaftMessage } from "./raft-wire.ts";

const LARGEST = Number.MAX_SAFE_INTEGER;
/** Both halves of a number are used, and the edges between them. */
const NUMBERS = [0, 1, 0xffff_ffff, 2 ** 32, 2 ** 32 + 1, 2 ** 52, LARGEST];

function entry(term: number, index: number, type: Entry["type"], data: Uint8Array | null): Entry {
  return makeEntry(term as Term, index as LogIndex, type, data);
}

const ENTRIES: readonly (readonly Entry[])[] = [
  [],
  [entry(1, 1, "normal", null)],
  [entry(LARGEST, LARGEST, "conf-change-v2", new Uint8Array(0))],
  [
    entry(3, 7, "normal", Uint8Array.of(1, 2, 3)),
    entry(3, 8, "conf-change", null),
    entry(4, 9, "normal", Buffer.alloc(0)),
    entry(4, 9, "normal", Buffer.from("a buffer")),
    entry(4, 10, "conf-change-v2", new Uint8Array(3_000).fill(9)),
  ],
];

/** Every field has a value of its own, so that two that change places are noticed. */
function message(
  type: Message["type"],
  number: number,
  entries: readonly Entry[],
  reject: boolean,
): Message {
  const near = (distance: number) => Math.max(0, number - distance);
  return makeMessage({
    type,
    reject,
    entries,
    to: near(0) as PeerId,
    from: near(1) as PeerId,
    term: near(2) as Term,
    logTerm: near(3) as Term,
    index: near(4) as LogIndex,
    commit: near(5) as LogIndex,
    commitTerm: near(6) as Term,
    vote: near(7) as PeerId,
    rejectHint: near(8) as LogIndex,
    context: near(9),
  });
}

/** Not at the start of the memory, and with other bytes around. */
function written(sent: Message): { readonly view: DataView; readonly byteLength: number } {
  const byteLength = raftMessageBytes(sent);
  const bytes = new Uint8Array(byteLength + 32).fill(0xee);
  const view = new DataView(bytes.buffer, 8, byteLength + 16);
  writeRaftMessage(sent, view, 8);
  expect([...bytes.subarray(0, 16), ...bytes.subarray(16 + byteLength)]).toEqual(
    new Array(32).fill(0xee),
  );
  return { view, byteLength };
}

describe("what is written is what is read", () => {
  test.each(MESSAGE_TYPES)("%s", (type) => {
    for (const number of NUMBERS)
      for (const entries of ENTRIES)
        for (const reject of [true, false]) {
          const sent = message(type, number, entries, reject);
          const { view, byteLength } = written(sent);
          expect(readRaftMessage(view, 8, byteLength)).toStrictEqual(sent);
        }
  });

  test("payloads are copied: the memory that was read may be used again", () => {
    const sent = message("MsgApp", 100, ENTRIES[3] ?? [], false);
    const { view, byteLength } = written(sent);
    const received = readRaftMessage(view, 8, byteLength);
    new Uint8Array(view.buffer).fill(0);
    expect(received).toStrictEqual(sent);
  });

  test("with its head, as one gate sends it to another", () => {
    const sent: RaftToGate = {
      kind: "receive",
      mail: {
        regionId: 2 ** 40,
        fromStore: 1,
        toStore: 2,
        from: 101,
        to: 102,
        epoch: { version: 3, confVer: 2 ** 33 },
        kind: "raft",
        message: message("MsgApp", 55, ENTRIES[3] ?? [], false),
      } as RaftToGate["mail"],
    };
    const byteLength = RAFT_MAIL_LAYOUT.byteLengthOf(sent);
    const view = new DataView(new ArrayBuffer(byteLength));
    RAFT_MAIL_LAYOUT.write(sent, view, 0);
    expect(RAFT_MAIL_LAYOUT.read(view, 0, byteLength)).toStrictEqual(sent);
    expect(() => RAFT_MAIL_LAYOUT.read(view, 0, 55)).toThrow(RaftWireError);
  });
});

describe("what does not belong on the wire", () => {
  test.each([-1, 0.5, LARGEST + 1, Number.NaN])("%d is refused", (term) => {
    expect(() => written(makeMessage({ type: "MsgApp", term: term as Term }))).toThrow(/the wire/);
  });

  test("snapshots and answers of storage threads are refused", () => {
    const answer = makeMessage({ type: "MsgAppResp" });
    expect(() => written(makeMessage({ type: "MsgApp", responses: [answer] }))).toThrow(/peers/);
    const confState = {
      voters: [],
      learners: [],
      votersOutgoing: [],
      learnersNext: [],
      autoLeave: false,
    };
    const snapshot = { data: null, index: 1 as LogIndex, term: 1 as Term, confState };
    expect(() => written(makeMessage({ type: "MsgSnap", snapshot }))).toThrow(/peers/);
  });
});

describe("bytes that no writer made are refused", () => {
  const whole = written(message("MsgApp", 77, ENTRIES[3] ?? [], true));

  test("cut off anywhere, or with bytes behind", () => {
    const { view, byteLength } = whole;
    for (const length of [0, 1, 87, 88, 111, 207, 208, 210, byteLength - 1, byteLength + 1])
      expect(() => readRaftMessage(view, 8, length), `${length} bytes`).toThrow(RaftWireError);
  });

  test("bytes behind a message without entries", () => {
    const { view, byteLength } = written(makeMessage({ type: "MsgHeartbeat" }));
    expect(() => readRaftMessage(view, 8, byteLength + 1)).toThrow(/behind/);
  });

  test.each([
    ["a type", 0, 24],
    ["flags", 1, 2],
    ["a number", 31, 1],
    ["an entry's type", 104, 3],
    ["what an entry's data are", 105, 3],
    ["an entry with data that it says it has not", 105, 0],
    ["the number of entries", 7, 1],
    ["a payload's length", 111, 1],
  ])("%s", (_, offset, value) => {
    const { byteLength } = whole;
    const view = new DataView(whole.view.buffer.slice(0));
    view.setUint8(16 + offset, value);
    expect(() => readRaftMessage(view, 16, byteLength)).toThrow(RaftWireError);
  });
});
