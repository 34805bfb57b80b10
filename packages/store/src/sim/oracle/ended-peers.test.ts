import { expect, test } from "vitest";
import { appended, forgePeer, mail, said } from "../../../test/oracle-fixture.ts";
import { EndedPeers } from "./ended-peers.ts";

const STORE = forgePeer(1);
const REGION = { regionId: 7 };

const tombstone = (peerId: number, confVer: number, removedPeerIds: readonly number[] = []) => ({
  ...REGION,
  peerId,
  epoch: { version: 1, confVer },
  removedPeerIds,
});
const ended = (...known: Parameters<typeof tombstone>) =>
  appended(STORE, { kind: "tombstone", life: 1, tombstone: tombstone(...known) });
const begins = (peerId: number, confVer: number, regionId = 7) =>
  appended(STORE, { kind: "life", life: 2, regionId, peerId, epoch: { version: 1, confVer } });
const readsLog = (...tombstones: readonly object[]) =>
  mail("registryActor", STORE, {
    kind: "recovered",
    outcome: { kind: "reply", value: { tombstones } },
  });

test("a later peer begins by the word of who knows as much, and whoever has a region of its own", () => {
  expect(said(EndedPeers, ended(5, 3), begins(6, 3), begins(4, 1, 8))).toEqual([]);
});

test("no peer begins whose id has ended or was removed", () => {
  expect(said(EndedPeers, ended(5, 3), begins(5, 9))).toEqual([
    "store-1: peer 5 of region 7 begins, and 5 has ended",
  ]);
  expect(said(EndedPeers, ended(5, 3, [8]), begins(7, 9))).toHaveLength(1);
  expect(said(EndedPeers, ended(5, 3), ended(4, 4), begins(5, 9))).toHaveLength(1);
});

test("no peer begins by the word of who knows less than what ended", () => {
  expect(said(EndedPeers, ended(5, 3), begins(6, 2))).toEqual([
    "store-1: peer 6 of region 7 begins by the word of an older epoch",
  ]);
});

test("after a restart what counts is what the log says", () => {
  expect(said(EndedPeers, ended(5, 3), readsLog(), begins(5, 1))).toEqual([]);
  expect(said(EndedPeers, readsLog(tombstone(5, 3)), begins(5, 3))).toHaveLength(1);
});
