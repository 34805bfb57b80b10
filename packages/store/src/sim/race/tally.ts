// How many orders the explored graph holds, and how they ended: the sum over all paths, counted on the way
// back. An order that broke is counted with every way in which it could have gone on.
import type { Edge, State } from "./explore.ts";
import { CRASHES, openEvents, predecessors, type Table } from "./table.ts";

export type Tally = {
  readonly well: number;
  /** By the oracle that spoke first. */
  readonly broken: Readonly<Record<string, number>>;
};

/** Of what is counted: orders as the table knows them, or each with all that a crash may leave. */
export type Counted = "orders" | "ways";

const NOTHING: Tally = { well: 0, broken: {} };

export function tallyOf(table: Table, start: State, crashesMax: number, counted: Counted): Tally {
  return new Count(table, counted).from(start, 0, crashesMax);
}

class Count {
  readonly #table: Table;
  readonly #counted: Counted;
  readonly #waitsFor: readonly number[];
  readonly #all: number;
  readonly #tallies = new Map<string, Tally>();
  readonly #continuations = new Map<string, number>();

  constructor(table: Table, counted: Counted) {
    this.#table = table;
    this.#counted = counted;
    this.#waitsFor = predecessors(table);
    this.#all = (1 << table.events.length) - 1;
  }

  from(state: State, done: number, crashes: number): Tally {
    const key = `${state.number} ${done} ${crashes}`;
    const tally = this.#tallies.get(key) ?? this.#sum(state, done, crashes);
    this.#tallies.set(key, tally);
    return tally;
  }

  #sum(state: State, done: number, crashes: number): Tally {
    let tally = done === this.#all ? ended(state.end) : NOTHING;
    const add = (edge: Edge | undefined, after: number, left: number): void => {
      tally = plus(tally, this.#along(edge, after, left));
    };
    for (const [event, after] of this.#next(done)) add(state.events.get(event), after, crashes);
    if (crashes === 0) return tally;
    const { failure, power, within } = state.crashes;
    add(failure, done, crashes - 1);
    const isOrders = this.#counted === "orders";
    for (const edge of isOrders ? power.slice(0, 1) : power) add(edge, done, crashes - 1);
    if (isOrders) return tally;
    for (const [event, after] of this.#next(done))
      for (const edge of within.get(event) ?? []) add(edge, after, crashes - 1);
    return tally;
  }

  #along(edge: Edge | undefined, done: number, crashes: number): Tally {
    if (edge === undefined) return NOTHING;
    if ("to" in edge) return this.from(edge.to, done, crashes);
    return { well: 0, broken: { [edge.broken.oracle]: this.#waysOn(done, crashes) } };
  }

  /** By the table alone. */
  #waysOn(done: number, crashes: number): number {
    const key = `${done} ${crashes}`;
    const known = this.#continuations.get(key);
    if (known !== undefined) return known;
    let ways = done === this.#all ? 1 : 0;
    for (const [, after] of this.#next(done)) ways += this.#waysOn(after, crashes);
    if (crashes > 0) ways += CRASHES.length * this.#waysOn(done, crashes - 1);
    this.#continuations.set(key, ways);
    return ways;
  }

  /** What may come, each with what has happened then. */
  #next(done: number) {
    const { events } = this.#table;
    return openEvents(this.#table, this.#waitsFor, done).map(
      (event) => [event, done | (1 << events.indexOf(event))] as const,
    );
  }
}

function ended(end: State["end"]): Tally {
  if (end === undefined) return NOTHING;
  return end === "well" ? { well: 1, broken: {} } : { well: 0, broken: { [end.oracle]: 1 } };
}

function plus(a: Tally, b: Tally): Tally {
  const broken = { ...a.broken };
  for (const [oracle, orders] of Object.entries(b.broken))
    broken[oracle] = (broken[oracle] ?? 0) + orders;
  return { well: a.well + b.well, broken };
}
