// That a snapshot is not accepted for another group, or for older data, is shown by `sim/guards`.
import { expect, test } from "vitest";
import { appended, forgePeer, mail, said } from "../../../test/oracle-fixture.ts";
import { CurrentSnapshots } from "./current-snapshots.ts";

const ONE = forgePeer(1);
const STARTS = { starts: ONE };
const epoch = { version: 1, confVer: 3 };
const region = { id: 7, epoch, peers: [{ id: 1 }, { id: 2 }] };
const ENDED = appended(ONE, { kind: "tombstone", life: 1, tombstone: {} });

const asked = (kind: string, more: object = {}) =>
  mail("peerActor", ONE, { kind, from: 2, to: 1, transfer: 5, region, index: 9, ...more });
const answers = (kind: string, more: object = {}) =>
  mail("gateActor", ONE, { kind: "send", mail: { kind, to: 2, transfer: 5, epoch, ...more } });
const slot = mail("governorActor", ONE, {
  kind: "acquire-slot",
  direction: "receive",
  holder: ONE.address,
});
const OFFER = asked("snapshot-offer");
const ACCEPTS = answers("snapshot-verdict");

test("whoever is asked while it goes on may accept, and its answer may leave after its end", () => {
  expect(said(CurrentSnapshots, STARTS, OFFER, slot, ACCEPTS)).toEqual([]);
  expect(said(CurrentSnapshots, STARTS, OFFER, slot, ENDED, ACCEPTS)).toEqual([]);
});

test("who has ended accepts nothing", () => {
  expect(said(CurrentSnapshots, STARTS, OFFER, ENDED, slot, ACCEPTS)).toEqual([
    "store-1: life 1 of 7 accepted a snapshot",
  ]);
  expect(said(CurrentSnapshots, STARTS, OFFER, ENDED, ACCEPTS)).toHaveLength(1);
  const refuses = answers("snapshot-verdict", { refusal: "not-ready" });
  expect(said(CurrentSnapshots, STARTS, OFFER, ENDED, slot, refuses)).toEqual([]);
});

test("who has ended takes no piece that comes then, and installs nothing that is complete then", () => {
  const piece = asked("snapshot-chunk", { sequence: 3 });
  const takes = answers("snapshot-ack", { sequence: 3 });
  expect(said(CurrentSnapshots, STARTS, piece, ENDED, takes)).toEqual([]);
  expect(said(CurrentSnapshots, STARTS, ENDED, piece, takes)).toHaveLength(1);
  const end = asked("snapshot-end");
  const installs = answers("snapshot-result");
  expect(said(CurrentSnapshots, STARTS, end, ENDED, installs)).toEqual([]);
  expect(said(CurrentSnapshots, STARTS, ENDED, end, installs)).toHaveLength(1);
});

test("what an actor handed to the log before it failed is installed, but not in the next one's life", () => {
  const installs = appended(ONE, { kind: "install", life: 1, generation: 3 });
  const [ends, next] = [{ ends: ONE }, { starts: { ...ONE, address: forgePeer(4).address } }];
  expect(said(CurrentSnapshots, STARTS, ends, installs)).toEqual([]);
  expect(said(CurrentSnapshots, STARTS, ends, next, installs)).toEqual([
    "store-1: life 1 of 7 installed generation 3",
  ]);
});
