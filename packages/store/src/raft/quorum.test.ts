import { describe, expect, test } from "vitest";
import { jointIndex, jointVote, majorityIndex, majorityOf, majorityVote } from "./quorum.ts";

const self = (value: number) => value;

test.each([
  [1, 1],
  [2, 2],
  [3, 2],
  [4, 3],
  [5, 3],
])("a majority of %d is %d", (count, majority) => {
  expect(majorityOf(count)).toBe(majority);
});

/** The definition, by sorting: the highest index that `majorityOf` voters are at or above. */
function bySorting(indexes: readonly number[]): number {
  if (indexes.length === 0) return Number.POSITIVE_INFINITY;
  return [...indexes].sort((a, b) => b - a)[majorityOf(indexes.length) - 1] ?? 0;
}

/** All lists of up to `lengthMax` numbers of `[0, values)`. */
function lists(lengthMax: number, values: number): readonly (readonly number[])[] {
  let last: readonly (readonly number[])[] = [[]];
  const all = [...last];
  for (let length = 1; length <= lengthMax; length++) {
    last = last.flatMap((list) => Array.from({ length: values }, (_, value) => [...list, value]));
    all.push(...last);
  }
  return all;
}

describe("committed index", () => {
  test("row 65: agrees with its definition for all small groups", () => {
    for (const indexes of lists(5, 4))
      expect(majorityIndex(indexes, self)).toBe(bySorting(indexes));
  });

  test("row 68: a joint configuration commits what both halves store", () => {
    for (const incoming of lists(3, 3))
      for (const outgoing of lists(3, 3)) {
        const joint = jointIndex(incoming, outgoing, self);
        expect(joint).toBe(Math.min(bySorting(incoming), bySorting(outgoing)));
        expect(joint).toBe(jointIndex(outgoing, incoming, self));
      }
  });

  test("row 68: an empty half holds nothing back", () => {
    expect(jointIndex([3, 4, 5], [], self)).toBe(4);
    expect(jointIndex([], [], self)).toBe(Number.POSITIVE_INFINITY);
  });
});

const VOTES = [undefined, true, false] as const;
const voteOf = (value: number) => VOTES[value];

function count(votes: readonly number[], vote: boolean | undefined): number {
  return votes.filter((value) => voteOf(value) === vote).length;
}

describe("votes", () => {
  test("row 12: won by a majority of yes, lost when that cannot come any more", () => {
    for (const votes of lists(5, 3)) {
      const quorum = majorityOf(votes.length);
      const result = majorityVote(votes, voteOf);
      if (votes.length === 0 || count(votes, true) >= quorum) expect(result).toBe("won");
      else if (count(votes, false) > votes.length - quorum) expect(result).toBe("lost");
      else expect(result).toBe("pending");
    }
  });

  test("row 32: a joint vote needs both halves and is lost with either", () => {
    for (const incoming of lists(3, 3))
      for (const outgoing of lists(3, 3)) {
        const halves = [majorityVote(incoming, voteOf), majorityVote(outgoing, voteOf)];
        const result = jointVote(incoming, outgoing, voteOf);
        if (halves.includes("lost")) expect(result).toBe("lost");
        else if (halves.includes("pending")) expect(result).toBe("pending");
        else expect(result).toBe("won");
      }
  });
});
