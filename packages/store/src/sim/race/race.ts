// The founding race as a whole: every order, the count that says how many that must be, and what happens
// when the remedies are taken out.
import { countExtensions, countOrders } from "./count.ts";
import { Exploration, type RaceViolation } from "./explore.ts";
import { OFF, playWithout, type RemedyResult, sampleSize } from "./remedies.ts";
import { OFFER_NAMES } from "./script.ts";
import { RACE_TABLE } from "./table.ts";

export type RaceOptions = {
  /** In one order. */
  readonly crashes: number;
  /** Without a remedy one in so many orders is played. */
  readonly every: number;
};

export type RaceReport = {
  readonly orders: number;
  readonly expected: number;
  readonly violations: readonly RaceViolation[];
  readonly remedies: readonly RemedyResult[];
};

export type RaceProgress = {
  readonly part: "orders" | "remedies";
  /** Of the part, from 0 to 1. */
  readonly share: number;
  readonly states: number;
  readonly ends: number;
};

/** For each kind of snapshot that p is offered. Yields now and then; may be left at any time. */
export function* race({ crashes, every }: RaceOptions): Generator<RaceProgress, RaceReport> {
  const violations: RaceViolation[] = [];
  let [orders, states, ends] = [0, 0, 0];
  for (const [n, offer] of OFFER_NAMES.entries()) {
    const exploration = new Exploration(RACE_TABLE, offer);
    const playing = exploration.orders(crashes);
    for (let step = playing.next(); ; step = playing.next()) {
      if (step.done === true) {
        orders += step.value;
        break;
      }
      const share = (n + exploration.progress) / OFFER_NAMES.length;
      const sums = { states: states + exploration.states, ends: ends + exploration.ends };
      yield { part: "orders", share, ...sums };
    }
    states += exploration.states;
    ends += exploration.ends;
    violations.push(...exploration.violations);
  }
  const expected = OFFER_NAMES.length * countOrders(RACE_TABLE, crashes);
  const remedies = yield* withoutRemedies(every, { states, ends });
  return { orders, expected, violations, remedies };
}

function* withoutRemedies(
  every: number,
  sums: Pick<RaceProgress, "states" | "ends">,
): Generator<RaceProgress, RemedyResult[]> {
  const all = OFF.length * sampleSize(countExtensions(RACE_TABLE), every);
  const results: RemedyResult[] = [];
  let played = 0;
  for (const off of OFF) {
    const playing = playWithout(off, RACE_TABLE, every);
    for (let step = playing.next(); ; step = playing.next()) {
      if (step.done === true) {
        results.push(step.value);
        break;
      }
      played += 1;
      yield { part: "remedies", share: played / all, ...sums };
    }
  }
  return results;
}
