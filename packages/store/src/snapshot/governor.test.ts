// The governor on a clock that is moved by hand: a sender that is always hungry, and a log that says what its
// syncs take.
import { type Address, assert, defineActor } from "@multiraft/runtime";
import { ManualSystem } from "@multiraft/runtime/testing";
import { beforeEach, expect, test } from "vitest";
import { slowDownSyncs } from "../../test/slow-syncs.ts";
import { logActor } from "../log/log-actor.ts";
import type { LogMail, LogNotice, SlowSync } from "../log/log-mail.ts";
import type { Life } from "../log/record.ts";
import { DEFAULT_TUNING, type PeerTuning } from "../peer/tuning.ts";
import { governorActor, governorArgs } from "./governor.ts";
import type { GovernorMail, GovernorStatus } from "./governor-mail.ts";

const CAP = 8_000_000;
const PIECE = 10_000;
const PIECES_AT_ONCE = 8;

let system: ManualSystem;
let log: Address<LogMail>;
let followed: number[];
let tellLog: (message: SlowSync) => void;

/** Takes down who follows, and tells them what a test wants. */
const forgedLog = defineActor<LogMail, undefined>({
  url: import.meta.url,
  name: "forgedLog",
  create: (context) => ({
    receive: (message, { from }) => {
      if (message.kind !== "follow-syncs") return;
      followed.push(message.slowMs);
      assert(from !== undefined, "a follower has an address");
      tellLog = (slow) => context.tell(from as Address<SlowSync>, slow);
    },
  }),
});

beforeEach(() => {
  system = new ManualSystem({ seed: 1 });
  system.addHost("store");
  followed = [];
  tellLog = () => undefined;
  log = system.spawn("store", forgedLog, undefined);
});

class Sender {
  readonly #governor: Address<GovernorMail>;

  constructor(tuning: Partial<PeerTuning> = {}) {
    const all = { ...DEFAULT_TUNING, snapshotBytesPerSecond: CAP, ...tuning };
    this.#governor = system.spawn("store", governorActor, governorArgs(all, log));
  }

  status(): GovernorStatus {
    const ask = system.ask<GovernorMail, GovernorStatus>(this.#governor, {
      kind: "governor-status",
    });
    system.settle();
    assert(ask.outcome?.kind === "reply", "a governor answers");
    return ask.outcome.value;
  }

  /** For a piece of the stream that has the slot of this ticket. */
  ask(ticket: number) {
    const ask = { kind: "take-bytes" as const, bytes: PIECE, holder: log, ticket };
    return system.ask(this.#governor, ask);
  }

  release(ticket: number): void {
    const release = { kind: "release-slot", direction: "send", holder: log, ticket } as const;
    system.ask(this.#governor, release);
    system.settle();
  }

  /** As many pieces as a window has are waited for all the time. @returns Bytes that were granted. */
  send(milliseconds: number, eachMs: () => void = () => undefined): number {
    const before = this.status().bytesGranted;
    let waiting: { readonly outcome: unknown }[] = [];
    for (let ms = 0; ms < milliseconds; ms += 1) {
      waiting = waiting.filter(({ outcome }) => outcome === undefined);
      while (waiting.length < PIECES_AT_ONCE) waiting.push(this.ask(1));
      eachMs();
      this.#pass(1);
    }
    return this.status().bytesGranted - before;
  }

  /** All that it waits for comes. */
  rest(): void {
    this.#pass(200);
  }

  #pass(milliseconds: number): void {
    for (let ms = 0; ms < milliseconds; ms += 1) {
      system.settle();
      system.moveTime(system.clock.nowMs() + 1);
    }
  }
}

const slowSync = (elapsedMs: number) => tellLog({ kind: "slow-sync", elapsedMs });

test("the cap is kept to, and reached", () => {
  const sender = new Sender();
  expect(sender.send(2_000)).toBeCloseTo(2 * CAP, -6);
  expect(sender.status()).toMatchObject({ bytesPerSecond: CAP, slowSyncs: 0 });
});

