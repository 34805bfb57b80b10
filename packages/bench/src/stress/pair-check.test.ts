import { expect, test } from "vitest";
import { bodyOf, type PeerTable } from "./mail-peer.ts";
import { pairMismatches } from "./pair-check.ts";
import { imbalance } from "./rest.ts";

const SOUND: readonly PeerTable[] = [
  { life: 1, pairs: [{ other: 2, sent: 5, received: 7 }] },
  { life: 2, pairs: [{ other: 1, sent: 7, received: 5 }] },
];

test("two lives that got what the other sent agree, whoever else has died", () => {
  expect(pairMismatches(SOUND)).toEqual([]);
  const [first, second] = SOUND;
  const toTheDead = [...(first?.pairs ?? []), { other: 9, sent: 3, received: 0 }];
  expect(pairMismatches([{ life: 1, pairs: toTheDead }, ...(second ? [second] : [])])).toEqual([]);
});

test("a message that is missing is found, also when nothing of the pair arrived", () => {
  const lost = [SOUND[0], { life: 2, pairs: [{ other: 1, sent: 7, received: 4 }] }];
  expect(pairMismatches(lost.filter((table) => table !== undefined))).toEqual([
    "life 1 sent 5 to life 2, which got 4",
  ]);
  expect(
    pairMismatches([
      { life: 1, pairs: [{ other: 2, sent: 1, received: 0 }] },
      { life: 2, pairs: [] },
    ]),
  ).toEqual(["life 1 sent 1 to life 2, which got 0"]);
});

const DROPS = {
  tombstone: 2,
  "stale-incarnation": 0,
  vacant: 0,
  "mailbox-full": 0,
  "lane-full": 0,
  "thread-dead": 1,
  "shut-down": 0,
  expired: 0,
};

test.each([
  [{ sent: 10, delivered: 7, dropped: DROPS, inFlight: 0 }, undefined],
  [
    { sent: 11, delivered: 7, dropped: DROPS, inFlight: 0 },
    "11 sent, but 7 delivered and 3 dropped",
  ],
  [
    { sent: 11, delivered: 7, dropped: DROPS, inFlight: 1 },
    "1 messages are in flight and do not arrive",
  ],
])("counters %j", (totals, wrong) => {
  expect(imbalance(totals)).toBe(wrong);
});

test("some messages bring a body, of sizes up to what needs a slab", () => {
  const lengths = Array.from({ length: 10_000 }, (_, number) => bodyOf(3, number).length);
  const share = lengths.filter((length) => length > 0).length / lengths.length;
  expect(share).toBeGreaterThan(0.005);
  expect(share).toBeLessThan(0.02);
  expect(Math.max(...lengths)).toBeGreaterThan(20_000);
});
