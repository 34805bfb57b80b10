// What a leader tells the placement driver and those who were removed, and when: with a node that says what a test
// wants it to say.
import type { Key, PdMail, PdOrder, PeerId, Region } from "@multiraft/pd/protocol";
import { beforeEach, describe, expect, test } from "vitest";
import type { LogIndex, RaftNode } from "../raft/index.ts";
import type { RemovedPeer } from "../region/membership.ts";
import type { Tablet } from "../tablet/tablet.ts";
import type { AsyncWork } from "./async-work.ts";
import { Leadership } from "./leadership.ts";
import type { PeerMail } from "./peer-mail.ts";
import { DEFAULT_TUNING } from "./tuning.ts";

const SELF = 1 as PeerId;
const EPOCH = { version: 1, confVer: 3 };
const HEARTBEAT_TICKS = DEFAULT_TUNING.heartbeatMs / DEFAULT_TUNING.tickMs;

type Role = "voter" | "learner";

let isLeader: boolean;
let mayChangeMembership: boolean;
let appliedIndex: number;
/** Commit index that each peer has reported, and whether it gets appends as they come. */
let peers: Map<number, { committedIndex: number; state: "replicate" | "probe" }>;
let region: Region;
let removedPeers: RemovedPeer[];
let reports: (PdMail & { kind: "region-heartbeat" })[];
let ordered: number[];
let proposed: number;
/** What the driver was asked, and whoever waits for its answer. */
let asked: { readonly report: PdMail; readonly answer: (isAccepted: boolean) => void }[];
let sizeBytes: number;
/** Of the tablet; undefined where it has no two halves. */
let middle: Key | undefined;
let middlesLookedFor: number;
let leadership: Leadership;

const work = {
  ask: (_to: unknown, report: PdMail, _options: unknown, then: (outcome: unknown) => void) =>
    asked.push({
      report,
      answer: (isAccepted) => then({ kind: "reply", value: { isAccepted } }),
    }),
};

const node = {
  get isLeader() {
    return isLeader;
  },
  get mayChangeMembership() {
    return mayChangeMembership;
  },
  get appliedIndex() {
    return appliedIndex as LogIndex;
  },
  firstIndex: 1,
  term: 2,
  progressOf: (id: number) => {
    const peer = peers.get(id);
    if (peer === undefined) return undefined;
    const { committedIndex, state } = peer;
    return { flow: { state }, match: 10, committedIndex };
  },
  proposeConfChange: () => {
    proposed += 1;
  },
} as unknown as RaftNode;

beforeEach(() => {
  isLeader = true;
  mayChangeMembership = true;
  appliedIndex = 5;
  peers = new Map([2, 3].map((id) => [id, { committedIndex: 5, state: "replicate" }]));
  removedPeers = [];
  reports = [];
  ordered = [];
  proposed = 0;
  asked = [];
  sizeBytes = 0;
  middle = "m" as Key;
  middlesLookedFor = 0;
  setRegion(["voter", "voter", "voter"]);
  begin(0);
});

function begin(hibernateAfterMs: number): void {
  const tablet = {
    get meta() {
      return { region, removedPeers, appliedIndex };
    },
    get approximateSizeBytes() {
      return sizeBytes;
    },
    approximateKeys: 0,
    middleKey: () => {
      middlesLookedFor += 1;
      return middle;
    },
  } as unknown as Tablet;
  leadership = new Leadership(
    {
      self: {} as never,
      peerId: SELF,
      node,
      tablet,
      pd: {} as never,
      tell: (mail) => reports.push(mail as never),
      sendTo: ({ id }) => ordered.push(id),
      propose: () => undefined,
    },
    work as unknown as AsyncWork<PeerMail>,
    { ...DEFAULT_TUNING, hibernateAfterMs },
  );
  for (const id of [2, 3]) leadership.heard(id as PeerId);
  leadership.changed();
  leadership.onTurnEnd();
  reports = [];
}

