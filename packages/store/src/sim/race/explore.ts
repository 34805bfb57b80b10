// Plays every order of the table, crashes included, as a graph. Its nodes are the states that the store can
// come to, its edges what may happen next. Orders that have come to the same state with the same still to come
// are played on once: the store cannot tell them apart from there on. A state is no object that could be kept
// and copied, so each edge is played after the way to its beginning was played again.
//
// First come the states without a crash, then those that one crash leads to from there, and so on: what a
// state's events lead to is played once, whatever number of crashes is left. `tally.ts` counts the orders,
// as paths through the graph, and not by the table: the two agree only if no edge was left out.
import { assert } from "@multiraft/runtime";
import { type Broken, brokenBy, watched } from "./broken.ts";
import { endOf } from "./ending.ts";
import { likenessOf } from "./likeness.ts";
import { describeMoves, type Move } from "./moves.ts";
import { RaceRun } from "./race-run.ts";
import type { OfferName } from "./script.ts";
import type { StoreOptions } from "./store-under-test.ts";
import { openEvents, predecessors, type RaceEvent, type Table } from "./table.ts";
import { type Counted, type Tally, tallyOf } from "./tally.ts";

export type RaceViolation = Broken & { readonly order: string; readonly offer: OfferName };

/** Kept: after the first the others are mostly its relatives. */
const VIOLATIONS_MAX = 100;

/** Where something leads, or what broke on the way: what would come after that is not played. */
export type Edge = { readonly to: State } | { readonly broken: Broken };

type EventEdge = Edge & { readonly appends: number; readonly hasReport: boolean };

/** Of the store, whatever has happened and is still to come. What leads on from it is played once. */
export type State = {
  readonly number: number;
  /** The first way that was found. */
  readonly path: readonly Move[];
  readonly likeness: string;
  readonly waitingAppends: number;
  readonly hasUnsynced: boolean;
  /** A replica that can fail. */
  readonly isPThere: boolean;
  readonly events: Map<RaceEvent, EventEdge>;
  readonly crashes: Crashes;
  /** How it ends, once everything has happened. */
  end: "well" | Broken | undefined;
};

/** Filled in while crashes are left. */
type Crashes = {
  failure: Edge | undefined;
  /** The first is the order's; what else the disk may have kept is a way of it. */
  readonly power: Edge[];
  /** Those within an event: ways of a crash after it. */
  readonly within: Map<RaceEvent, readonly Edge[]>;
};

/** A state, and the events that have happened, as bits. */
type Point = { readonly state: State; readonly done: number };

export type ExploreOptions = {
  readonly store?: StoreOptions;
  /** Default true. Otherwise every order is played by itself, however many there are. */
  readonly merges?: boolean;
};

export class Exploration {
  readonly violations: RaceViolation[] = [];
  /** Ways that were played to some end. */
  ends = 0;
  /** Edges that were played. */
  plays = 0;
  /** Ways that have come to a state that was known. */
  merged = 0;
  /** From 0 to 1, roughly. */
  progress = 0;
  readonly #table: Table;
  readonly #waitsFor: readonly number[];
  readonly #all: number;
  readonly #offer: OfferName;
  readonly #options: ExploreOptions;
  readonly #known = new Map<string, State>();
  readonly #reached = new Set<string>();
  /** Reached since the last crash was let in. */
  #fresh: Point[] = [];

  constructor(table: Table, offer: OfferName, options: ExploreOptions = {}) {
    this.#table = table;
    this.#waitsFor = predecessors(table);
    this.#all = (1 << table.events.length) - 1;
    this.#offer = offer;
    this.#options = options;
  }

  /** States that were told apart. */
  get states(): number {
    return this.#known.size;
  }

  /** Yields at each play. @returns The orders with at most so many crashes that ended well. */
  *orders(crashesMax: number): Generator<undefined, number> {
    const tally = yield* this.tallies(crashesMax);
    return tally("orders").well;
  }

  /** @returns What was played, counted as one likes. */
  *tallies(crashesMax: number): Generator<undefined, (counted: Counted) => Tally> {
    const run = this.#play([]);
    const start = this.#stateOf([], run);
    yield* this.#reach({ state: start, done: 0 }, run);
    for (let crashes = 0; crashes < crashesMax; crashes += 1) {
      const points = this.#fresh;
      this.#fresh = [];
      for (const [n, point] of points.entries()) {
        this.progress = (crashes + n / points.length) / crashesMax;
        yield* this.#crash(point);
      }
    }
    return (counted) => tallyOf(this.#table, start, crashesMax, counted);
  }

  /** The state that a run is in; an equal one if there was one. */
  #stateOf(path: readonly Move[], run: RaceRun): State {
    const key = this.#options.merges === false ? describeMoves(path) : run.stateKey;
    const likeness = likenessOf(run.store);
    const known = this.#known.get(key);
    if (known !== undefined) {
      this.merged += 1;
      compare(known, path, likeness);
      return known;
    }
    const state: State = {
      number: this.#known.size,
      path,
      likeness,
      waitingAppends: run.waitingAppends,
      hasUnsynced: run.store.unsynced.length > 0,
      isPThere: run.isPThere,
      events: new Map(),
      crashes: { failure: undefined, power: [], within: new Map() },
      end: undefined,
    };
    this.#known.set(key, state);
    return state;
  }

