import { type Address, defineActor } from "@multiraft/runtime";
import {
  type AskHandle,
  ManualSystem,
  type MemoryDisk,
  type PendingFilter,
} from "@multiraft/runtime/testing";
import { beforeEach, describe, expect, test } from "vitest";
import {
  admit,
  block,
  entries,
  hardState,
  index,
  life,
  state,
} from "../../test/log/log-fixture.ts";
import { slowDownSyncs } from "../../test/slow-syncs.ts";
import { logActor } from "./log-actor.ts";
import type {
  EntriesReply,
  LogMail,
  LogNotice,
  LogStatus,
  RecoveredLog,
  SlowSync,
} from "./log-mail.ts";
import type { LogRecord } from "./record.ts";
import { encodedBytes, encodeRecordsInto } from "./record-codec.ts";

type PeerMail =
  | LogNotice
  | SlowSync
  | { readonly kind: "follow-syncs"; readonly slowMs: number }
  | { readonly kind: "append"; readonly number: number; readonly records: readonly LogRecord[] }
  | {
      readonly kind: "append-payload";
      readonly number: number;
      readonly records: readonly LogRecord[];
    };

/** Appends what it is told to, and writes down what the log tells it. */
const peer = (log: Address<LogMail>, seen: string[]) =>
  defineActor<PeerMail, undefined>({
    url: import.meta.url,
    name: "peer",
    create: (context) => ({
      receive(message) {
        switch (message.kind) {
          case "append":
          case "follow-syncs":
            context.tell(log, message);
            break;
          case "append-payload": {
            const { number, records } = message;
            const payload = context.allocatePayload(encodedBytes(records));
            if (payload === undefined) throw new Error("no memory for a payload");
            encodeRecordsInto(records, payload.bytes);
            context.tell(log, { kind: "append", number, records: [] }, { payload });
            break;
          }
          case "log-durable":
            seen.push(`durable ${message.number}`);
            break;
          case "slow-sync":
            seen.push(`slow ${message.elapsedMs}`);
            break;
          case "log-failed":
            seen.push(message.code);
            break;
        }
      },
    }),
  });

const ARGS = { directory: "/log", options: { segmentBytes: 4_096 } };

const turnEnd: PendingFilter = ({ kind, actor }) => kind === "turn-end" && actor === "logActor";

let system: ManualSystem;
let disk: MemoryDisk;
let log: Address<LogMail>;

beforeEach(() => {
  system = new ManualSystem({ seed: 1 });
  disk = system.addHost("store");
  log = system.spawn("store", logActor, ARGS);
});

function spawnPeer(): { address: Address<PeerMail>; seen: string[] } {
  const seen: string[] = [];
  return { address: system.spawn("store", peer(log, seen), undefined), seen };
}

function append(to: Address<PeerMail>, number: number, ...records: readonly LogRecord[]): void {
  system.tell(to, { kind: "append", number, records });
}

function settled<Reply>(ask: AskHandle<Reply>): AskHandle<Reply>["outcome"] {
  system.settle();
  return ask.outcome;
}

function reply<Reply>(ask: AskHandle<Reply>): Reply {
  const outcome = settled(ask);
  if (outcome?.kind !== "reply") throw new Error(`no reply: ${JSON.stringify(outcome)}`);
  return outcome.value;
}

const askStatus = () => system.ask<LogMail, LogStatus>(log, { kind: "log-status" });
const askRecovered = () => system.ask<LogMail, RecoveredLog>(log, { kind: "recover" });

function askEntries(from: number, bytesMax: number): AskHandle<EntriesReply> {
  const fromIndex = index(from);
  return system.ask<LogMail, EntriesReply>(log, {
    kind: "read-entries",
    life: life(1),
    fromIndex,
    bytesMax,
  });
}

test("a turn is one sync, and each sender is told its highest number", () => {
  const [a, b] = [spawnPeer(), spawnPeer()];
  const before = reply(askStatus());
  const hold = system.hold(turnEnd);
  append(a.address, 1, block(10), admit(1));
  append(b.address, 1, admit(2));
  append(a.address, 2, hardState(1, state(1, 1, 0)));
  system.settle();
  expect([a.seen, b.seen]).toEqual([[], []]);
  hold.release();
  system.settle();
  expect([a.seen, b.seen]).toEqual([["durable 2"], ["durable 1"]]);
  const after = reply(askStatus());
  expect(after.appends - before.appends).toBe(3);
  expect(after.syncs - before.syncs).toBe(1);
});

test("records come in a payload as well as in the message", () => {
  const { address, seen } = spawnPeer();
  system.tell(address, { kind: "append-payload", number: 1, records: [block(10), admit(1)] });
  append(address, 2, entries(1, 1, 3));
  system.settle();
  expect(seen.at(-1)).toBe("durable 2");
  expect(reply(askRecovered())).toMatchObject({
    livesBelow: 10,
    lives: [{ life: 1, lastIndex: 3 }],
  });
  system.stop(address);
  system.stop(log);
  system.settle();
  expect(system.openThings()).toEqual([]);
});

