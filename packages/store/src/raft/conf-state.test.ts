import { describe, expect, test } from "vitest";
import { confState, id } from "../../test/raft-fixture.ts";
import {
  allMembers,
  allVoters,
  EMPTY_CONF_STATE,
  isJoint,
  isMember,
  isVoter,
  normalizeConfState,
} from "./conf-state.ts";

const ids = (...raw: number[]) => raw.map(id);

const JOINT = confState([1, 12], {
  votersOutgoing: ids(1, 9, 3),
  learners: ids(5),
  learnersNext: ids(3),
  autoLeave: true,
});

test("row 128: a restored configuration is put in order", () => {
  expect(normalizeConfState({ ...JOINT, voters: ids(12, 1, 12), learners: ids(10, 5) })).toEqual({
    voters: [1, 12],
    votersOutgoing: [1, 3, 9],
    learners: [5, 10],
    learnersNext: [3],
    autoLeave: true,
  });
});

test("empty lists are all one: thousands of groups hold four of them each", () => {
  const { learners, votersOutgoing, learnersNext } = normalizeConfState(confState([1]));
  for (const list of [learners, votersOutgoing, learnersNext])
    expect(list).toBe(EMPTY_CONF_STATE.learners);
});

test("members, voters and who they are", () => {
  const normal = normalizeConfState(JOINT);
  expect(isJoint(normal)).toBe(true);
  expect(isJoint(confState([1]))).toBe(false);
  expect(allVoters(normal)).toEqual([1, 3, 9, 12]);
  expect(allMembers(normal)).toEqual([1, 3, 5, 9, 12]);
  expect([9, 12, 5].map((raw) => isVoter(normal, id(raw)))).toEqual([true, true, false]);
  expect([5, 3, 4].map((raw) => isMember(normal, id(raw)))).toEqual([true, true, false]);
});

describe("a configuration that cannot be is refused", () => {
  test.each([
    [confState([], { learners: ids(2) }), "without voters"],
    [confState([1, 2], { learners: ids(2) }), "both voter and learner"],
    [confState([1], { votersOutgoing: ids(1, 2), learners: ids(2) }), "both voter and learner"],
    [confState([1], { votersOutgoing: ids(1), learnersNext: ids(2) }), "not an outgoing voter"],
    [
      confState([1, 2], { votersOutgoing: ids(1, 2), learnersNext: ids(2) }),
      "not an outgoing voter",
    ],
    [confState([1], { autoLeave: true }), "auto-leave outside"],
  ])("%o", (conf, reason) => {
    expect(() => normalizeConfState(conf)).toThrow(reason);
  });
});
