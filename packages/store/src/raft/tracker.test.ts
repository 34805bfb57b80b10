import { describe, expect, test } from "vitest";
import { at, confState, id } from "../../test/raft-fixture.ts";
import { restoreMembership } from "./reconfigure.ts";
import { Tracker, type Votes } from "./tracker.ts";

const FRESH = {
  lastIndex: at(10),
  limits: { inflightMessagesMax: 4, inflightBytesMax: Number.POSITIVE_INFINITY },
};

function tracking(...[voters, fields]: Parameters<typeof confState>): Tracker {
  const tracker = new Tracker();
  tracker.install(restoreMembership(confState(voters, fields), FRESH));
  return tracker;
}

const JOINT = { votersOutgoing: [2, 9].map(id), learners: [id(5)] };

describe("an installed configuration", () => {
  test("nobody is a member before one is", () => {
    const tracker = new Tracker();
    expect(tracker.peers).toEqual([]);
    expect(tracker.membership.progress.size).toBe(0);
    expect(tracker.committedIndex()).toBe(Number.POSITIVE_INFINITY);
    expect(tracker.isQuorumActive()).toBe(true);
  });

  test("peers are in ascending order, and learners are marked", () => {
    const { peers } = tracking([12, 2], JOINT);
    expect(peers.map((peer) => [Number(peer.id), peer.isLearner])).toEqual([
      [2, false],
      [5, true],
      [9, false],
      [12, false],
    ]);
  });

  test("a learner that became a voter is marked no longer", () => {
    const tracker = tracking([1], { learners: [id(5)] });
    const { progress } = tracker.membership;
    tracker.install({ confState: confState([1, 5]), progress });
    expect(tracker.progressOf(id(5))?.isLearner).toBe(false);
  });

  test("each voter of either half must have a progress", () => {
    const tracker = new Tracker();
    const { progress } = restoreMembership(confState([1]), FRESH);
    expect(() => tracker.install({ confState: confState([1, 2]), progress })).toThrow(
      "member 2 has no progress",
    );
    const joint = confState([1], { votersOutgoing: [id(3)] });
    expect(() => tracker.install({ confState: joint, progress })).toThrow(
      "member 3 has no progress",
    );
  });

  test.each([
    // voters, outgoing voters, whether 1 is the only voter
    [[1], [], true],
    [[2], [], false],
    [[1, 2], [], false],
    [[1], [1], false],
    [[], [], false],
  ])("of voters %o and outgoing %o peer 1 is the only one: %s", (voters, outgoing, isOnly) => {
    const tracker = tracking(voters, { votersOutgoing: outgoing.map(id) });
    expect(tracker.isOnlyVoter(id(1))).toBe(isOnly);
  });
});

test("quorums are of both halves, and learners count in neither", () => {
  const tracker = tracking([1, 2, 3], JOINT);
  const match: Record<number, number> = { 1: 7, 2: 5, 3: 4, 5: 99, 9: 3 };
  for (const peer of tracker.peers) {
    peer.match = at(match[peer.id] ?? 0);
    peer.readAck = match[peer.id] ?? 0;
    peer.isRecentlyActive = peer.id !== 3;
  }
  expect([tracker.committedIndex(), tracker.confirmedRead()]).toEqual([3, 3]);
  expect(tracker.isQuorumActive()).toBe(true);
  const nine = tracker.progressOf(id(9));
  if (nine !== undefined) nine.isRecentlyActive = false;
  expect(tracker.isQuorumActive()).toBe(false);
});

test("only answers of voters are counted, those of either half", () => {
  const tracker = tracking([1, 2, 3], JOINT);
  const votes: Votes = new Map([1, 5, 7, 9].map((raw) => [id(raw), true]));
  votes.set(id(2), false);
  expect(tracker.countVotes(votes)).toEqual({ granted: 2, rejected: 1 });
  expect(tracker.voteResult(votes)).toBe("lost");
  expect(tracker.voteResult(new Map([1, 2, 9].map((raw) => [id(raw), true])))).toBe("won");
});
