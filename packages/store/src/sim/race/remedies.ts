// The four remedies taken out, one and two at a time: what they are for happens then, and the oracle that
// watches for it says so. Played order by order, each as it stands.
import type { Remedies } from "../../registry/store-config.ts";
import type { OracleName } from "../oracle/oracle.ts";
import type { Move } from "./moves.ts";
import { describeMoves } from "./moves.ts";
import { ordersOf } from "./orders.ts";
import { playOrder } from "./play.ts";
import { OFFER_NAMES } from "./script.ts";
import type { StoreOptions } from "./store-under-test.ts";
import { isCrash, type Order, type RaceEvent, type Table } from "./table.ts";

type Remedy = { readonly name: string; readonly oracle: OracleName } & (
  | { readonly switch: keyof Remedies }
  | { readonly switch: "isMailIsolated" }
);

export const REMEDIES: readonly Remedy[] = [
  { name: "one creation path", oracle: "one-creation-path", switch: "oneDoor" },
  {
    name: "state checked before a snapshot",
    oracle: "current-snapshots",
    switch: "snapshotChecks",
  },
  { name: "metadata protected", oracle: "owned-entries", switch: "entryOwnership" },
  { name: "mail isolated", oracle: "own-mail", switch: "isMailIsolated" },
];

/** Each alone, then each pair. */
export const OFF: readonly (readonly Remedy[])[] = [
  ...REMEDIES.map((remedy) => [remedy]),
  ...REMEDIES.flatMap((one, n) => REMEDIES.slice(n + 1).map((other) => [one, other])),
];

export type RemedyResult = {
  readonly off: readonly string[];
  /** Played without them. */
  readonly orders: number;
  /** In so many of them one of their own oracles spoke. */
  readonly violated: number;
  /** Those of the missing remedies that spoke; of a pair both should. */
  readonly oracle: string;
  /** The first order in which each spoke. */
  readonly first: string;
};

/**
 * One in `every` orders, with the kinds of snapshot by turns, and with p failing somewhere.
 * Yields after each. @returns What the oracles said.
 */
export function* playWithout(
  off: readonly Remedy[],
  table: Table,
  every: number,
): Generator<undefined, RemedyResult> {
  const first = new Map<string, string>();
  let orders = 0;
  let violated = 0;
  for (const moves of sampleOf(table, every)) {
    const offer = OFFER_NAMES[(orders >> 1) % OFFER_NAMES.length] ?? "newer";
    const said = new Set(playOrder(moves, offer, without(off)).map(({ oracle }) => oracle));
    const own = off.filter(({ oracle }) => said.has(oracle));
    for (const { oracle } of own)
      if (!first.has(oracle)) first.set(oracle, `${describeMoves(moves)} (snapshot ${offer})`);
    orders += 1;
    if (own.length > 0) violated += 1;
    yield;
  }
  const spoke = off.filter(({ oracle }) => first.has(oracle)).map(({ oracle }) => oracle);
  return {
    off: off.map(({ name }) => name),
    orders,
    violated,
    oracle: spoke.join(" and "),
    first: [...first].map(([oracle, order]) => `${oracle}: ${order}`).join("; "),
  };
}

/** Each missing remedy was missed. */
export function isCaught({ off, oracle }: RemedyResult): boolean {
  const said = oracle.split(" and ");
  return REMEDIES.every((remedy) => !off.includes(remedy.name) || said.includes(remedy.oracle));
}

export function sampleSize(orders: number, every: number): number {
  return Math.ceil(orders / every);
}

function without(off: readonly Remedy[]): StoreOptions {
  const isOff = (name: Remedy["switch"]): boolean => off.some((remedy) => remedy.switch === name);
  return {
    remedies: {
      oneDoor: !isOff("oneDoor"),
      snapshotChecks: !isOff("snapshotChecks"),
      entryOwnership: !isOff("entryOwnership"),
    },
    isMailIsolated: !isOff("isMailIsolated"),
  };
}

function* sampleOf(table: Table, every: number): Generator<readonly Move[]> {
  let number = 0;
  for (const order of ordersOf(table, 0)) {
    if (number % every === 0) yield withFailure(order, Math.floor(number / every));
    number += 1;
  }
}

/** P fails within an event, its report still on the way: where there is one by turns with anywhere. */
function withFailure(order: Order, turn: number): readonly Move[] {
  const anywhere = Math.floor(turn / 2) % order.length;
  const at = turn % 2 === 0 ? order.indexOf("fsync done") : anywhere;
  return order
    .filter((happening): happening is RaceEvent => !isCrash(happening))
    .map((event, n) => ({ kind: n === at ? "event-failure" : "event", event }));
}
