import { describe, expect, test } from "vitest";
import { at, confState, id } from "../../test/raft-fixture.ts";
import { type ConfChangeSingle, makeConfChange } from "./conf-change.ts";
import type { ConfState } from "./conf-state.ts";
import {
  enterJoint,
  leaveJoint,
  type NewProgress,
  type Reconfigured,
  reconfigure,
  restoreMembership,
  simpleChange,
} from "./reconfigure.ts";
import type { Membership } from "./tracker.ts";

const FRESH: NewProgress = {
  lastIndex: at(10),
  limits: { inflightMessagesMax: 4, inflightBytesMax: Number.POSITIVE_INFINITY },
};

const LETTERS = {
  v: "add-node",
  l: "add-learner-node",
  r: "remove-node",
  u: "update-node",
} as const;

function operations(text: string): readonly ConfChangeSingle[] {
  return text
    .split(" ")
    .filter((token) => token !== "")
    .map((token) => ({
      type: LETTERS[token.charAt(0) as keyof typeof LETTERS],
      nodeId: id(Number(token.slice(1))),
    }));
}

const members = (conf: ConfState) => restoreMembership(conf, FRESH);

function accepted(result: Reconfigured): Membership {
  if (!result.ok) throw new Error(`refused: ${result.refusal}`);
  return result.membership;
}

const simple = (from: Membership, text: string) => simpleChange(from, operations(text), FRESH);
const enter = (from: Membership, text: string, autoLeave = false) =>
  enterJoint(from, operations(text), autoLeave, FRESH);
const progressIds = ({ progress }: Membership) => [...progress.keys()].sort((a, b) => a - b);

describe("simple changes", () => {
  test.each([
    ["v3", [1, 2, 3], []],
    ["v2", [1, 2], []],
    ["v3 v3", [1, 2, 3], []],
    ["l3", [1, 2], [3]],
    ["l2", [1], [2]],
    ["l3 l3", [1, 2], [3]],
    ["l3 v3", [1, 2, 3], []],
    ["v3 l3", [1, 2], [3]],
    ["r2", [1], []],
    ["r9", [1, 2], []],
    ["l3 r3", [1, 2], []],
    ["u2 v0 r0 l0", [1, 2], []],
    ["", [1, 2], []],
  ])("rows 124, 125, 133: simple changes: %s", (text, voters, learners) => {
    const { confState: conf, progress } = accepted(simple(members(confState([1, 2])), text));
    expect(conf).toEqual(confState(voters, { learners: learners.map(id) }));
    expect([...progress.keys()].sort()).toEqual([...voters, ...learners].sort());
  });
});

describe("what is refused", () => {
  const joint = accepted(enter(members(confState([1, 2])), "v3"));
  test.each([
    ["removed-all-voters", simple(members(confState([1])), "r1")],
    ["removed-all-voters", simple(members(confState([1])), "l1")],
    ["removed-all-voters", enter(members(confState([1, 2])), "r1 l2")],
    ["more-than-one-voter-changed", simple(members(confState([1, 2])), "v3 v4")],
    ["more-than-one-voter-changed", simple(members(confState([1, 2])), "v3 r2")],
    ["more-than-one-voter-changed", simple(members(confState([1, 2, 3])), "l2 l3")],
    ["simple-change-in-joint", simple(joint, "v4")],
    ["already-joint", enter(joint, "v4")],
    ["zero-voter-joint", enter(members(confState([])), "v1")],
    ["not-joint", leaveJoint(members(confState([1, 2])))],
  ])("row 126: refused: %s, case %#", (refusal, result) => {
    expect(result).toEqual({ ok: false, refusal });
  });

  test("row 126: a refused change leaves the membership as it was", () => {
    const before = members(confState([1, 2]));
    const voters = [...before.confState.voters];
    simple(before, "v3 v4");
    expect(before.confState.voters).toEqual(voters);
    expect(progressIds(before)).toEqual([1, 2]);
  });
});

