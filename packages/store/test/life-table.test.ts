// Walks the whole life table: for every state and class of mail a real replica is brought into the
// state, is sent the mail, and what happened is compared with what the table says.

import {
  FIRST_EPOCH,
  keyFromText,
  type PeerId,
  type Region,
  type RegionId,
  toPeerId,
  toRegionId,
  toStoreId,
  WHOLE_RANGE,
} from "@multiraft/pd/protocol";
import { type Address, assert, defineActor, type MessageShape } from "@multiraft/runtime";
import { describe, expect, test } from "vitest";
import {
  classOf,
  type Disposition,
  LIFE_TABLE,
  type LifeStateName,
  type MailClass,
} from "../src/peer/life-table.ts";
import type { PeerMail, PeerStatus } from "../src/peer/peer-mail.ts";
import { type LogIndex, makeMessage, type Term } from "../src/raft/index.ts";
import { confStateOf } from "../src/region/first-state.ts";
import { sentRegionMail } from "../src/sim/shadow.ts";
import { World } from "../src/sim/world.ts";
import { checksumOf } from "../src/snapshot/file-jobs.ts";
import type { RegionMail, RegionMailHead } from "../src/transport/region-mail.ts";

const STORE = toStoreId(1);
const FAR = toStoreId(2);
const SENDER = toPeerId(999);

type Subject = {
  readonly world: World;
  readonly region: Region;
  readonly peerId: PeerId;
  readonly address: Address<PeerMail>;
  /** Lets it leave `opening`. */
  readonly release: () => void;
  /** An actor that keeps what it gets. */
  readonly sink: Address<PeerMail>;
  readonly sunk: string[];
  /** What the subject sent to other stores. */
  readonly sent: RegionMail[];
};

const SUBJECTS: Readonly<Record<LifeStateName, () => Subject>> = {
  opening: () => {
    const { world } = liveSubject();
    const opening = () =>
      world.system.hold(({ kind, actor }) => kind === "perform-start" && actor === "peerActor");
    world.crashStore(STORE);
    const hold = opening();
    world.restartStore(STORE);
    return subjectOf(world, toRegionId(1), firstRegion(world), () => {
      hold.release();
      world.settle();
    });
  },
  uninitialized: uninitializedSubject,
  initialising: () => receiving(uninitializedSubject()),
  live: liveSubject,
  installing: () => receiving(liveSubject()),
  removing: () => {
    const subject = liveSubject();
    const { world, address } = subject;
    // The registry does not hear of it: the replica stays as it is.
    world.system.hold((one) => one.kind === "mail" && one.message.kind === "retire");
    tell(subject, { kind: "superseded", by: toPeerId(5_000), epoch: FIRST_EPOCH });
    assert(address !== undefined, "no address");
    return subject;
  },
};

function firstRegion(world: World): Region {
  const [peer] = world.tablets().map(({ meta }) => meta.region);
  assert(peer !== undefined, "no first region");
  return peer;
}

function liveSubject(): Subject {
  const world = new World({ stores: 1, seed: 5 });
  const region = world.bootstrap([1]);
  expect(world.mustLead(region.id)).toBe(1);
  world.ticks(8);
  return subjectOf(world, region.id, region);
}

function uninitializedSubject(): Subject {
  const world = new World({ stores: 1, seed: 6 });
  const peer = { id: toPeerId(500), storeId: STORE, role: "voter" as const };
  const other = { id: SENDER, storeId: FAR, role: "voter" as const };
  const id = toRegionId(50);
  const region = { id, range: WHOLE_RANGE, epoch: FIRST_EPOCH, peers: [peer, other] };
  const message = makeMessage({ type: "MsgHeartbeat", from: SENDER, to: peer.id, term: 1 as Term });
  const mail = { ...headOf(id, peer.id), kind: "raft" as const, message };
  world.system.tell(world.store(STORE).gate, { kind: "receive", mail });
  world.settle();
  return subjectOf(world, id, region);
}

function receiving(subject: Subject): Subject {
  tell(subject, offerTo(subject, 77));
  return subject;
}

function subjectOf(
  world: World,
  regionId: RegionId,
  region: Region,
  release: () => void = () => undefined,
): Subject {
  const life = world.lifeOn(STORE, regionId);
  assert(life?.address !== undefined, "no replica");
  const sunk: string[] = [];
  const sent: RegionMail[] = [];
  const sink = world.system.spawn("store-1", sinkActor(sunk), undefined);
  const { address, peerId } = life;
  world.system.lookOn({
    handling: (mail) => {
      const regionMail = sentRegionMail(mail);
      if (regionMail !== undefined && mail.from?.slot === address.slot)
        sent.push(regionMail as RegionMail);
    },
  });
  return { world, region, peerId, address, release, sink, sunk, sent };
}