test("what was promised is there after a power cut, what was not is absent", () => {
  const { address, seen } = spawnPeer();
  append(address, 1, block(10), admit(1), entries(1, 1, 5));
  system.settle();
  expect(seen).toEqual(["durable 1"]);
  system.hold(turnEnd);
  append(address, 2, entries(1, 6, 9));
  system.settle();
  expect(seen).toEqual(["durable 1"]);
  system.crashHost("store");
  system.restartHost("store");
  log = system.spawn("store", logActor, ARGS);
  expect(reply(askRecovered()).lives).toMatchObject([{ life: 1, lastIndex: 5 }]);
});

test("whoever follows is told of turns with a slow sync, until another follows", () => {
  let syncMs = 0;
  slowDownSyncs(system, "store", () => syncMs);
  log = system.spawn("store", logActor, { ...ARGS, directory: "/slow" });
  const [a, b, writer] = [spawnPeer(), spawnPeer(), spawnPeer()];
  const write = (number: number, elapsedMs: number) => {
    syncMs = elapsedMs;
    append(writer.address, number, block(10));
    system.settle();
  };
  write(1, 20);
  system.tell(a.address, { kind: "follow-syncs", slowMs: 10 });
  system.settle();
  expect(a.seen).toEqual([]);
  write(2, 9);
  write(3, 10);
  expect(a.seen).toEqual(["slow 10"]);
  system.tell(b.address, { kind: "follow-syncs", slowMs: 20 });
  write(4, 19);
  write(5, 31);
  expect([a.seen, b.seen]).toEqual([["slow 10"], ["slow 31"]]);
});

describe("entries are read", () => {
  beforeEach(() => {
    const { address } = spawnPeer();
    append(address, 1, block(10), admit(1), entries(1, 1, 9, 4, 100));
    append(address, 2, { kind: "truncate", life: life(1), index: index(2), term: 4 as never });
    system.settle();
  });

  test.each([
    ["all of them", 3, 10_000, [3, 4, 5, 6, 7, 8, 9], true],
    ["as many as fit", 3, 350, [3, 4, 5], false],
    ["at least one", 5, 1, [5], false],
    ["none behind the last", 10, 100, [], true],
  ] as const)("%s", (_, from, bytesMax, indexes, isLast) => {
    const answer = reply(askEntries(from, bytesMax));
    expect(answer.entries.map((entry) => entry.index)).toEqual(indexes);
    expect(answer.entries.every(({ data }) => data.byteLength === 100)).toBe(true);
    expect(answer.isLast).toBe(isLast);
  });

  test("but not below the truncation", () => {
    expect(settled(askEntries(2, 100))).toMatchObject({
      kind: "failed",
      error: { code: "ERR_MULTIRAFT_LOG_COMPACTED" },
    });
  });

  test("in the turn in which they were appended", () => {
    const { address, seen } = spawnPeer();
    const hold = system.hold(turnEnd);
    append(address, 1, entries(1, 10, 11, 5));
    system.settle();
    expect(seen).toEqual([]);
    expect(reply(askEntries(10, 100_000))).toMatchObject({ isLast: true, entries: [{}, {}] });
    expect(seen).toEqual(["durable 1"]);
    hold.release();
  });
});

test("an append that was lost on its way is not covered by a later notice", () => {
  const [a, b] = [spawnPeer(), spawnPeer()];
  append(a.address, 1, block(10), admit(1));
  append(a.address, 3, entries(1, 1, 2));
  append(a.address, 4, entries(1, 3, 4));
  append(b.address, 1, admit(2));
  system.settle();
  expect(a.seen).toContain("durable 1");
  expect(a.seen.filter((notice) => notice === "ERR_MULTIRAFT_LOG_GAP")).toHaveLength(2);
  expect(a.seen).not.toContain("durable 4");
  expect(b.seen).toEqual(["durable 1"]);
  expect(reply(askRecovered()).lives[0]).toMatchObject({ lastIndex: 0 });
});

