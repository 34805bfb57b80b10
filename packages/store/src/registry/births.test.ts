// What becomes of a life whose actor does not come to be: with a context that spawns as a test says.
import { FIRST_EPOCH, toPeerId, toRegionId } from "@multiraft/pd/protocol";
import { beforeEach, expect, test } from "vitest";
import type { Generation, Life } from "../log/record.ts";
import { type BirthHost, Births } from "./births.ts";
import { LifeBook, type LifeEntry, newEntry } from "./life-book.ts";

const LIFE = 3 as Life;
const REGION = toRegionId(7);
const ADDRESS = { slot: 1, incarnation: 1 } as never;
const failed = (code: string) => ({ kind: "failed", error: { code, message: code } }) as never;

let spawned: number;
let settled: string[];
let told: unknown[];
let hibernateAfterMs: number;
let lives: LifeBook;
let entry: LifeEntry;
let births: Births;

beforeEach(() => {
  spawned = 0;
  settled = [];
  told = [];
  hibernateAfterMs = 0;
  lives = new LifeBook(true);
  entry = newEntry(LIFE, REGION, toPeerId(101), FIRST_EPOCH, 0);
  lives.add(entry);
  births = new Births({
    context: {
      self: ADDRESS,
      spawn: () => {
        spawned += 1;
      },
      watch: () => undefined,
    },
    config: {
      threads: [],
      storeId: 1,
      get tuning() {
        return { hibernateAfterMs };
      },
    },
    lives,
    children: {
      owedBy: () => [],
      started: () => undefined,
      settle: (_: unknown, why: string) => settled.push(why),
    },
    gates: {
      of: () => ADDRESS,
      placeOf: () => 0,
      tell: (_: unknown, mail: unknown) => told.push(mail),
    },
    endings: { endIfFree: () => undefined },
    deliver: () => undefined,
    refuse: () => undefined,
  } as unknown as BirthHost);
  births.spawn(entry, { kind: "new" });
});

test("a life that got no actor is owed its data, and tried again until it gets one", () => {
  for (let time = 1; time <= 10; time += 1) {
    births.spawned(LIFE, failed("ERR_MULTIRAFT_NO_SLOT"));
    expect(entry.state).toMatchObject({ kind: "damaged", isGivenUp: false });
    births.tryAgain();
    expect(spawned).toBe(1 + time);
  }
  births.spawned(LIFE, { kind: "spawned", address: ADDRESS });
  births.tryAgain();
  expect(entry.state).toMatchObject({ kind: "running" });
  expect([spawned, settled]).toEqual([11, []]);
});

test("one whose spawn is under way is not asked for twice", () => {
  births.tryAgain();
  expect(spawned).toBe(1);
});

test("one that has ended meanwhile is not tried again", () => {
  births.spawned(LIFE, failed("ERR_MULTIRAFT_NO_SLOT"));
  lives.remove(entry);
  births.tryAgain();
  expect(spawned).toBe(1);
});

test("a thread that gave no answer ends the registry: nothing is concluded from it", () => {
  expect(() => births.spawned(LIFE, failed("ERR_MULTIRAFT_SPAWN"))).toThrow(/thread/);
  expect([entry.state.kind, settled]).toEqual(["admitting", []]);
});

test("one that failed too often is given up, and owed no data", () => {
  births.giveUp(entry, "again");
  births.tryAgain();
  expect(entry.state).toMatchObject({ kind: "damaged", isGivenUp: true });
  expect([spawned, settled]).toEqual([1, ["damaged"]]);
});

test("the others of a damaged replica's group are told, again and again, that it is not there", () => {
  const peers = [1, 2, 3].map((id) => ({ id: toPeerId(100 + id), storeId: id, role: "voter" }));
  lives.setRegion(entry, { id: REGION, epoch: FIRST_EPOCH, peers } as never, 1 as Generation);
  // It was read again, to be opened: what it had reported says nothing of its data any more.
  entry.region = undefined;
  births.giveUp(entry, "again");
  births.wakeOthersOfDamaged();
  expect(told).toEqual([]);
  hibernateAfterMs = 1;
  for (let time = 0; time < 2; time += 1) {
    told = [];
    births.wakeOthersOfDamaged();
    expect(told).toMatchObject([
      { kind: "send", mail: { kind: "wake-up", from: 101, to: 102, toStore: 2, fromStore: 1 } },
      { kind: "send", mail: { kind: "wake-up", from: 101, to: 103, toStore: 3, fromStore: 1 } },
    ]);
  }
  told = [];
  entry.state = { kind: "running", address: ADDRESS };
  births.wakeOthersOfDamaged();
  expect(told).toEqual([]);
});
