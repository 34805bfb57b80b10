import {
  FIRST_EPOCH,
  type Region,
  toPeerId,
  toRegionId,
  WHOLE_RANGE,
} from "@multiraft/pd/protocol";
import type { ActorContext, Address } from "@multiraft/runtime";
import { expect, test } from "vitest";
import type { LogHandle } from "../log/log-handle.ts";
import type { Life } from "../log/record.ts";
import type { PeerMail } from "../peer/peer-mail.ts";
import type { LogIndex } from "../raft/index.ts";
import { LifeBook, newEntry } from "./life-book.ts";
import type { RegistryMail } from "./registry-mail.ts";
import { SplitChildren } from "./split-children.ts";
import { TombstoneBook } from "./tombstone-book.ts";

const INDEX = 38 as LogIndex;
const PARENT = 3 as Life;
const address: Address<PeerMail> = { slot: 5, incarnation: 1 } as Address<PeerMail>;

function aParent(ownChildren: number) {
  const told: PeerMail[] = [];
  const durable: (() => void)[] = [];
  const lives = new LifeBook(true);
  const parent = newEntry(PARENT, toRegionId(1), toPeerId(309), FIRST_EPOCH, 0);
  lives.add(parent);
  const children = new SplitChildren({
    context: {
      tell: (_to: unknown, mail: PeerMail) => told.push(mail),
    } as unknown as ActorContext<RegistryMail>,
    log: {
      append: (_records: unknown, then: () => void) => durable.push(then),
      afterAll: (then: () => void) => durable.push(then),
    } as unknown as LogHandle<RegistryMail>,
    lives,
    tombstones: new TombstoneBook(),
    admit: ({ region, peerId }) => {
      const child = newEntry(9 as Life, region.id, peerId, region.epoch, 0);
      lives.add(child);
      return child;
    },
    settled: () => undefined,
    count: () => undefined,
  });
  const region: Region = { id: toRegionId(334), range: WHOLE_RANGE, epoch: FIRST_EPOCH, peers: [] };
  const own = [{ region, peerId: toPeerId(335) }].slice(0, ownChildren);
  const applied = () =>
    children.applied(parent, {
      kind: "split-applied",
      life: PARENT,
      index: INDEX,
      children: own,
      campaigns: false,
    });
  const runs = () => {
    parent.state = { kind: "running", address };
    children.started(parent);
  };
  const becomesDurable = () => {
    for (const then of durable.splice(0)) then();
  };
  /** A replica of the child was here before the split, and its files are bad. */
  const childIsDamaged = (isGivenUp: boolean) => {
    const child = newEntry(9 as Life, region.id, toPeerId(335), region.epoch, 0);
    child.state = { kind: "damaged", reason: "its files are bad", isGivenUp };
    lives.add(child);
  };
  const owed = () => children.owedBy(PARENT);
  const recorded = () => told.filter(({ kind }) => kind === "split-recorded");
  const toldOwed = () => told.findLast(({ kind }) => kind === "owed-children");
  const settles = () => children.settle(toRegionId(334), "has-its-data");
  return { applied, runs, becomesDurable, recorded, childIsDamaged, owed, toldOwed, settles };
}

const SAID = [{ kind: "split-recorded", index: INDEX }];

test.each([0, 1])(
  "a parent with %d children here hears that its split is recorded, although it applied it before it was known to run",
  (ownChildren) => {
    const { applied, runs, becomesDurable, recorded } = aParent(ownChildren);
    applied();
    becomesDurable();
    expect(recorded()).toEqual([]);
    runs();
    expect(recorded()).toEqual(SAID);
    runs();
    expect(recorded()).toEqual(SAID);
  },
);

test.each([0, 1])("one that runs hears it with the record, %d children here", (ownChildren) => {
  const { applied, runs, becomesDurable, recorded } = aParent(ownChildren);
  runs();
  applied();
  becomesDurable();
  expect(recorded()).toEqual(SAID);
});

test("not before the record is durable", () => {
  const { applied, runs, becomesDurable, recorded } = aParent(1);
  applied();
  runs();
  expect(recorded()).toEqual([]);
  becomesDurable();
  expect(recorded()).toEqual(SAID);
});

test("a child that was damaged before its split is applied does not hold its parent", () => {
  const { applied, runs, becomesDurable, childIsDamaged, owed } = aParent(1);
  runs();
  childIsDamaged(true);
  applied();
  expect(owed()).toEqual([334]);
  becomesDurable();
  // And then the record that it is settled.
  becomesDurable();
  expect(owed()).toEqual([]);
});

test("one that only got no actor is owed its data: opened again, the store may have a place for it", () => {
  const { applied, runs, becomesDurable, childIsDamaged, owed } = aParent(1);
  runs();
  childIsDamaged(false);
  applied();
  becomesDurable();
  becomesDurable();
  expect(owed()).toEqual([334]);
});

test("a parent owes a child until it is durable that it does not", () => {
  const { applied, runs, becomesDurable, toldOwed, settles } = aParent(1);
  applied();
  becomesDurable();
  settles();
  // Opened again meanwhile: a crash now would make the child ask for the parent's data once more.
  runs();
  expect(toldOwed()).toEqual({ kind: "owed-children", regionIds: [334] });
  becomesDurable();
  expect(toldOwed()).toEqual({ kind: "owed-children", regionIds: [] });
});
