import { describe, expect, test } from "vitest";
import {
  at,
  brief,
  bytes,
  Cluster,
  confState,
  entry,
  id,
  message,
  Peer,
  type PeerOptions,
  snapshot,
  term,
} from "../../test/raft-fixture.ts";
import {
  type ConfChange,
  decodeConfChange,
  encodeConfChange,
  makeConfChange,
} from "./conf-change.ts";
import { makeEntry } from "./entry.ts";

const THREE = { voters: [1, 2, 3] };

function leader(options: PeerOptions = THREE): Peer {
  const peer = new Peer(1, options);
  peer.win(2);
  return peer;
}

const addFour = makeConfChange([{ type: "add-node", nodeId: id(4) }]);
const swap = makeConfChange([
  { type: "add-node", nodeId: id(4) },
  { type: "remove-node", nodeId: id(3) },
]);
const leave = makeConfChange([]);

const ack = (from: number, index: number, ofTerm = 1) =>
  message("MsgAppResp", from, 1, ofTerm, { index: at(index) });

/** Types of the entries in the log, behind the leader's first one. */
function typesOf(peer: Peer): readonly string[] {
  const all = peer.storage.entries(at(1), at(peer.storage.lastIndex() + 1), 1e9);
  return typeof all === "string" ? [all] : all.slice(1).map((each) => each.type);
}

describe("a proposal", () => {
  test("row 64: a proposal is appended and sent with the place before it", () => {
    const peer = leader();
    peer.take(ack(2, 1), ack(3, 1));
    expect(peer.node.propose(bytes("x"))).toBeUndefined();
    const sent = peer.run();
    expect(sent.map(brief)).toEqual(["1->2 MsgApp term 1 index 1", "1->3 MsgApp term 1 index 1"]);
    expect(sent[0]).toMatchObject({ logTerm: 1, commit: 1, entries: [entry(1, 2, "x")] });
    expect(peer.logTerms).toEqual([1, 1]);
  });

  test("rows 64, 65: a proposal gets through a cluster to every log", () => {
    const cluster = new Cluster(3);
    cluster.elect(1);
    cluster.propose(1, "one");
    cluster.propose(1, "two");
    for (const peer of cluster.peers.values()) {
      expect(peer.applied.map(({ data }) => data)).toEqual([null, bytes("one"), bytes("two")]);
      expect(peer.node.commitIndex).toBe(3);
    }
  });

  test("a proposal of several payloads is one append to each peer, or nothing at all", () => {
    const peer = leader({ ...THREE, uncommittedBytesMax: 4 });
    peer.take(ack(2, 1), ack(3, 1));
    expect(peer.node.proposeAll([bytes("a"), bytes("b")])).toBeUndefined();
    const sent = peer.run();
    expect(sent.map(({ to, entries }) => [to, entries])).toEqual([
      [2, [entry(1, 2, "a"), entry(1, 3, "b")]],
      [3, [entry(1, 2, "a"), entry(1, 3, "b")]],
    ]);
    expect(peer.node.proposeAll([bytes("c"), bytes("de")])).toBe("uncommitted-limit");
    expect(peer.node.lastIndex).toBe(3);
  });

  test("row 64: a proposal of several entries gets consecutive places", () => {
    const peer = leader();
    peer.take(message("MsgProp", 2, 1, 0, { entries: [entry(0, 0, "a"), entry(0, 0, "b")] }));
    expect(peer.logTerms).toEqual([1, 1, 1]);
    expect(peer.node.lastIndex).toBe(3);
  });

  test("a proposal without entries is a broken contract", () => {
    expect(() => leader().take(message("MsgProp", 2, 1, 0))).toThrow("without entries");
  });
});

describe("where a proposal does not go into the own log", () => {
  test("row 83: a follower forwards it unchanged, without a term, from whom it came", () => {
    const peer = new Peer(1, THREE);
    peer.take(message("MsgHeartbeat", 2, 1, 5));
    const entries = [entry(0, 0, "x")];
    peer.node.propose(bytes("x"));
    peer.node.step(message("MsgProp", 3, 1, 0, { entries }));
    const sent = peer.run();
    expect(sent.map(brief)).toEqual(["1->2 MsgProp term 0 index 0", "3->2 MsgProp term 0 index 0"]);
    expect(sent.map((each) => each.entries)).toEqual([entries, entries]);
  });

  test("row 83: through a follower it gets into every log", () => {
    const cluster = new Cluster(3);
    cluster.elect(1);
    cluster.propose(2, "by proxy");
    expect(cluster.peer(3).applied.at(-1)?.data).toEqual(bytes("by proxy"));
  });

  test.each([
    ["row 84: forwarding may be disabled", { disableProposalForwarding: true }, true],
    ["row 85: no leader is known", {}, false],
  ])("%s", (_, config, knowsLeader) => {
    const peer = new Peer(1, { ...THREE, ...config });
    if (knowsLeader) peer.take(message("MsgHeartbeat", 2, 1, 5));
    const refusal = peer.node.propose(bytes("x"));
    expect(refusal).toBe(knowsLeader ? "forwarding-disabled" : "no-leader");
    expect(peer.run()).toEqual([]);
  });

  test("row 85: a candidate drops it", () => {
    const peer = new Peer(1, THREE);
    peer.node.campaign();
    peer.run();
    expect(peer.node.propose(bytes("x"))).toBe("no-leader");
  });

  test("row 86: a leader outside of its configuration drops it", () => {
    const peer = leader();
    peer.node.applyConfChange(makeConfChange([{ type: "remove-node", nodeId: id(1) }]));
    expect(peer.node.propose(bytes("x"))).toBe("not-a-member");
    expect(peer.node.role).toBe("leader");
    expect(peer.logTerms).toEqual([1]);
  });
});