describe("joint configurations", () => {
  test("row 124: a demoted voter is staged until the joint configuration is left", () => {
    const before = members(confState([1, 2, 3]));
    const joint = accepted(enter(before, "l3 v4 r2", true));
    expect(joint.confState).toEqual(
      confState([1, 4], {
        votersOutgoing: [1, 2, 3].map(id),
        learnersNext: [id(3)],
        autoLeave: true,
      }),
    );
    expect(progressIds(joint)).toEqual([1, 2, 3, 4]);
    const left = accepted(leaveJoint(joint));
    expect(left.confState).toEqual(confState([1, 4], { learners: [id(3)] }));
    expect(progressIds(left)).toEqual([1, 3, 4]);
  });

  test.each([
    ["l3 v3", [1, 2, 3], []],
    ["l3 r3", [1, 2], []],
    ["r3 v3", [1, 2, 3], []],
    ["l3 l3", [1, 2], [3]],
    ["l5 v5", [1, 2, 3, 5], []],
    ["l5 r5", [1, 2, 3], []],
  ])("row 124: %s, then left", (text, voters, learners) => {
    const joint = accepted(enter(members(confState([1, 2, 3])), text));
    const { confState: conf } = accepted(leaveJoint(joint));
    expect(conf).toEqual(confState(voters, { learners: learners.map(id) }));
  });

  test("row 124: what is known of a peer that stays is kept", () => {
    const before = members(confState([1, 2, 3]));
    const third = before.progress.get(id(3));
    const left = accepted(leaveJoint(accepted(enter(before, "l3"))));
    expect(left.progress.get(id(3))).toBe(third);
  });

  test("row 125: a peer removed and added again in a simple change starts anew", () => {
    const before = members(confState([1, 2]));
    const after = accepted(simple(before, "r2 v2"));
    expect(after.progress.get(id(2))).not.toBe(before.progress.get(id(2)));
  });
});

describe("a new member", () => {
  test.each([
    [0, 1],
    [1, 1],
    [10, 10],
  ])(
    "rows 50, 103: with a last index of %d a new member is active and probed from %d",
    (lastIndex, next) => {
      const fresh = { ...FRESH, lastIndex: at(lastIndex) };
      const membership = restoreMembership(confState([1]), fresh);
      const after = accepted(simpleChange(membership, operations("v2"), fresh));
      expect(after.progress.get(id(2))).toMatchObject({
        match: 0,
        next,
        isRecentlyActive: true,
        flow: { state: "probe", isPaused: false },
      });
    },
  );
});

describe("a proposed change", () => {
  test.each([
    ["v3", "auto", false, false],
    ["v3 r2", "auto", true, true],
    ["v3", "implicit", true, true],
    ["v3", "explicit", true, false],
    ["", "explicit", true, false],
  ] as const)(
    "rows 116, 120, 121: %s, %s: joint %s, automatic %s",
    (text, transition, isJoint, autoLeave) => {
      const change = makeConfChange(operations(text), transition);
      const { confState: conf } = accepted(reconfigure(members(confState([1, 2])), change, FRESH));
      expect(conf.votersOutgoing).toEqual(isJoint ? [1, 2] : []);
      expect(conf.autoLeave).toBe(autoLeave);
    },
  );

  test("row 120: an empty automatic one leaves a joint configuration", () => {
    const joint = accepted(enter(members(confState([1, 2])), "v3"));
    const { confState: conf } = accepted(reconfigure(joint, makeConfChange([]), FRESH));
    expect(conf).toEqual(confState([1, 2, 3]));
  });
});

/** A small generator, so that a failure can be repeated by its seed. */
function randomOf(seed: number): (exclusiveMax: number) => number {
  let state = seed;
  return (exclusiveMax) => {
    state = (Math.imul(state, 1_103_515_245) + 12_345) >>> 0;
    return (state >>> 8) % exclusiveMax;
  };
}

test("row 127: a joint change leads where the same simple changes lead one by one", () => {
  for (let seed = 1; seed <= 500; seed++) {
    const random = randomOf(seed);
    const list = Array.from({ length: 1 + random(6) }, () => {
      const type = (["v", "l", "r", "u"] as const)[random(4)] ?? "v";
      // The first peer always stays, so that no order of steps removes the last voter.
      return `${type}${2 + random(5)}`;
    });
    const start = members(confState([1, 2, 3], { learners: [id(4)] }));
    const jointly = accepted(leaveJoint(accepted(enter(start, list.join(" ")))));
    const stepwise = list.reduce((from, text) => accepted(simple(from, text)), start);
    expect(jointly.confState, `seed ${seed}: ${list.join(" ")}`).toEqual(stepwise.confState);
    expect(progressIds(jointly), `seed ${seed}`).toEqual(progressIds(stepwise));
  }
});

test("row 128: any configuration that changes can make is restored as it was", () => {
  for (let seed = 1; seed <= 200; seed++) {
    const random = randomOf(seed);
    const list = Array.from({ length: 4 }, () => {
      const type = (["v", "l", "r"] as const)[random(3)] ?? "v";
      return `${type}${2 + random(5)}`;
    });
    const joint = accepted(enter(members(confState([1, 2, 3])), list.join(" "), random(2) === 1));
    const restored = restoreMembership(joint.confState, FRESH);
    expect(restored.confState).toEqual(joint.confState);
    expect(progressIds(restored)).toEqual(progressIds(joint));
  }
});

test("a member without a progress, or a progress without its member, is a broken invariant", () => {
  const { confState: conf } = members(confState([1]));
  const { progress } = members(confState([1, 2]));
  expect(() => simple({ confState: conf, progress }, "v3")).toThrow("fell apart");
  expect(() => simple({ confState: confState([1, 2, 3]), progress }, "u1")).toThrow("fell apart");
});