test("a slow sync halves what is granted", () => {
  const sender = new Sender();
  sender.send(500);
  slowSync(25);
  const granted = sender.send(500);
  // Half of the cap, and what it rises by in half a second.
  expect(granted).toBeGreaterThan(0.5 * 0.5 * CAP);
  expect(granted).toBeLessThan(0.54 * 0.5 * CAP);
  expect(sender.status().slowSyncs).toBe(1);
  expect(sender.send(10_000)).toBeGreaterThan(0.85 * 10 * CAP);
  expect(sender.status().bytesPerSecond).toBe(CAP);
});

test("syncs are followed when bytes are asked for, and not before", () => {
  const sender = new Sender();
  expect(followed).toEqual([]);
  sender.send(3_000);
  expect(followed).toEqual([10]);
});

test("a sync that is slow while nothing is sent is no news", () => {
  const sender = new Sender();
  sender.send(100);
  sender.rest();
  system.moveTime(system.clock.nowMs() + 5_000);
  slowSync(25);
  system.settle();
  expect(sender.status()).toMatchObject({ bytesPerSecond: CAP, slowSyncs: 0 });
});

test("of a disk that is slow by itself slower syncs are asked for, until a long pause", () => {
  const sender = new Sender();
  const isFollowed = () => (followed.at(-1) ?? 0) <= 35;
  sender.send(2_000, () => isFollowed() && slowSync(35));
  expect(followed).toEqual([10, 20, 40]);
  expect(sender.status().bytesPerSecond).toBeLessThan(CAP);
  sender.rest();
  system.moveTime(system.clock.nowMs() + 61_000);
  sender.send(1);
  expect(followed).toEqual([10, 20, 40, 10]);
});

type WriterMail = { readonly kind: "write"; readonly number: number } | LogNotice;

/** Has a record made durable for each order. */
const writer = defineActor<WriterMail, undefined>({
  url: import.meta.url,
  name: "writer",
  create: (context) => ({
    receive: (message) => {
      if (message.kind !== "write") return;
      const records = [{ kind: "life-block", below: message.number as Life }] as const;
      context.tell(log, { kind: "append", number: message.number, records });
    },
  }),
});

test("a disk that becomes slow slows down what is sent, until it is fast again", () => {
  let syncMs = 1;
  slowDownSyncs(system, "store", () => syncMs);
  log = system.spawn("store", logActor, { directory: "/log", options: { segmentBytes: 16_384 } });
  const address = system.spawn("store", writer, undefined);
  let written = 0;
  const write = () => {
    written += 1;
    if (written % 50 === 0) system.tell(address, { kind: "write", number: written / 50 });
  };
  const sender = new Sender();
  sender.send(500, write);
  expect(sender.status()).toMatchObject({ bytesPerSecond: CAP, slowSyncs: 0 });
  syncMs = 12;
  sender.send(500, write);
  expect(sender.status().slowSyncs).toBeGreaterThan(5);
  expect(sender.status().bytesPerSecond).toBeLessThan(CAP / 2);
  syncMs = 1;
  const { slowSyncs } = sender.status();
  sender.send(12_000, write);
  expect(sender.status()).toMatchObject({ bytesPerSecond: CAP, slowSyncs });
});

test.each([
  ["at full pace", { snapshotPace: "full" }],
  ["when no sync counts as slow", { slowSyncMs: 0 }],
] as const)("nobody follows %s", (_, tuning) => {
  const sender = new Sender(tuning);
  sender.send(100);
  expect(followed).toEqual([]);
});

test("what a stream that has ended had asked for is not taken from the others", () => {
  const sender = new Sender();
  // Spends what there is: all else waits.
  const first = [1, 2].map((ticket) => sender.ask(ticket));
  const ofEnded = Array.from({ length: 50 }, () => sender.ask(1));
  const last = sender.ask(2);
  sender.release(1);
  expect(ofEnded.map(({ outcome }) => outcome?.kind)).toEqual(Array(50).fill("reply"));
  sender.rest();
  const bytes = [...first, last].filter(({ outcome }) => outcome !== undefined).length * PIECE;
  expect(last.outcome?.kind).toBe("reply");
  expect(sender.status().bytesGranted).toBeLessThanOrEqual(bytes);
});
