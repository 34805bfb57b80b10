import { type Region, toPeerId, toRegionId, toStoreId, WHOLE_RANGE } from "@multiraft/pd/protocol";
import { expect, test } from "vitest";
import { refuseSnapshot, type SnapshotClaim, type SnapshotHost } from "./admission.ts";

const REGION = toRegionId(1);
const PEER = toPeerId(3);

const region: Region = {
  id: REGION,
  range: WHOLE_RANGE,
  epoch: { version: 2, confVer: 2 },
  peers: [{ id: PEER, storeId: toStoreId(3), role: "voter" }],
};
const CLAIM: SnapshotClaim = { regionId: REGION, to: PEER, region, index: 20 };
const HOST: SnapshotHost = {
  state: "live",
  regionId: REGION,
  peerId: PEER,
  epoch: { version: 2, confVer: 2 },
  appliedIndex: 10,
  owesChildren: false,
};

test.each<[string, Partial<SnapshotClaim>, Partial<SnapshotHost>, string | undefined]>([
  ["newer data for a live replica", {}, {}, undefined],
  ["data for one without any", {}, { state: "uninitialized", epoch: undefined }, undefined],
  ["while it is opened", {}, { state: "opening" }, "not-ready"],
  ["while it ends", {}, { state: "removing" }, "not-ready"],
  ["of another region", { regionId: toRegionId(2) }, {}, "wrong-region"],
  ["that holds another region", { region: { ...region, id: toRegionId(2) } }, {}, "wrong-region"],
  ["for an earlier peer", { to: toPeerId(2) }, {}, "wrong-peer"],
  ["of a group that it is no member of", { region: { ...region, peers: [] } }, {}, "not-a-member"],
  ["of before a split", {}, { epoch: { version: 3, confVer: 2 } }, "stale-epoch"],
  ["of before a change of peers", {}, { epoch: { version: 2, confVer: 3 } }, "stale-epoch"],
  ["as old as what is applied", { index: 10 }, {}, "stale"],
  ["older", { index: 9 }, {}, "stale"],
  ["while children still need the data", {}, { owesChildren: true }, "owes-children"],
])("a snapshot %s", (_, claim, host, refusal) => {
  expect(refuseSnapshot({ ...CLAIM, ...claim }, { ...HOST, ...host })).toBe(refusal);
});