/** Peers 1, 2, 3 … on stores of the same numbers. */
function setRegion(roles: readonly Role[]): void {
  const all = roles.map((role, place) => ({ id: place + 1, storeId: place + 1, role }));
  region = { id: 1, epoch: EPOCH, peers: all } as unknown as Region;
}

function know(...ids: readonly number[]): void {
  for (const id of ids) peers.set(id, { committedIndex: appliedIndex, state: "replicate" });
}

function orderRemoval(peerId: number): void {
  leadership.onOrder({ epoch: EPOCH, step: { kind: "remove-peer", peerId } } as PdOrder);
}

describe("a report", () => {
  test("of a change goes out at the end of the turn, once", () => {
    appliedIndex = 7;
    know(2, 3);
    leadership.regionChanged();
    leadership.onTurnEnd();
    leadership.onTurnEnd();
    expect(reports).toMatchObject([{ kind: "region-heartbeat", pendingPeers: [] }]);
  });

  test("waits for a majority that knows of the change, however long that takes", () => {
    appliedIndex = 7;
    leadership.regionChanged();
    leadership.onTurnEnd();
    for (let tick = 0; tick < 2 * HEARTBEAT_TICKS; tick += 1) leadership.onTick();
    expect(reports).toEqual([]);
    know(2);
    leadership.onTurnEnd();
    expect(reports).toMatchObject([{ pendingPeers: [3] }]);
  });

  test("waits while a change of membership would be lost, but not for ever", () => {
    mayChangeMembership = false;
    leadership.changed();
    leadership.onTurnEnd();
    expect(reports).toEqual([]);
    for (let tick = 0; tick < HEARTBEAT_TICKS; tick += 1) leadership.onTick();
    expect(reports).toHaveLength(1);
  });

  test("says who is behind, and again when that has changed", () => {
    peers.set(3, { committedIndex: 5, state: "probe" });
    leadership.onTick();
    expect(reports).toMatchObject([{ pendingPeers: [3] }]);
    know(3);
    leadership.onTurnEnd();
    expect(reports.at(-1)).toMatchObject({ pendingPeers: [] });
  });

  test("is bounded between two ticks", () => {
    for (let change = 0; change < 100; change += 1) {
      leadership.changed();
      leadership.onTurnEnd();
    }
    expect(reports.length).toBeLessThan(10);
    leadership.onTick();
    leadership.changed();
    leadership.onTurnEnd();
    expect(reports.length).toBeGreaterThan(8);
  });

  test("comes from leaders alone", () => {
    isLeader = false;
    leadership.changed();
    leadership.onTurnEnd();
    for (let tick = 0; tick < HEARTBEAT_TICKS; tick += 1) leadership.onTick();
    expect(reports).toEqual([]);
  });
});

describe("who was removed", () => {
  beforeEach(() => {
    appliedIndex = 7;
    removedPeers = [{ peerId: 4, storeId: 4 } as unknown as RemovedPeer];
    leadership.regionChanged();
  });

  test("is told when a majority of who is left knows it, and not before", () => {
    leadership.onTurnEnd();
    for (let tick = 0; tick < HEARTBEAT_TICKS; tick += 1) leadership.onTick();
    expect(ordered).toEqual([]);
    know(3);
    leadership.onTurnEnd();
    expect(ordered).toEqual([4]);
  });

  test("is reminded until he answers", () => {
    know(2, 3);
    leadership.onTurnEnd();
    for (let tick = 0; tick < HEARTBEAT_TICKS; tick += 1) leadership.onTick();
    expect(ordered.length).toBeGreaterThan(1);
  });
});

describe("an order to remove", () => {
  test("is carried out where who is left can go on", () => {
    orderRemoval(3);
    expect(proposed).toBe(1);
  });

  test("is left to be repeated where too few would be left: silent, or behind", () => {
    for (let tick = 0; tick <= DEFAULT_TUNING.electionTicks; tick += 1) leadership.onTick();
    leadership.heard(3 as PeerId);
    orderRemoval(3);
    expect(proposed).toBe(0);
    orderRemoval(2);
    expect(proposed).toBe(1);
    peers.set(3, { committedIndex: 5, state: "probe" });
    orderRemoval(2);
    expect(proposed).toBe(1);
  });

  test("of all but itself needs nobody", () => {
    setRegion(["voter", "voter"]);
    peers.clear();
    orderRemoval(2);
    expect(proposed).toBe(1);
  });
});

