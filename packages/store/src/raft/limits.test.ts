// The limits of what is sent and applied at once, each one byte below, at and above a boundary.
import { describe, expect, test } from "vitest";
import { at, bytes, entry, id, message, Peer, type PeerOptions } from "../../test/raft-fixture.ts";
import { ENTRY_HEADER_BYTES } from "./entry.ts";
import type { Message } from "./message.ts";

const TWO = { voters: [1, 2] };
const PAYLOAD = 6;
const SIZE = ENTRY_HEADER_BYTES + PAYLOAD;
const payload = (count: number) => "x".repeat(count);

const ack = (index: number) => message("MsgAppResp", 2, 1, 1, { index: at(index) });

/** A leader of term 1, whose other peer has acknowledged the first entry. */
function leader(options: PeerOptions): Peer {
  const peer = new Peer(1, { ...TWO, ...options });
  peer.win(2);
  peer.take(ack(1));
  return peer;
}

const counts = (messages: readonly Message[]) => messages.map(({ entries }) => entries.length);

describe("the limit of a message", () => {
  test.each([
    [0, [1, 1, 1, 1]],
    [SIZE, [1, 1, 1, 1]],
    [2 * SIZE - 1, [1, 1, 1, 1]],
    [2 * SIZE, [2, 2]],
    [2 * SIZE + 1, [2, 2]],
    [4 * SIZE - 1, [3, 1]],
    [4 * SIZE, [4]],
  ])("row 95: four entries within %d bytes are sent as %o", (messageBytesMax, expected) => {
    const peer = leader({ messageBytesMax, applyingBytesMax: 1 });
    peer.node.reportUnreachable(id(2));
    for (let count = 0; count < 4; count++) peer.node.propose(bytes(payload(PAYLOAD)));
    // Probed, it gets the first proposal alone; then one append, whose answer lets the others out.
    const [first = 0, ...others] = expected;
    expect(counts(peer.run())).toEqual([1]);
    expect(counts(peer.take(message("MsgHeartbeatResp", 2, 1, 1)))).toEqual([first]);
    // The commit index goes with them, or in an empty append.
    expect(counts(peer.take(ack(1 + first)))).toEqual(others.length > 0 ? others : [0]);
  });

  test("row 95: one entry larger than the limit goes out alone", () => {
    const peer = leader({ messageBytesMax: SIZE });
    peer.node.proposeAll([bytes(payload(500)), bytes(payload(PAYLOAD))]);
    expect(peer.run().map(({ entries }) => entries)).toEqual([[entry(1, 2, payload(500))]]);
    expect(counts(peer.take(ack(2)))).toEqual([1]);
  });
});

describe("the window", () => {
  test.each([1, 2, 3])("row 91: of %d messages lets as many out", (inflightMessagesMax) => {
    const peer = leader({ inflightMessagesMax });
    for (let count = 0; count < 4; count++) peer.node.propose(bytes("x"));
    expect(counts(peer.run())).toEqual(Array(inflightMessagesMax).fill(1));
    expect(peer.node.progressOf(id(2))).toMatchObject({
      next: 2 + inflightMessagesMax,
      isPaused: true,
    });
  });

  test.each([
    // bytes of the window, appends of 6 bytes that get out
    [11, 2],
    [12, 2],
    [13, 3],
  ])("row 92: of %d bytes lets %d appends of 6 out", (inflightBytesMax, count) => {
    const peer = leader({ inflightBytesMax, messageBytesMax: 1 });
    for (let proposed = 0; proposed < 5; proposed++) peer.node.propose(bytes(payload(PAYLOAD)));
    expect(counts(peer.run())).toEqual(Array(count).fill(1));
  });

  test("row 92: headers take no room in it, nor do appends without entries", () => {
    const peer = leader({ inflightBytesMax: 6, messageBytesMax: 1 });
    for (let count = 0; count < 5; count++) peer.node.propose(bytes("x"));
    expect(counts(peer.run())).toEqual([1, 1, 1, 1, 1]);
    peer.node.propose(bytes("x"));
    expect(counts(peer.run())).toEqual([1]);
    expect(peer.node.progressOf(id(2))?.isPaused).toBe(true);
    // Each acknowledgement makes the room of its own entries.
    peer.node.propose(bytes("x"));
    expect(counts(peer.run())).toEqual([]);
    expect(counts(peer.take(ack(2)))).toEqual([1]);
  });
});

describe("the limit of what is applied at once", () => {
  test.each([
    [1, [[2], [3], [4]]],
    [2 * ENTRY_HEADER_BYTES - 1, [[2], [3], [4]]],
    [2 * ENTRY_HEADER_BYTES, [[2, 3], [4]]],
    [2 * ENTRY_HEADER_BYTES + 1, [[2, 3], [4]]],
    [3 * ENTRY_HEADER_BYTES, [[2, 3, 4]]],
  ])("row 163: three committed entries within %d bytes come as %o", (applyingBytesMax, pages) => {
    const options = { log: [1, 1, 1, 1], hardState: { term: 1, commit: 4 }, applyingBytesMax };
    const peer = new Peer(1, { ...TWO, ...options, applied: at(1) });
    const handed: number[][] = [];
    while (peer.node.hasReady()) {
      const before = peer.applied.length;
      peer.handleReady();
      handed.push(peer.applied.slice(before).map(({ index }) => index));
    }
    expect(handed).toEqual(pages);
  });

  test("rows 161, 163: restarted after each page, every entry is applied once", () => {
    const options = { log: [1, 1, 1, 1, 1], hardState: { term: 1, commit: 5 } };
    const peer = new Peer(1, { ...TWO, ...options, applyingBytesMax: 2 * ENTRY_HEADER_BYTES });
    for (let page = 0; page < 3; page++) {
      peer.handleReady();
      peer.restart();
    }
    expect(peer.applied).toEqual([1, 2, 3, 4, 5].map((index) => entry(1, index)));
    expect(peer.node.hasReady()).toBe(false);
  });

  test.each([
    // bytes of the limit, batches that are out at once of entries committed one by one
    [2 * ENTRY_HEADER_BYTES - 1, 2],
    [2 * ENTRY_HEADER_BYTES, 2],
    [2 * ENTRY_HEADER_BYTES + 1, 3],
  ])("row 176: of %d bytes, %d batches of one entry are under way at once", (limit, batches) => {
    const peer = new Peer(1, {
      ...TWO,
      log: [1, 1, 1, 1],
      hardState: { term: 1 },
      applyingBytesMax: limit,
      asyncStorageWrites: true,
    });
    const handed: number[][] = [];
    for (let index = 1; index <= 4; index++) {
      peer.node.step(message("MsgHeartbeat", 2, 1, 1, { commit: at(index) }));
      const { committedEntries } = peer.node.ready();
      if (committedEntries.length > 0) handed.push(committedEntries.map((each) => each.index));
    }
    expect(handed).toEqual(Array.from({ length: batches }, (_, position) => [position + 1]));
  });
});
