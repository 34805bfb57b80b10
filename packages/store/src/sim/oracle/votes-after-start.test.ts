import { expect, test } from "vitest";
import { ELECTION_TICKS, forgePeer, mail, said, sent } from "../../../test/oracle-fixture.ts";
import { VotesAfterStart } from "./votes-after-start.ts";

const restarted = (term: number, vote: number) =>
  forgePeer(1, { kind: "restart", recovered: { hardState: { term, vote, commit: 0 } } });
const NEW = forgePeer(1);
const AGAIN = restarted(4, 3);

const yes = (to: number, term: number, type = "MsgVoteResp") => sent(AGAIN, { type, to, term });
const no = sent(AGAIN, { type: "MsgVoteResp", to: 2, term: 5, reject: true });
const tick = mail("peerActor", AGAIN, { kind: "tick" });
const ticks = (count: number) => Array.from({ length: count }, () => tick);
const asked = (context: number) =>
  mail("peerActor", AGAIN, { kind: "raft", message: { type: "MsgVote", context } });

test("a replica that was opened again votes for nobody for as long as a leader may have heard it", () => {
  const early = ["store-1: peer 1 of region 7 voted for 2 just after its start"];
  expect(said(VotesAfterStart, { starts: AGAIN }, no)).toEqual([]);
  expect(said(VotesAfterStart, { starts: AGAIN }, yes(2, 5))).toEqual(early);
  expect(said(VotesAfterStart, { starts: AGAIN }, yes(2, 5, "MsgPreVoteResp"))).toEqual(early);
  const late = [...ticks(ELECTION_TICKS), yes(2, 5)];
  expect(said(VotesAfterStart, { starts: AGAIN }, ...late)).toEqual([]);
  const justBefore = [...ticks(ELECTION_TICKS - 1), yes(2, 5)];
  expect(said(VotesAfterStart, { starts: AGAIN }, ...justBefore)).toEqual(early);
});

test("it says again for whom it has voted in that term, and in no other", () => {
  expect(said(VotesAfterStart, { starts: AGAIN }, yes(3, 4))).toEqual([]);
  expect(said(VotesAfterStart, { starts: AGAIN }, yes(3, 5))).toHaveLength(1);
  expect(said(VotesAfterStart, { starts: AGAIN }, yes(2, 4))).toHaveLength(1);
});

test("whom the leader has chosen itself gets a voice at once", () => {
  expect(said(VotesAfterStart, { starts: AGAIN }, asked(1), yes(2, 5))).toEqual([]);
  expect(said(VotesAfterStart, { starts: AGAIN }, asked(0), yes(2, 5))).toHaveLength(1);
});

test("who has never promised anything may vote at once", () => {
  expect(said(VotesAfterStart, { starts: NEW }, yes(2, 5))).toEqual([]);
  expect(said(VotesAfterStart, { starts: restarted(0, 0) }, yes(2, 5))).toEqual([]);
});