describe("the limit of uncommitted payload", () => {
  const limited = () => leader({ ...THREE, uncommittedBytesMax: 10 });

  test("row 87: the uncommitted limit holds from the second proposal on, by payload alone", () => {
    const peer = limited();
    expect(peer.node.propose(bytes("123456"))).toBeUndefined();
    expect(peer.node.propose(bytes("1234"))).toBeUndefined();
    expect(peer.node.propose(bytes("1"))).toBe("uncommitted-limit");
    expect(peer.node.propose(bytes(""))).toBeUndefined();
    expect(peer.node.lastIndex).toBe(4);
  });

  test("row 87: the first is taken whatever its size", () => {
    const peer = limited();
    expect(peer.node.propose(bytes("x".repeat(50)))).toBeUndefined();
    expect(peer.node.propose(bytes("1"))).toBe("uncommitted-limit");
  });

  test("row 87: an empty one is taken, however far beyond the limit the others are", () => {
    const peer = limited();
    peer.node.propose(bytes("x".repeat(50)));
    for (let count = 0; count < 3; count++) expect(peer.node.propose(bytes(""))).toBeUndefined();
    expect(peer.node.lastIndex).toBe(5);
  });

  test.each([
    [9, undefined],
    [10, undefined],
    [11, "uncommitted-limit"],
  ])("row 87: of a limit of 10, after 1 and up to %d in all: %s", (total, refusal) => {
    const peer = limited();
    peer.node.propose(bytes("1"));
    expect(peer.node.propose(bytes("x".repeat(total - 1)))).toBe(refusal);
    expect(peer.node.lastIndex).toBe(refusal === undefined ? 3 : 2);
  });

  test("row 87: what is applied makes room, and never more than there was", () => {
    const peer = limited();
    peer.node.propose(bytes("123456"));
    peer.node.propose(bytes("1234"));
    peer.run();
    peer.take(ack(2, 2));
    expect(peer.node.propose(bytes("1234567"))).toBe("uncommitted-limit");
    expect(peer.node.propose(bytes("123456"))).toBeUndefined();
    peer.run();
    peer.take(ack(2, 4));
    expect(peer.node.propose(bytes("x".repeat(10)))).toBeUndefined();
    expect(peer.node.propose(bytes("1"))).toBe("uncommitted-limit");
  });

  test("row 87: an earlier leader's entries, when applied, free nothing that was not taken", () => {
    const peer = new Peer(1, { ...THREE, uncommittedBytesMax: 10 });
    peer.take(message("MsgApp", 2, 1, 1, { entries: [entry(1, 1, "x".repeat(100))] }));
    peer.win(2);
    peer.take(ack(2, 2, 2));
    expect(peer.applied).toHaveLength(2);
    expect(peer.node.propose(bytes("x".repeat(10)))).toBeUndefined();
    expect(peer.node.propose(bytes("1"))).toBe("uncommitted-limit");
  });

  test("rows 9, 87: a new term of leadership starts from nothing", () => {
    const peer = limited();
    peer.node.propose(bytes("x".repeat(50)));
    peer.take(message("MsgHeartbeat", 2, 1, 2));
    peer.win(2);
    expect(peer.node.propose(bytes("1234567890"))).toBeUndefined();
  });
});