describe("a group is at rest", () => {
  beforeEach(() => begin(500));

  function answerLast(isAccepted = true): void {
    asked.at(-1)?.answer(isAccepted);
  }

  function untilNextReport(): void {
    for (let tick = 0; tick < HEARTBEAT_TICKS; tick += 1) {
      for (const id of [2, 3]) leadership.heard(id as PeerId);
      leadership.onTick();
    }
  }

  test("when the driver has accepted what it would be told", () => {
    expect(asked).toHaveLength(1);
    expect(leadership.isGroupAtRest).toBe(false);
    answerLast();
    expect(leadership.isGroupAtRest).toBe(true);
    expect(reports).toEqual([]);
  });

  test("not when the report was lost, refused, or is of before: then another one comes", () => {
    answerLast(false);
    expect(leadership.isGroupAtRest).toBe(false);
    untilNextReport();
    expect(asked).toHaveLength(2);
    sizeBytes = 7;
    answerLast();
    expect(leadership.isGroupAtRest).toBe(false);
    untilNextReport();
    asked[1]?.answer(true);
    expect(leadership.isGroupAtRest).toBe(false);
    answerLast();
    expect(leadership.isGroupAtRest).toBe(true);
  });

  test("not when the driver was told of somebody who is pending, and not yet that he is not", () => {
    answerLast();
    peers.set(3, { committedIndex: 5, state: "probe" });
    leadership.onTick();
    answerLast();
    know(3);
    expect(leadership.isGroupAtRest).toBe(false);
    leadership.onTick();
    expect(leadership.isGroupAtRest).toBe(false);
    answerLast();
    expect(leadership.isGroupAtRest).toBe(true);
  });

  test.each([
    ["leads no more", () => void setLeader(false)],
    ["has to remind somebody", () => void removedPeers.push({ peerId: 4 } as never)],
    ["is to be split", () => void setSize(DEFAULT_TUNING.regionSizeBytes + 1)],
    [
      "has a follower that is behind",
      () => void peers.set(3, { committedIndex: 5, state: "probe" }),
    ],
    ["has to tell of a change", () => leadership.regionChanged()],
  ])("not when it %s", (_what, happens) => {
    answerLast();
    happens();
    expect(leadership.isGroupAtRest).toBe(false);
  });

  test("though it is large, once it is known to have no two halves: nobody looks again before a change", () => {
    middle = undefined;
    sizeBytes = DEFAULT_TUNING.regionSizeBytes + 1;
    untilNextReport();
    answerLast();
    expect([leadership.isGroupAtRest, middlesLookedFor]).toEqual([true, 1]);
    untilNextReport();
    answerLast();
    expect([leadership.isGroupAtRest, middlesLookedFor]).toEqual([true, 1]);
    appliedIndex = 6;
    know(2, 3);
    expect(leadership.isGroupAtRest).toBe(false);
    untilNextReport();
    answerLast();
    expect([leadership.isGroupAtRest, middlesLookedFor]).toEqual([true, 2]);
  });

  test("not before all have been heard of since it woke, and again while they are", () => {
    answerLast();
    leadership.woke();
    leadership.heard(2 as PeerId);
    expect(leadership.isGroupAtRest).toBe(false);
    leadership.heard(3 as PeerId);
    expect(leadership.isGroupAtRest).toBe(true);
    for (let tick = 0; tick <= DEFAULT_TUNING.electionTicks; tick += 1) {
      leadership.heard(2 as PeerId);
      leadership.onTick();
      answerLast();
    }
    expect(leadership.isGroupAtRest).toBe(false);
  });
});

function setLeader(leads: boolean): void {
  isLeader = leads;
}

function setSize(bytes: number): void {
  sizeBytes = bytes;
}