  /** @param run Is in that state, and is taken on to what comes next; undefined: played when needed. */
  *#reach({ state, done }: Point, run: RaceRun | undefined): Generator<undefined, void> {
    const name = `${state.number} ${done}`;
    if (this.#reached.has(name)) return;
    this.#reached.add(name);
    this.#fresh.push({ state, done });
    let unused = run;
    if (done === this.#all && state.end === undefined) {
      state.end = this.#end(state, unused ?? this.#play(state.path));
      unused = undefined;
    }
    for (const event of openEvents(this.#table, this.#waitsFor, done)) {
      const after = done | this.#bitOf(event);
      const known = state.events.get(event);
      if (known !== undefined) yield* this.#along(known, after, undefined);
      else {
        yield;
        const ahead = unused ?? this.#play(state.path);
        unused = undefined;
        yield* this.#along(this.#event(state, event, ahead), after, ahead);
      }
    }
  }

  *#along(edge: Edge, done: number, run: RaceRun | undefined): Generator<undefined, void> {
    if ("to" in edge) yield* this.#reach({ state: edge.to, done }, run);
  }

  #event(state: State, event: RaceEvent, run: RaceRun): EventEdge {
    const { counts } = run.store.stateKey;
    const before = { ...counts };
    const edge = this.#follow(state, { kind: "event", event }, run);
    const appends = counts.appends - before.appends;
    const made = { ...edge, appends, hasReport: counts.reports > before.reports };
    state.events.set(event, made);
    return made;
  }

  /**
   * At the gap, and within the events that may come next. The ways in which a power cut may leave the disk,
   * and those of a crash within an event, are ways of one crash and no orders of their own.
   */
  *#crash({ state, done }: Point): Generator<undefined, void> {
    const { crashes } = state;
    if (crashes.failure === undefined) yield* this.#crashAtGap(state);
    for (const edge of [...crashes.power, crashes.failure])
      if (edge !== undefined) yield* this.#along(edge, done, undefined);
    for (const event of openEvents(this.#table, this.#waitsFor, done)) {
      const edges = crashes.within.get(event) ?? (yield* this.#crashWithin(state, event));
      const after = done | this.#bitOf(event);
      for (const edge of edges) yield* this.#along(edge, after, undefined);
    }
  }

  *#crashAtGap(state: State): Generator<undefined, void> {
    const { crashes } = state;
    for (let waiting = 0; waiting <= state.waitingAppends; waiting += 1)
      for (const kept of state.hasUnsynced ? KEPT : KEPT.slice(0, 1))
        crashes.power.push(yield* this.#again(state, { kind: "power", cut: { waiting, kept } }));
    crashes.failure = state.isPThere
      ? yield* this.#again(state, { kind: "failure" })
      : { to: state };
  }

  *#crashWithin(state: State, event: RaceEvent): Generator<undefined, readonly Edge[]> {
    const edges: Edge[] = [];
    const { appends = 0, hasReport = false } = state.events.get(event) ?? {};
    for (let synced = 0; synced < appends; synced += 1)
      edges.push(yield* this.#again(state, { kind: "event-power", event, appends: synced }));
    if (hasReport) edges.push(yield* this.#again(state, { kind: "event-failure", event }));
    state.crashes.within.set(event, edges);
    return edges;
  }

  *#again(state: State, move: Move): Generator<undefined, Edge> {
    yield;
    return this.#follow(state, move, this.#play(state.path));
  }

  #follow(state: State, move: Move, run: RaceRun): Edge {
    const path = [...state.path, move];
    const broken = brokenBy(() => run.make(move)) ?? watched(run);
    this.plays += 1;
    if (broken === undefined) return { to: this.#stateOf(path, run) };
    this.#report(path, broken);
    return { broken };
  }

  #play(path: readonly Move[]): RaceRun {
    const run = new RaceRun(this.#offer, this.#options.store);
    for (const move of path) run.make(move);
    return run;
  }

  #end({ path }: State, run: RaceRun): "well" | Broken {
    this.ends += 1;
    const broken = brokenBy(() => endOf(run)) ?? watched(run);
    if (broken !== undefined) this.#report(path, broken);
    return broken ?? "well";
  }

  #report(path: readonly Move[], { oracle, what }: Broken): void {
    if (this.violations.length < VIOLATIONS_MAX)
      this.violations.push({ order: describeMoves(path), offer: this.#offer, oracle, what });
  }

  #bitOf(event: RaceEvent): number {
    return 1 << this.#table.events.indexOf(event);
  }
}

function compare(known: State, path: readonly Move[], likeness: string): void {
  const both = () => `${describeMoves(known.path)}\nand ${describeMoves(path)}`;
  const seen = () => `${known.likeness}\n${likeness}`;
  assert(likeness === known.likeness, () => `taken for one state:\n${both()}\n${seen()}`);
}

const KEPT = ["nothing", "everything"] as const;