describe("conf changes", () => {
  const objection = (peer: Peer) =>
    peer.events.findLast((event) => event.kind === "conf-change-ignored");

  test("row 118: a new leader takes none before its whole log is applied", () => {
    const peer = leader({ ...THREE, log: [1, 1], hardState: { term: 1 } });
    expect(peer.node.mayChangeMembership).toBe(false);
    expect(peer.node.proposeConfChange(addFour)).toBeUndefined();
    peer.run();
    expect(typesOf(peer)).toEqual(["normal", "normal", "normal"]);
    expect(objection(peer)).toMatchObject({ objection: "pending", pendingIndex: 2, applied: 0 });
    peer.take(ack(2, 4, 2));
    expect(peer.node.mayChangeMembership).toBe(true);
    peer.node.proposeConfChange(addFour);
    expect(peer.node.mayChangeMembership).toBe(false);
    peer.run();
    expect(typesOf(peer).at(-1)).toBe("conf-change-v2");
  });

  test("a follower takes none", () => {
    expect(new Peer(1, THREE).node.mayChangeMembership).toBe(false);
  });

  test("row 117: one at a time, the others become empty entries", () => {
    const peer = leader();
    peer.take(ack(2, 1));
    peer.node.proposeConfChange(addFour);
    peer.node.proposeConfChange(makeConfChange([{ type: "add-node", nodeId: id(5) }]));
    peer.run();
    expect(typesOf(peer)).toEqual(["conf-change-v2", "normal"]);
    peer.take(ack(2, 3), ack(3, 3));
    expect(peer.node.confState.voters).toEqual([1, 2, 3, 4]);
    peer.node.proposeConfChange(makeConfChange([{ type: "add-node", nodeId: id(5) }]));
    peer.run();
    expect(typesOf(peer).at(-1)).toBe("conf-change-v2");
  });

  test("row 117: the next is taken when the pending one is applied, and not before", () => {
    const peer = leader();
    peer.take(ack(2, 1));
    const update = makeConfChange([{ type: "update-node", nodeId: id(2) }]);
    peer.node.propose(bytes("x"));
    peer.node.proposeConfChange(update);
    peer.run();
    peer.take(ack(2, 2));
    expect(peer.node.appliedIndex).toBe(2);
    peer.node.proposeConfChange(update);
    expect(objection(peer)).toMatchObject({ objection: "pending", pendingIndex: 3, applied: 2 });
    peer.run();
    peer.take(ack(2, 3));
    expect(peer.node.appliedIndex).toBe(3);
    peer.node.proposeConfChange(update);
    peer.run();
    expect(typesOf(peer)).toEqual(["normal", "conf-change-v2", "normal", "conf-change-v2"]);
  });

  test("row 117: one that is committed and not applied is pending all the same", () => {
    const peer = leader();
    peer.take(ack(2, 1));
    peer.node.proposeConfChange(addFour);
    peer.run();
    peer.node.step(ack(2, 2));
    expect(peer.node.status()).toMatchObject({ commit: 2, applied: 1 });
    peer.node.proposeConfChange(addFour);
    expect(objection(peer)).toMatchObject({ objection: "pending", pendingIndex: 2, applied: 1 });
  });

  test("row 117: within one proposal, too, and its place counts", () => {
    const peer = leader();
    peer.take(ack(2, 1));
    const change = makeEntry(term(0), at(0), "conf-change-v2", encodeConfChange(addFour));
    peer.take(message("MsgProp", 1, 1, 0, { entries: [entry(0, 0, "x"), change, change] }));
    expect(typesOf(peer)).toEqual(["normal", "conf-change-v2", "normal"]);
    expect(objection(peer)).toMatchObject({ objection: "pending", pendingIndex: 3 });
  });

  test.each([
    ["joint", swap, "joint"],
    ["joint", leave, undefined],
    ["simple", leave, "not-joint"],
    ["simple", swap, undefined],
  ] as const)("rows 117, 120: in a %s configuration %o: %s", (kind, change, expected) => {
    const outgoing = kind === "joint" ? { votersOutgoing: [1, 2].map(id) } : {};
    const peer = leader({ snapshot: snapshot(5, 1, confState([1, 2, 3], outgoing)) });
    peer.take(ack(2, 6));
    expect(peer.node.appliedIndex).toBe(6);
    peer.node.proposeConfChange(change);
    expect(objection(peer)?.objection).toBe(expected);
  });

  test("row 119: validation can be disabled", () => {
    const peer = leader({ ...THREE, disableConfChangeValidation: true });
    peer.node.proposeConfChange(addFour);
    peer.node.proposeConfChange(swap);
    peer.run();
    expect(typesOf(peer)).toEqual(["conf-change-v2", "conf-change-v2"]);
    expect(objection(peer)).toBeUndefined();
  });

  test("row 116: of version 1 an entry carries one change", () => {
    const peer = leader();
    peer.take(ack(2, 1));
    expect(() => peer.node.proposeConfChange(swap, "conf-change")).toThrow("version 1");
    peer.node.proposeConfChange(addFour, "conf-change");
    const sent = peer.run();
    expect(sent[0]?.entries[0]?.type).toBe("conf-change");
    const carried: ConfChange = decodeConfChange(sent[0]?.entries[0]?.data ?? null);
    expect(carried).toEqual(addFour);
  });

  test("what could not be applied is known before it is proposed", () => {
    const { node } = leader();
    expect(node.objectionToConfChange(addFour)).toBeUndefined();
    expect(node.objectionToConfChange(leave)).toBe("not-joint");
    expect(
      leader({ voters: [1] }).node.objectionToConfChange(
        makeConfChange([{ type: "remove-node", nodeId: id(1) }]),
      ),
    ).toBe("removed-all-voters");
  });
});

test("row 142: while leadership is handed over proposals are refused", () => {
  const peer = leader();
  peer.node.transferLeader(id(3));
  expect(peer.node.propose(bytes("x"))).toBe("transfer-in-progress");
});
