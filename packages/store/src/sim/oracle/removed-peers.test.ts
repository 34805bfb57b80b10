import { expect, test } from "vitest";
import { appended, forgePeer, mail, said, sent } from "../../../test/oracle-fixture.ts";
import { encodeConfChange, makeConfChange } from "../../raft/index.ts";
import { RemovedPeers } from "./removed-peers.ts";

const ONE = forgePeer(1);
const TWO = forgePeer(2);
const BOTH = [{ starts: ONE }, { starts: TWO }];

function changeOf(type: "add-node" | "remove-node", peerId: number) {
  const data = encodeConfChange(makeConfChange([{ type, nodeId: peerId as never }]));
  const entry = { index: 8, term: 2, type: 2, data };
  return appended(ONE, { kind: "entries", life: 1, entries: [entry] });
}
const retire = mail("registryActor", TWO, {
  kind: "retire",
  life: 2,
  tombstone: { regionId: 7, peerId: 2 },
});

/** What replica one has told its registry: the group as it knows it. */
const known = (confVer: number, ...peerIds: number[]) =>
  mail("registryActor", ONE, {
    kind: "region-changed",
    life: 1,
    region: { id: 7, epoch: { version: 1, confVer }, peers: peerIds.map((id) => ({ id })) },
  });
const asks = (type: string, confVer: number) =>
  mail("peerActor", ONE, {
    kind: "raft",
    from: 2,
    epoch: { version: 1, confVer },
    message: { type, term: 5 },
  });
const answers = (type: string, reject: boolean) =>
  sent(ONE, { type, to: 2, term: 5, from: 1, reject });
const campaign = (confVer: number, reject = false) => [
  asks("MsgVote", confVer),
  answers("MsgVoteResp", reject),
];

test("a replica ends because a change in somebody's log removes it", () => {
  expect(said(RemovedPeers, ...BOTH, changeOf("remove-node", 2), retire)).toEqual([]);
  expect(said(RemovedPeers, ...BOTH, retire)).toEqual([
    "store-2: peer 2 of region 7 ended, and nobody has removed it",
  ]);
  expect(said(RemovedPeers, ...BOTH, changeOf("remove-node", 1), retire)).toHaveLength(1);
  expect(said(RemovedPeers, ...BOTH, changeOf("add-node", 2), retire)).toHaveLength(1);
});

test("who has seen a peer removed refuses its campaign", () => {
  expect(said(RemovedPeers, ...BOTH, known(3, 1), ...campaign(2, true))).toEqual([]);
  expect(said(RemovedPeers, ...BOTH, known(3, 1), ...campaign(2))).toEqual([
    "store-1: peer 1 of region 7 gave its voice to 2, which it has seen removed",
  ]);
  const mildly = [asks("MsgPreVote", 2), answers("MsgPreVoteResp", false)];
  expect(said(RemovedPeers, ...BOTH, known(3, 1), ...mildly)).toHaveLength(1);
});

test("a member has voices, and so has who may have been added since", () => {
  expect(said(RemovedPeers, ...BOTH, known(3, 1, 2), ...campaign(2))).toEqual([]);
  expect(said(RemovedPeers, ...BOTH, known(3, 1), ...campaign(4))).toEqual([]);
  expect(said(RemovedPeers, ...BOTH, ...campaign(2))).toEqual([]);
});

test("what was not known when it was asked first is nothing to go by", () => {
  const [question, answer] = campaign(2);
  const order = [known(2, 1, 2), question, known(3, 1), question, answer];
  expect(said(RemovedPeers, ...BOTH, ...(order as never[]))).toEqual([]);
});
