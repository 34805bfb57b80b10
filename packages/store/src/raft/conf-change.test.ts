import { describe, expect, test } from "vitest";
import { bytes, entry, id } from "../../test/raft-fixture.ts";
import {
  type ConfChange,
  confChangeOf,
  decodeConfChange,
  encodeConfChange,
  entersJoint,
  LEAVE_JOINT,
  leavesAutomatically,
  leavesJoint,
  makeConfChange,
} from "./conf-change.ts";

const add = { type: "add-node", nodeId: id(2) } as const;
const remove = { type: "remove-node", nodeId: id(2 ** 53 - 1) } as const;
const learner = { type: "add-learner-node", nodeId: id(2 ** 32) } as const;
const update = { type: "update-node", nodeId: id(0) } as const;

const CHANGES: readonly ConfChange[] = [
  LEAVE_JOINT,
  makeConfChange([add]),
  makeConfChange([add, remove, learner, update], "explicit"),
  makeConfChange([], "implicit"),
  makeConfChange([add], "auto", bytes("the peer's store")),
  makeConfChange([], "auto", bytes("")),
];

describe("the byte form", () => {
  test.each(CHANGES.map((change) => [change]))("%o survives", (change) => {
    expect(decodeConfChange(encodeConfChange(change))).toEqual(change);
  });

  test("reads from the middle of a larger buffer", () => {
    const encoded = encodeConfChange(makeConfChange([remove], "auto", bytes("x")));
    const buffer = new Uint8Array(encoded.length + 16);
    buffer.set(encoded, 7);
    const decoded = decodeConfChange(buffer.subarray(7, 7 + encoded.length));
    expect(decoded).toEqual(makeConfChange([remove], "auto", bytes("x")));
    buffer.fill(0);
    expect(decoded.context).toEqual(bytes("x"));
  });

  test("no bytes leave a joint configuration", () => {
    expect(decodeConfChange(null)).toEqual(LEAVE_JOINT);
    expect(decodeConfChange(new Uint8Array())).toEqual(LEAVE_JOINT);
  });

  test.each([
    [[0, 0, 0], "shorter than its header"],
    [[9, 0, 0, 0], "unknown transition"],
    [[0, 0, 0, 1, 0, 0, 0, 0, 0], "shorter than its changes"],
    [[0, 0, 0, 1, 7, 0, 0, 0, 0, 0, 0, 0, 1], "unknown type"],
    [[0, 0, 0, 1, 0, 255, 0, 0, 0, 0, 0, 0, 1], "out of range"],
  ])("damaged bytes %o are refused", (raw, reason) => {
    expect(() => decodeConfChange(Uint8Array.from(raw))).toThrow(reason);
  });

  test("its count holds 65,535 changes and no more", () => {
    const most = makeConfChange(new Array<typeof add>(65_535).fill(add), "explicit");
    expect(decodeConfChange(encodeConfChange(most)).changes).toHaveLength(65_535);
    const more = { ...most, changes: [...most.changes, add] };
    expect(() => encodeConfChange(more)).toThrow("too many changes for one entry");
  });

  test("an entry carries one unless it is normal", () => {
    const change = makeConfChange([add]);
    const data = encodeConfChange(change);
    expect(confChangeOf({ ...entry(1, 1), type: "conf-change", data })).toEqual(change);
    expect(confChangeOf({ ...entry(1, 1), type: "conf-change-v2", data })).toEqual(change);
    expect(confChangeOf({ ...entry(1, 1), data })).toBeUndefined();
  });
});

describe("what a change does", () => {
  test.each([
    // changes, transition, enters, leaves, leaves automatically
    [[], "auto", false, true, true],
    [[add], "auto", false, false, true],
    [[add, remove], "auto", true, false, true],
    [[], "implicit", true, false, true],
    [[add], "implicit", true, false, true],
    [[add], "explicit", true, false, false],
  ] as const)("rows 120, 121: %o, %s: enters %s, leaves %s, automatically %s", (...row) => {
    const [changes, transition, enters, leaves, automatically] = row;
    const change = makeConfChange(changes, transition);
    expect(entersJoint(change)).toBe(enters);
    expect(leavesJoint(change)).toBe(leaves);
    expect(leavesAutomatically(change)).toBe(automatically);
  });
});
