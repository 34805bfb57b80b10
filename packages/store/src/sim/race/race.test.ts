import { describe, expect, test, vi } from "vitest";
import { Oracles } from "../oracles.ts";
import { countOrders } from "./count.ts";
import { Exploration } from "./explore.ts";
import { describeMoves, type Move } from "./moves.ts";
import { ordersOf } from "./orders.ts";
import { playOrder } from "./play.ts";
import { playPart } from "./race.ts";
import { isCaught, OFF, playWithout } from "./remedies.ts";
import { OFFER_NAMES, type OfferName } from "./script.ts";
import { type Happening, isCrash, RACE_TABLE, type RaceEvent, type Table } from "./table.ts";

/** Thousands of worlds: several times what they take on a busy machine. */
const STUCK_MS = 900_000;

/** Two crashes in an order are what the command's long form plays. */
test.each(OFFER_NAMES)(
  "with a snapshot %s every order with up to one crash ends well, and they are as many as the table allows",
  (offer) => {
    const exploration = new Exploration(RACE_TABLE, offer);
    const orders = resultOf(exploration.orders(1));
    expect(exploration.violations).toEqual([]);
    expect(orders).toBe(countOrders(RACE_TABLE, 1));
    expect(orders).toBe(99_000);
    expect(exploration.ends).toBeGreaterThan(50);
  },
  STUCK_MS,
);

/** Parts of the table, small enough for every crash at every gap with all that it may leave. */
test.each<readonly [string, number, readonly RaceEvent[]]>([
  ["one crash, as a snapshot comes in", 1, RACE_TABLE.events.slice(1, 8)],
  [
    "two crashes, as the split, a vote and the removal meet",
    2,
    ["split applied", "message for p", "tombstone order for p"],
  ],
  ["two crashes, as p comes and goes", 2, ["message for p", "tombstone order for p"]],
])(
  "%s",
  (_, crashes, events) => {
    const table = partOf(events);
    const exploration = new Exploration(table, "newer");
    expect(resultOf(exploration.orders(crashes))).toBe(countOrders(table, crashes));
    expect(exploration.violations).toEqual([]);
  },
  STUCK_MS,
);

/** Of some 200,000; prime to the numbers of events, gaps and kinds of crash. */
const EVERY = 997;

describe.each(OFFER_NAMES)("the snapshot for p is %s", (offer) => {
  test("a sample of the orders with one crash, played as they stand", () => {
    const wrong: string[] = [];
    let number = 0;
    for (const order of ordersOf(RACE_TABLE, 1)) {
      number += 1;
      if (number % EVERY === 0) wrong.push(...violationsOf(order.map(moveOf), offer));
    }
    expect(wrong).toEqual([]);
  });
});

const WRITTEN = { waiting: 1, kept: "everything" } as const;

test.each<readonly [string, readonly Move[]]>([
  ["the install record was written, and nobody was told", [{ kind: "power", cut: WRITTEN }]],
  ["the install record was not written", [{ kind: "power", cut: { waiting: 0, kept: "nothing" } }]],
  [
    "the tombstone was handed to the log, and not written",
    [{ kind: "event-power", event: "tombstone order for p", appends: 0 }],
  ],
  ["a second time", [{ kind: "power", cut: WRITTEN }, { kind: "failure" }]],
])("power goes between the install and its fsync: %s", (_, crash) => {
  const before = RACE_TABLE.events.slice(1, 7).map(moveOf);
  const missing = RACE_TABLE.events.filter((event) => !isDone([...before, ...crash], event));
  const moves = [...before, ...crash, ...missing.map(moveOf)];
  expect(violationsOf(moves, "newer")).toEqual([]);
});

/** An order in so many is enough for each remedy, but for one pair: without its door nearly all goes wrong before. */
const SAMPLE = 80;
const SAMPLE_OF = new Map([["one creation path and metadata protected", 16]]);

describe("without a remedy its own oracle speaks, of two both", () => {
  const named = OFF.map((off) => [off.map(({ name }) => name).join(" and "), off] as const);
  test.each(named)("%s", (name, off) => {
    const result = resultOf(playWithout(off, RACE_TABLE, SAMPLE_OF.get(name) ?? SAMPLE));
    expect(result.violated).toBeGreaterThan(0);
    expect(isCaught(result)).toBe(true);
  });
});

test("a part of it that asks the machine for anything is refused, and between its steps all is open", () => {
  const playing = playPart({ kind: "without", off: 0, every: 80 });
  playing.next();
  expect(Date.now()).toBeGreaterThan(0);
  vi.spyOn(Oracles.prototype, "settled").mockImplementation(() => void Date.now());
  expect(() => playing.next()).toThrow("nobody may ask for Date.now");
  vi.restoreAllMocks();
  expect(Date.now()).toBeGreaterThan(0);
});

/**
 * Every order for itself, against the same with equal states played once: whatever an oracle says, and of how
 * many orders and ways, has to be the same.
 */
describe("nothing is hidden by playing equal states once", () => {
  const few = partOf([
    "split applied",
    "message for p",
    "snapshot for p queued",
    "snapshot handled",
    "message for p'",
  ]);
  test.each([
    ["all remedies there", {}, []],
    ["one creation path", { remedies: { oneDoor: false } }, ["one-creation-path"]],
    ["state checked", { remedies: { snapshotChecks: false } }, ["current-snapshots"]],
    ["metadata protected", { remedies: { entryOwnership: false } }, ["owned-entries"]],
    ["mail isolated", { isMailIsolated: false }, ["own-mail"]],
  ] as const)(
    "%s",
    (_, store, spoken) => {
      const tallies = [true, false].map((merges) => {
        const exploration = new Exploration(few, "as the split leaves it", { store, merges });
        const tally = resultOf(exploration.tallies(1));
        return [tally("orders"), tally("ways")];
      });
      expect(tallies[0]).toEqual(tallies[1]);
      for (const oracle of spoken) expect(tallies[0]?.[1]?.broken[oracle]).toBeGreaterThan(0);
    },
    STUCK_MS,
  );
});

function partOf(events: readonly RaceEvent[]): Table {
  const rows = events.map((event) => [
    event,
    (RACE_TABLE.after[event] ?? []).filter((earlier) => events.includes(earlier)),
  ]);
  return { events, after: Object.fromEntries(rows) };
}

function moveOf(happening: Happening): Move {
  if (!isCrash(happening)) return { kind: "event", event: happening };
  return happening === "replica p fails"
    ? { kind: "failure" }
    : { kind: "power", cut: { waiting: 0, kept: "nothing" } };
}

function isDone(moves: readonly Move[], event: Happening): boolean {
  return moves.some((move) => "event" in move && move.event === event);
}

function violationsOf(moves: readonly Move[], offer: OfferName): string[] {
  return playOrder(moves, offer).map(
    ({ oracle, what }) => `${oracle}: ${what}: ${describeMoves(moves)}`,
  );
}

function resultOf<Result>(steps: Generator<unknown, Result>): Result {
  for (;;) {
    const step = steps.next();
    if (step.done === true) return step.value;
  }
}