function sinkActor(sunk: string[]) {
  return defineActor<PeerMail & MessageShape, undefined>({
    url: import.meta.url,
    name: "sink",
    create: () => ({ receive: ({ kind }) => void sunk.push(kind) }),
  });
}

function headOf(regionId: RegionId, to: PeerId): RegionMailHead {
  return { regionId, fromStore: FAR, toStore: STORE, from: SENDER, to, epoch: FIRST_EPOCH };
}

function offerTo({ region, peerId }: Subject, transfer: number): PeerMail {
  const head = headOf(region.id, peerId);
  return { ...head, kind: "snapshot-offer", transfer, region, index: 900, term: 6, sizeBytes: 1 };
}

/** One of each class that is told; those of clients and inspection are asked. */
function mailOf(subject: Subject, mailClass: MailClass): PeerMail {
  const { region, peerId, sink } = subject;
  const head = headOf(region.id, peerId);
  const raft = { from: SENDER, to: peerId, term: 1 as Term };
  switch (mailClass) {
    case "raft":
      return { ...head, kind: "raft", message: makeMessage({ ...raft, type: "MsgHeartbeat" }) };
    case "append":
      return { ...head, kind: "raft", message: makeMessage({ ...raft, type: "MsgApp" }) };
    case "snapshot-in":
      return offerTo(subject, 78);
    case "snapshot-out":
      return { ...head, kind: "snapshot-ack", transfer: 3, sequence: 0 };
    case "client":
      return { kind: "get", version: region.epoch.version, key: keyFromText("a") };
    case "order": {
      const step = { kind: "split" as const, keys: [] };
      const { epoch, id: regionId } = region;
      return { kind: "pd-order", operatorId: 1, regionId, epoch, step };
    }
    case "initialise":
      return { kind: "initialise", region, source: undefined, campaigns: false };
    case "end":
      return { kind: "superseded", by: toPeerId(5_000), epoch: FIRST_EPOCH };
    case "split-notice":
      return { kind: "split-recorded", index: 3 as LogIndex };
    case "copy-request":
      return { kind: "copy-request", child: sink, region, transfer: 4 };
    case "copy-out":
      return { kind: "copy-ack", childRegionId: region.id, transfer: 4, sequence: 0 };
    case "copy-in":
      return { kind: "copy-refused", transfer: 4_000, reason: "test" };
    case "log-notice":
      return { kind: "log-failed", code: "TEST", message: "test" };
    case "inspect":
      return { kind: "peer-status" };
    case "sleep":
      return { ...head, kind: "wake-up" };
    case "own":
      return { kind: "tick" };
  }
}

function tell({ world, address }: Subject, mail: PeerMail): void {
  world.system.tell(address, mail);
  world.settle();
}

function statusOf({ world, address }: Subject): PeerStatus {
  return world.answer(address, { kind: "peer-status" }) as PeerStatus;
}

const STATES = Object.keys(LIFE_TABLE) as LifeStateName[];
const CELLS = STATES.flatMap((state) =>
  (Object.entries(LIFE_TABLE[state]) as [MailClass, Disposition][]).map(
    ([mailClass, disposition]) => [state, mailClass, disposition] as const,
  ),
);

test.each(CELLS)("a replica that is %s, sent %s: %s", (state, mailClass, disposition) => {
  const subject = SUBJECTS[state]();
  expect(statusOf(subject).state).toBe(state);
  subject.sent.length = 0;
  const mail = mailOf(subject, mailClass);
  expect(classOf(mail)).toBe(mailClass);
  const EXPECTED: Record<Disposition, () => void> = {
    handle: () => expectHandled(subject, state, mail),
    park: () => expectParked(subject, state, mail),
    answer: () => expectAnswered(subject, state, mail),
    drop: () => expectDropped(subject, state, mail),
    impossible: () => expectImpossible(subject, mail),
  };
  EXPECTED[disposition]();
  subject.release();
  subject.world.finish();
});

/** Counted: it went no further. */
function refusals(subject: Subject, state: LifeStateName, mail: PeerMail): number {
  return statusOf(subject).counts[`${state}: ${mail.kind}`] ?? 0;
}

