import { expect, test } from "vitest";
import {
  appended,
  type ForgedPeer,
  forgePeer,
  mail,
  said,
  sent,
} from "../../../test/oracle-fixture.ts";
import { OwnTermReads } from "./own-term-reads.ts";

const LEADER = forgePeer(1);
const FOLLOWER = forgePeer(2);
const BOTH = [{ starts: LEADER }, { starts: FOLLOWER }];

const entryOf = (peer: ForgedPeer, term: number, index: number) =>
  appended(peer, { kind: "entries", life: peer.life, entries: [{ term, index }] });
const commits = (peer: ForgedPeer, term: number, commit: number) =>
  appended(peer, { kind: "hard-state", life: peer.life, hardState: { term, vote: 1, commit } });
const asks = (term: number, context: number) =>
  sent(LEADER, { type: "MsgHeartbeat", term, context });

const TOO_EARLY = [
  "store-1: peer 1 of region 7 had a read confirmed in term 4, in which it has committed nothing",
];

test("a read is confirmed after an entry of the term is in another's log", () => {
  expect(said(OwnTermReads, ...BOTH, entryOf(FOLLOWER, 4, 9), asks(4, 1))).toEqual([]);
  expect(said(OwnTermReads, ...BOTH, asks(4, 1))).toEqual(TOO_EARLY);
  expect(said(OwnTermReads, ...BOTH, entryOf(LEADER, 4, 9), asks(4, 1))).toEqual(TOO_EARLY);
  expect(said(OwnTermReads, ...BOTH, entryOf(FOLLOWER, 3, 8), asks(4, 1))).toEqual(TOO_EARLY);
});

test("who is alone has committed in the term when its commit is at the term's first entry", () => {
  const own = entryOf(LEADER, 4, 9);
  expect(said(OwnTermReads, ...BOTH, own, commits(LEADER, 4, 9), asks(4, 1))).toEqual([]);
  expect(said(OwnTermReads, ...BOTH, own, commits(LEADER, 4, 8), asks(4, 1))).toEqual(TOO_EARLY);
});

test("a heartbeat that carries no read may be sent at any time", () => {
  expect(said(OwnTermReads, ...BOTH, asks(4, 0))).toEqual([]);
});

test("who was the only voter when it began its term may ask those that it has made voters since", () => {
  const members = (...peers: readonly (readonly [number, string])[]) =>
    mail("registryActor", LEADER, {
      kind: "region-changed",
      life: LEADER.life,
      generation: 1,
      region: { id: 7, peers: peers.map(([id, role]) => ({ id, role })), epoch: { confVer: 1 } },
    });
  const own = entryOf(LEADER, 4, 9);
  const alone = members([1, "voter"], [2, "learner"]);
  const both = members([1, "voter"], [2, "voter"]);
  expect(said(OwnTermReads, ...BOTH, alone, own, both, asks(4, 1))).toEqual([]);
  // Nothing of its own is in any log yet.
  expect(said(OwnTermReads, ...BOTH, alone, both, asks(4, 1))).toEqual(TOO_EARLY);
  expect(said(OwnTermReads, ...BOTH, both, own, asks(4, 1))).toEqual(TOO_EARLY);
  // Another has the word.
  const other = members([1, "learner"], [2, "voter"]);
  expect(said(OwnTermReads, ...BOTH, other, own, asks(4, 1))).toEqual(TOO_EARLY);
});
