import { expect, test } from "vitest";
import {
  appended,
  type ForgedPeer,
  forgePeer,
  mail,
  said,
  sent,
} from "../../../test/oracle-fixture.ts";
import { RaftSafety } from "./raft-safety.ts";

const ONE = forgePeer(1);
const TWO = forgePeer(2);
const ONE_AGAIN = { ...ONE, address: { slot: 11, incarnation: 9 } as never };
const START = [{ starts: ONE }, { starts: TWO }];

const leads = (peer: ForgedPeer, term: number, type = "MsgHeartbeat") => sent(peer, { type, term });
const promises = (peer: ForgedPeer, term: number, vote: number) =>
  appended(peer, { kind: "hard-state", life: 1, hardState: { term, vote, commit: 0 } });
const durable = (peer: ForgedPeer) => mail("peerActor", peer, { kind: "log-durable", number: 1 });
const crash = [{ crashes: "store-1" }, { starts: ONE_AGAIN }];

test("a term has one leader, another term may have another", () => {
  expect(said(RaftSafety, ...START, leads(ONE, 4), leads(ONE, 4), leads(TWO, 5))).toEqual([]);
  const two = ["region 7 in term 4: both 1 and 2"];
  expect(said(RaftSafety, ...START, leads(ONE, 4), leads(TWO, 4))).toEqual(two);
  expect(said(RaftSafety, ...START, leads(ONE, 4), leads(TWO, 4, "MsgApp"))).toEqual(two);
});

test("a leader of another region is no leader of this one", () => {
  const other = { ...TWO, regionId: 8 };
  expect(said(RaftSafety, ...START, leads(ONE, 4), leads(other, 4))).toEqual([]);
});

test("a term does not fall, and a vote is given once a term", () => {
  expect(said(RaftSafety, ...START, promises(ONE, 4, 0), promises(ONE, 4, 2))).toEqual([]);
  expect(said(RaftSafety, ...START, promises(ONE, 4, 2), promises(ONE, 5, 1))).toEqual([]);
  expect(said(RaftSafety, ...START, promises(ONE, 4, 2), promises(ONE, 3, 2))).toEqual([
    "store-1 7/1: term 3 after 4",
  ]);
  const otherVote = ["store-1 7/1: vote 1 after 2 in 4"];
  expect(said(RaftSafety, ...START, promises(ONE, 4, 2), promises(ONE, 4, 1))).toEqual(otherVote);
  expect(said(RaftSafety, ...START, promises(ONE, 4, 2), promises(ONE, 4, 0))).toHaveLength(1);
});

test("a crash takes back what was not durable, and nothing else", () => {
  const back = promises(ONE_AGAIN, 3, 1);
  expect(said(RaftSafety, ...START, promises(ONE, 4, 2), ...crash, back)).toEqual([]);
  expect(said(RaftSafety, ...START, promises(ONE, 4, 2), durable(ONE), ...crash, back)).toEqual([
    "store-1 7/1: term 3 after 4",
  ]);
});

test("an install brings its hard state under the same promise", () => {
  const hardState = { term: 3, vote: 0, commit: 9 };
  const install = appended(ONE, { kind: "install", life: 1, generation: 2, index: 9, hardState });
  expect(said(RaftSafety, ...START, promises(ONE, 3, 0), install)).toEqual([]);
  expect(said(RaftSafety, ...START, promises(ONE, 4, 0), install)).toHaveLength(1);
});