describe("after a sync has failed", () => {
  let a: ReturnType<typeof spawnPeer>;
  let b: ReturnType<typeof spawnPeer>;

  beforeEach(() => {
    [a, b] = [spawnPeer(), spawnPeer()];
    append(a.address, 1, block(10), admit(1));
    append(b.address, 1, admit(2));
    system.settle();
    disk.failSyncs();
    append(a.address, 2, hardState(1, state(1, 1, 0)));
    system.settle();
  });

  test("every sender is told so, and nothing else", () => {
    const failed = ["durable 1", "ERR_MULTIRAFT_LOG_FAILED"];
    expect([a.seen, b.seen]).toEqual([failed, failed]);
  });

  test("appends are refused, and questions as well", () => {
    append(b.address, 2, hardState(2, state(1, 1, 0)));
    append(spawnPeer().address, 1, hardState(2, state(1, 1, 0)));
    system.settle();
    expect(b.seen.slice(2)).toEqual(["ERR_MULTIRAFT_LOG_FAILED"]);
    for (const ask of [askRecovered(), askStatus(), askEntries(1, 1)])
      expect(settled<unknown>(ask)).toMatchObject({ error: { code: "ERR_MULTIRAFT_LOG_FAILED" } });
  });

  test("the next start finds what was promised before", () => {
    system.crashHost("store");
    system.restartHost("store");
    log = system.spawn("store", logActor, ARGS);
    const { lives } = reply(askRecovered());
    expect(lives.map((each) => each.hardState.term)).toEqual([0, 0]);
  });
});

test("nonsense ends the actor before any of it is written", () => {
  const { address, seen } = spawnPeer();
  append(address, 1, block(10), admit(1));
  append(address, 2, entries(1, 5, 6));
  expect(() => system.settle()).toThrow("entries after a hole");
  expect(system.endOf(log)).toMatchObject({ kind: "threw" });
  expect(seen).toEqual([]);
});

test("a log that cannot be trusted fails the spawn", () => {
  const file = disk.open("/log/segment-000000000001.log", "read-write");
  file.writeAt(Uint8Array.of(9), 8);
  file.close();
  system.stop(log);
  system.settle();
  expect(() => system.spawn("store", logActor, ARGS)).toThrow(
    expect.objectContaining({ code: "ERR_MULTIRAFT_LOG_VERSION" }),
  );
});

describe("a large log", () => {
  const LAST = 300;
  const SLOWLY = { ...ARGS, readAtOnceBytes: 0 };
  let segments: string[];

  beforeEach(() => {
    const { address } = spawnPeer();
    append(address, 1, block(10), admit(1));
    for (let number = 2; number <= LAST + 1; number += 1) {
      append(address, number, entries(1, number - 1, number - 1));
      system.settle();
    }
    const names = disk.list("/log").map(({ name }) => name);
    segments = names.filter((name) => name.endsWith(".log")).sort();
    expect(segments.length).toBeGreaterThan(3);
    system.stop(address);
    system.stop(log);
    system.settle();
  });

  function damage(name = ""): void {
    const file = disk.open(`/log/${name}`, "read-write");
    file.writeAt(Uint8Array.of(9, 9, 9, 9), 300);
    file.close();
  }

  test("is read a segment a turn, and what is asked meanwhile is answered at the end", () => {
    log = system.spawn("store", logActor, SLOWLY);
    const asked = [askRecovered(), askStatus()] as const;
    const turns: string[] = [];
    system.lookOn({ handling: ({ message }) => turns.push(message.kind) });
    const whole = reply(asked[0]);
    // The first one is read when the log is made.
    const reading = Array<string>(segments.length - 1).fill("read-on");
    expect(turns.filter((kind) => kind === "read-on")).toEqual(reading);
    // Others have their turn before it is done.
    expect(turns.at(-1)).toBe("read-on");
    expect(whole.lives).toMatchObject([{ life: 1, lastIndex: LAST }]);
    expect(reply(asked[1]).segments).toBe(segments.length);
    system.stop(log);
    system.settle();
    log = system.spawn("store", logActor, ARGS);
    expect(reply(askRecovered())).toEqual(whole);
  });

  test("that cannot be trusted says why to whoever asks, and holds nothing", () => {
    damage(segments[2]);
    log = system.spawn("store", logActor, SLOWLY);
    for (const ask of [askRecovered(), askStatus(), askRecovered()])
      expect(settled<unknown>(ask)).toMatchObject({ error: { code: "ERR_MULTIRAFT_LOG_CORRUPT" } });
    const { address, seen } = spawnPeer();
    append(address, 1, admit(2));
    system.settle();
    expect(seen).toEqual(["ERR_MULTIRAFT_LOG_CORRUPT"]);
    for (const actor of [address, log]) system.stop(actor as never);
    system.settle();
    expect(system.openThings()).toEqual([]);
  });

  test("that is stopped while it is read holds nothing, and is whole the next time", () => {
    const hold = system.hold(turnEnd);
    log = system.spawn("store", logActor, SLOWLY);
    const asked = askRecovered();
    system.settle();
    system.stop(log);
    system.settle();
    hold.release();
    expect(settled<unknown>(asked)).toMatchObject({ kind: "failed" });
    expect(system.openThings()).toEqual([]);
    log = system.spawn("store", logActor, ARGS);
    expect(reply(askRecovered()).lives).toMatchObject([{ lastIndex: LAST }]);
  });
});
