// Row 25 in full: which entry hinders a campaign, and how the log is searched for one.
import { describe, expect, test } from "vitest";
import { at, entry, id, message, Peer, term } from "../../test/raft-fixture.ts";
import { encodeConfChange, makeConfChange } from "./conf-change.ts";
import { ENTRY_HEADER_BYTES, type Entry, makeEntry } from "./entry.ts";

const data = encodeConfChange(makeConfChange([{ type: "add-node", nodeId: id(4) }]));

function changeAt(index: number, type: "conf-change" | "conf-change-v2" = "conf-change-v2"): Entry {
  return makeEntry(term(1), at(index), type, data);
}

/** A follower of five entries with a change at one of them, of which 1 and 2 are applied. */
function follower(changeIndex: number, commit: number, applyingBytesMax = 1_000): Peer {
  const peer = new Peer(1, {
    voters: [1, 2, 3],
    log: [1, 1, 1, 1, 1],
    hardState: { term: 1, commit },
    applied: at(2),
    applyingBytesMax,
  });
  peer.storage.append([changeAt(changeIndex)]);
  for (let index = changeIndex + 1; index <= 5; index++) peer.storage.append([entry(1, index)]);
  peer.restart({ applied: at(2) });
  return peer;
}

describe("a conf change that is committed and not applied", () => {
  test.each([
    // place of the change, commit, hinders
    [2, 4, false],
    [3, 4, true],
    [4, 4, true],
    [5, 4, false],
    [5, 5, true],
    [3, 2, false],
    [3, 3, true],
  ])("row 25: at %d of 2 applied and %d committed hinders a campaign: %s", (...row) => {
    const [changeIndex, commit, isHindered] = row;
    const peer = follower(changeIndex, commit);
    peer.node.campaign();
    expect(peer.node.role).toBe(isHindered ? "follower" : "candidate");
    expect(peer.node.term).toBe(isHindered ? 1 : 2);
    const refused = peer.events.filter(({ kind }) => kind === "campaign-refused");
    expect(refused).toEqual(
      isHindered
        ? [{ kind: "campaign-refused", id: 1, term: 1, reason: "unapplied-conf-change" }]
        : [],
    );
  });

  test.each(["conf-change", "conf-change-v2"] as const)("row 25: as %s", (type) => {
    const peer = new Peer(1, { voters: [1, 2, 3] });
    peer.node.step(message("MsgApp", 2, 1, 1, { entries: [changeAt(1, type)], commit: at(1) }));
    peer.node.campaign();
    expect(peer.node.role).toBe("follower");
  });

  test("row 25: it hinders a campaign by timeout, by poll and by transfer, too", () => {
    for (const preVote of [false, true]) {
      const peer = new Peer(1, { voters: [1, 2, 3], preVote });
      peer.node.step(message("MsgApp", 2, 1, 1, { entries: [changeAt(1)], commit: at(1) }));
      peer.node.step(message("MsgTimeoutNow", 2, 1, 1));
      for (let ticks = 0; ticks < 50; ticks++) peer.node.tick();
      expect(peer.node.status()).toMatchObject({ role: "follower", term: 1 });
    }
  });

  test("row 25: the log is read in pages no larger than an apply batch", () => {
    const peer = follower(5, 5, 2 * ENTRY_HEADER_BYTES);
    const pages: (readonly [number, number, number])[] = [];
    const { entries } = peer.storage;
    peer.storage.entries = (low, high, bytesMax) => {
      pages.push([low, high, bytesMax]);
      return entries.call(peer.storage, low, high, bytesMax);
    };
    peer.node.campaign();
    expect(peer.node.role).toBe("follower");
    expect(pages).toEqual([
      [3, 6, 2 * ENTRY_HEADER_BYTES],
      [5, 6, 2 * ENTRY_HEADER_BYTES],
    ]);
  });
});