function expectHandled(subject: Subject, state: LifeStateName, mail: PeerMail): void {
  const { world, address } = subject;
  if (mail.kind === "peer-status") return expect(statusOf(subject).state).toBe(state);
  if (mail.kind === "get") {
    const handle = world.system.ask(address, mail as never);
    world.ticks(3);
    return expect(handle.outcome).toMatchObject({ value: { kind: "value" } });
  }
  tell(subject, mail);
  if (mail.kind === "log-failed")
    return expect(world.system.endOf(address)).toMatchObject({
      error: { message: "the log failed: test" },
    });
  const isEnded = world.system.endOf(address) !== undefined;
  expect(isEnded).toBe(mail.kind === "superseded");
  expect(world.system.thrown).toEqual([]);
  if (!isEnded) expect(refusals(subject, state, mail)).toBe(0);
  // A snapshot that is on its way in brings more than the split would.
  const next = state === "initialising" ? state : "live";
  if (mail.kind === "initialise") expect(statusOf(subject).state).toBe(next);
  if (mail.kind === "copy-request") expect(subject.sunk).toContain("copy-end");
}

function expectParked(subject: Subject, state: LifeStateName, mail: PeerMail): void {
  tell(subject, mail);
  expect(refusals(subject, state, mail)).toBe(0);
  expect(statusOf(subject).state).toBe(state);
  subject.release();
  // Handled in the state that it has come to by now.
  if (mail.kind === "copy-request") expect(subject.sunk).toContain("copy-end");
  else if (mail.kind === "initialise") expect(refusals(subject, "live", mail)).toBe(1);
  else expect(subject.world.system.endOf(subject.address)).toEqual({ kind: "stopped" });
}

function expectAnswered(subject: Subject, state: LifeStateName, mail: PeerMail): void {
  const { world, address, sunk, sent } = subject;
  if (mail.kind === "get") {
    const handle = world.system.ask(address, mail as never);
    world.settle();
    const kinds = ["not-leader", "busy", "region-not-found"];
    expect(kinds).toContain((handle.outcome as { value?: { kind: string } }).value?.kind);
  } else tell(subject, mail);
  expect(refusals(subject, state, mail)).toBe(1);
  if (mail.kind === "copy-request") expect(sunk).toEqual(["copy-refused"]);
  if (mail.kind === "snapshot-offer")
    expect(sent).toMatchObject([{ kind: "snapshot-verdict", refusal: "not-ready" }]);
}

function expectDropped(subject: Subject, state: LifeStateName, mail: PeerMail): void {
  tell(subject, mail);
  expect(refusals(subject, state, mail)).toBe(1);
  expect(subject.sent).toEqual([]);
  expect(statusOf(subject).state).toBe(state);
}

function expectImpossible(subject: Subject, mail: PeerMail): void {
  tell(subject, mail);
  // What it has set going comes back before it has ended.
  subject.release();
  expect(subject.world.system.endOf(subject.address)).toMatchObject({
    error: { name: "RangeError" },
  });
}

describe("what a message owns goes back with it", () => {
  test.each(STATES)("a piece of a snapshot that nobody expects, %s", (state) => {
    const subject = SUBJECTS[state]();
    const { world, address, region, peerId } = subject;
    expect(statusOf(subject).state).toBe(state);
    const payload = world.system.allocatePayload(64);
    const checksum = checksumOf(payload.bytes);
    const piece = { sequence: 0, file: "", offsetBytes: 0, checksum, isPairs: true };
    const head = headOf(region.id, peerId);
    const mail = { ...head, kind: "snapshot-chunk" as const, transfer: 12_345, ...piece };
    world.system.tell(address, mail, { payload });
    world.settle();
    expect(world.system.openThings().filter((thing) => thing.includes("payload"))).toEqual([]);
    subject.release();
    world.finish();
  });

  test("a snapshot that says it is for nobody here is refused by its membership", () => {
    const subject = uninitializedSubject();
    const peers = subject.region.peers.filter(({ id }) => id !== subject.peerId);
    const region = { ...subject.region, peers };
    expect(confStateOf(region).voters).not.toContain(subject.peerId);
    tell({ ...subject }, { ...offerTo(subject, 5), region } as PeerMail);
    expect(subject.sent).toMatchObject([{ kind: "snapshot-verdict", refusal: "not-a-member" }]);
    expect(statusOf(subject).state).toBe("uninitialized");
    subject.world.finish();
  });
});
