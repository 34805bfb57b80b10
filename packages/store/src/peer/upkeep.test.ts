import type { RegionId } from "@multiraft/pd/protocol";
import { beforeEach, expect, test } from "vitest";
import type { LogHandle } from "../log/log-handle.ts";
import type { Life } from "../log/record.ts";
import type { LogIndex } from "../raft/index.ts";
import type { Tablet } from "../tablet/tablet.ts";
import type { AsyncWork } from "./async-work.ts";
import type { PeerMail } from "./peer-mail.ts";
import type { ReplicaLog } from "./replica-log.ts";
import { DEFAULT_TUNING } from "./tuning.ts";
import { Upkeep } from "./upkeep.ts";

type Performed = { readonly start: () => unknown; readonly then: (outcome: unknown) => void };

/** A tablet that has applied up to some index, and what the replica was asked to do and when. */
let tablet: { durableIndex: number; isClosed: boolean; meta: Record<string, unknown> };
let performed: (Performed & { readonly name: string })[];
let timers: (() => void)[];
let storage: { base: { index: number }; bytes: number; lastIndex: () => number };
let snapshotsGivenUp: number;
let upkeep: Upkeep;

beforeEach(() => {
  performed = [];
  timers = [];
  storage = { base: { index: 37 }, bytes: 0, lastIndex: () => 37 };
  snapshotsGivenUp = 0;
  const state = { durableIndex: 37, isClosed: false, bufferedBytes: 0 };
  const meta = { appliedIndex: 37, isUntrimmed: false };
  const flush = () => {
    tablet.durableIndex = meta.appliedIndex;
  };
  const trim = () => {
    meta.isUntrimmed = false;
  };
  tablet = Object.assign(state, { meta, flush, trim });
  const work = {
    perform: (name: string, start: () => unknown, then: (outcome: unknown) => void) =>
      performed.push({ name, start, then }),
    after: (_key: string, _delayMs: number, then: () => void) => timers.push(then),
  };
  upkeep = new Upkeep({
    tablet: tablet as unknown as Tablet,
    storage: storage as unknown as ReplicaLog,
    log: {} as LogHandle<PeerMail>,
    life: 1 as Life,
    work: work as unknown as AsyncWork<PeerMail>,
    tuning: DEFAULT_TUNING,
    host: {
      keepAbove: () => 0 as LogIndex,
      giveUpSnapshots: () => {
        snapshotsGivenUp += 1;
      },
      failed: (reason) => {
        throw new Error(reason);
      },
    },
  });
});

function applied(index: number): void {
  tablet.meta["appliedIndex"] = index;
  upkeep.onApplied();
}

function timePasses(): void {
  for (const fire of timers.splice(0)) fire();
}

/** @returns The names of what was done, in order. */
function workIsDone(): string[] {
  const names: string[] = [];
  for (let next = performed.shift(); next !== undefined; next = performed.shift()) {
    names.push(next.name);
    next.start();
    next.then({ kind: "done" });
  }
  return names;
}

test("what is applied becomes durable after a while, however little it is", () => {
  applied(38);
  expect(workIsDone()).toEqual([]);
  timePasses();
  expect(workIsDone()).toEqual(["commit tablet"]);
  expect(tablet.durableIndex).toBe(38);
  expect(timers).toEqual([]);
});

test("what was applied during a commit becomes durable, too, without anything more to apply", () => {
  applied(38);
  timePasses();
  const [commit] = performed;
  commit?.start();
  applied(39);
  timePasses();
  performed.shift()?.then({ kind: "done" });
  expect(tablet.durableIndex).toBe(38);
  timePasses();
  expect(workIsDone()).toEqual(["commit tablet"]);
  expect(tablet.durableIndex).toBe(39);
});

test("a split waits for its record, and is flushed and trimmed when that comes last", () => {
  upkeep.splitApplied(42 as LogIndex);
  upkeep.setOwed([9 as RegionId]);
  tablet.meta["isUntrimmed"] = true;
  applied(42);
  timePasses();
  // The children came up first: nothing may be done yet.
  upkeep.setOwed([]);
  expect(workIsDone()).toEqual([]);
  upkeep.splitRecorded(42 as LogIndex);
  timePasses();
  expect(workIsDone()).toContain("trim tablet");
  timePasses();
  workIsDone();
  expect(tablet.durableIndex).toBe(42);
  expect(tablet.meta["isUntrimmed"]).toBe(false);
});

test("a split that is applied before a commit starts is not made durable by it", () => {
  applied(38);
  timePasses();
  upkeep.splitApplied(39 as LogIndex);
  applied(39);
  expect(workIsDone()).toEqual(["commit tablet"]);
  expect(tablet.durableIndex).toBe(37);
  upkeep.splitRecorded(39 as LogIndex);
  timePasses();
  expect(workIsDone()).toEqual(["commit tablet"]);
  expect(tablet.durableIndex).toBe(39);
});

test("a split that is applied before a trim starts keeps its children's data", () => {
  tablet.meta["isUntrimmed"] = true;
  upkeep.setOwed([]);
  upkeep.splitApplied(39 as LogIndex);
  applied(39);
  expect(workIsDone()).toEqual(["trim tablet"]);
  expect(tablet.meta["isUntrimmed"]).toBe(true);
  upkeep.setOwed([9 as RegionId]);
  upkeep.splitRecorded(39 as LogIndex);
  timePasses();
  expect(workIsDone()).toEqual(["commit tablet"]);
  upkeep.setOwed([]);
  expect(workIsDone()).toEqual(["trim tablet"]);
  expect(tablet.meta["isUntrimmed"]).toBe(false);
});

test("nothing is begun on a tablet that was closed", () => {
  applied(38);
  tablet.isClosed = true;
  timePasses();
  upkeep.splitRecorded(38 as LogIndex);
  expect(workIsDone()).toEqual([]);
  expect(timers).toEqual([]);
});

test.each([
  ["most of it is kept for the snapshot", 2_000, 1],
  ["all of it is the tail that is kept in any case", 140, 0],
])("a snapshot under way and a very long log: %s", (_, lastIndex, givenUp) => {
  storage.bytes = 20 * DEFAULT_TUNING.logBytesMax;
  storage.lastIndex = () => lastIndex;
  applied(lastIndex);
  timePasses();
  workIsDone();
  expect(snapshotsGivenUp).toBe(givenUp);
});

test("it is at rest when all that is applied is durable, and nothing is owed or under way", () => {
  expect(upkeep.isAtRest).toBe(true);
  tablet.meta["appliedIndex"] = 38;
  upkeep.onApplied();
  expect(upkeep.isAtRest).toBe(false);
  timers.shift()?.();
  expect(upkeep.isAtRest).toBe(false);
  const commit = performed.shift();
  commit?.start();
  expect(upkeep.isAtRest).toBe(false);
  commit?.then({ kind: "done" });
  expect(upkeep.isAtRest).toBe(true);
  upkeep.setOwed([9 as RegionId]);
  expect(upkeep.isAtRest).toBe(false);
  upkeep.setOwed([]);
  expect(upkeep.isAtRest).toBe(true);
  tablet.meta["isUntrimmed"] = true;
  expect(upkeep.isAtRest).toBe(false);
});
