// The founding race as a whole, in parts that know nothing of each other: all orders with one kind of
// snapshot, and the sample of orders without some of the remedies. Whoever plays them, and wherever.
import { sealGlobals } from "@multiraft/runtime/testing";
import { countExtensions, countOrders } from "./count.ts";
import { Exploration, type RaceViolation } from "./explore.ts";
import { OFF, playWithout, type RemedyResult, sampleSize } from "./remedies.ts";
import { OFFER_NAMES, type OfferName } from "./script.ts";
import { RACE_TABLE } from "./table.ts";

export type RaceOptions = {
  /** In one order. */
  readonly crashes: number;
  /** Without a remedy one in so many orders is played. */
  readonly every: number;
};

export type RacePart =
  | { readonly kind: "orders"; readonly offer: OfferName; readonly crashes: number }
  /** @param off A place in the list of what is taken out. */
  | { readonly kind: "without"; readonly off: number; readonly every: number };

export type PartProgress = {
  /** From 0 to 1, roughly. */
  readonly share: number;
  readonly states: number;
  readonly ends: number;
};

export type PartResult =
  | ({
      readonly kind: "orders";
      readonly orders: number;
      readonly violations: readonly RaceViolation[];
    } & Omit<PartProgress, "share">)
  | { readonly kind: "without"; readonly remedy: RemedyResult };

export type RaceReport = {
  readonly orders: number;
  readonly expected: number;
  readonly violations: readonly RaceViolation[];
  readonly remedies: readonly RemedyResult[];
};

/** The long ones first. */
export function raceParts({ crashes, every }: RaceOptions): readonly RacePart[] {
  return [
    ...OFFER_NAMES.map((offer) => ({ kind: "orders", offer, crashes }) as const),
    ...OFF.map((_, off) => ({ kind: "without", off, every }) as const),
  ];
}

/** Yields now and then; may be left at any time. */
export function playPart(part: RacePart): Generator<PartProgress, PartResult> {
  return sealed(part.kind === "orders" ? playOrders(part) : playSample(part));
}

/** Nothing of the machine is at hand while orders are played. */
function* sealed<Result>(
  playing: Generator<PartProgress, Result>,
): Generator<PartProgress, Result> {
  for (;;) {
    const step = nextSealed(playing);
    if (step.done === true) return step.value;
    yield step.value;
  }
}

function nextSealed<Yielded, Result>(
  playing: Generator<Yielded, Result>,
): IteratorResult<Yielded, Result> {
  const open = sealGlobals();
  try {
    return playing.next();
  } finally {
    open();
  }
}

/** @param results Of all parts. */
export function reportOf({ crashes }: RaceOptions, results: readonly PartResult[]): RaceReport {
  const played = results.flatMap((result) => (result.kind === "orders" ? [result] : []));
  return {
    orders: played.reduce((sum, { orders }) => sum + orders, 0),
    expected: OFFER_NAMES.length * countOrders(RACE_TABLE, crashes),
    violations: played.flatMap(({ violations }) => violations),
    remedies: results.flatMap((result) => (result.kind === "without" ? [result.remedy] : [])),
  };
}

function* playOrders({
  offer,
  crashes,
}: RacePart & { kind: "orders" }): Generator<PartProgress, PartResult> {
  const exploration = new Exploration(RACE_TABLE, offer);
  const playing = exploration.orders(crashes);
  for (let step = playing.next(); ; step = playing.next()) {
    const { progress: share, states, ends, violations } = exploration;
    if (step.done === true) return { kind: "orders", orders: step.value, violations, states, ends };
    yield { share, states, ends };
  }
}

function* playSample({
  off,
  every,
}: RacePart & { kind: "without" }): Generator<PartProgress, PartResult> {
  const all = sampleSize(countExtensions(RACE_TABLE), every);
  const playing = playWithout(OFF[off] ?? [], RACE_TABLE, every);
  for (let played = 1; ; played += 1) {
    const step = playing.next();
    if (step.done === true) return { kind: "without", remedy: step.value };
    yield { share: played / all, states: 0, ends: 0 };
  }
}
