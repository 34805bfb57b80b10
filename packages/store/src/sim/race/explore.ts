// Plays every order of the table, crashes included. Orders that have come to the same state with the same
// still to come are played on once: the store cannot tell them apart from there on. A state is no object
// that could be kept and copied, so each turning is reached by playing the way to it again.
//
// The orders are counted on the way back, as the sum over all that may come next, and not by the table's
// count: the two agree only if no turning was left out.
import { type Broken, brokenBy, watched } from "./broken.ts";
import { endOf } from "./ending.ts";
import { describeMoves, happeningsOf, type Move } from "./moves.ts";
import { RaceRun } from "./race-run.ts";
import type { OfferName } from "./script.ts";
import type { StoreOptions } from "./store-under-test.ts";
import {
  CRASHES,
  type Happening,
  isCrash,
  predecessors,
  type RaceEvent,
  type Table,
} from "./table.ts";

export type RaceViolation = Broken & { readonly order: string; readonly offer: OfferName };

/** Kept: after the first the others are mostly its relatives. */
const VIOLATIONS_MAX = 100;

type Point = {
  readonly path: readonly Move[];
  /** Events that have happened, as bits. */
  readonly done: number;
  readonly crashesLeft: number;
  /** Of all the work, as if what may come next were always equally much. */
  readonly share: number;
};

export class Exploration {
  readonly violations: RaceViolation[] = [];
  /** Ways that were played to some end. */
  ends = 0;
  /** From 0 to 1, roughly. */
  progress = 0;
  readonly #table: Table;
  readonly #waitsFor: readonly number[];
  readonly #all: number;
  readonly #offer: OfferName;
  readonly #options: StoreOptions;
  /** Orders that go on from a state. */
  readonly #known = new Map<string, number>();

  constructor(table: Table, offer: OfferName, options: StoreOptions = {}) {
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

  /** Yields at each turning. @returns The orders with at most so many crashes that were played. */
  *orders(crashesMax: number): Generator<undefined, number> {
    const start = { path: [], done: 0, crashesLeft: crashesMax, share: 1 };
    return yield* this.#from(start, this.#play([]));
  }

  *#from(point: Point, run: RaceRun): Generator<undefined, number> {
    const { done, crashesLeft } = point;
    const key = `${done} ${crashesLeft} ${run.stateKey}`;
    const known = this.#known.get(key);
    if (known !== undefined) {
      this.progress += point.share;
      return known;
    }
    const orders = yield* this.#onwards(point, run);
    this.#known.set(key, orders);
    return orders;
  }

  *#onwards(point: Point, run: RaceRun): Generator<undefined, number> {
    const { done, crashesLeft } = point;
    const { waitingAppends } = run;
    const events = this.#nextEvents(done);
    const ways =
      events.length + (crashesLeft > 0 ? CRASHES.length : 0) + (done === this.#all ? 1 : 0);
    const share = point.share / ways;
    let orders = 0;
    if (done === this.#all) {
      orders += this.#end(point, run);
      this.progress += share;
    }
    for (const [n, event] of events.entries())
      orders += yield* this.#event(point, event, share, n === 0 ? run : this.#play(point.path));
    if (crashesLeft > 0) orders += yield* this.#crashes(point, share, waitingAppends);
    return orders;
  }

  /** And the crashes that come within it: ways of the crash after it, and no orders of their own. */
  *#event(
    point: Point,
    event: RaceEvent,
    share: number,
    run: RaceRun,
  ): Generator<undefined, number> {
    yield;
    const before = { ...run.store.stateKey.counts };
    const move = { kind: "event", event } as const;
    if (!this.#make(point, move, run)) return 0;
    const { appends, reports } = run.store.stateKey.counts;
    const orders = yield* this.#from(this.#after(point, move, share), run);
    if (point.crashesLeft === 0) return orders;
    for (let kept = 0; kept < appends - before.appends; kept += 1)
      yield* this.#again(point, { kind: "event-power", event, appends: kept });
    if (reports > before.reports) yield* this.#again(point, { kind: "event-failure", event });
    return orders;
  }

  *#crashes(point: Point, share: number, waitingAppends: number): Generator<undefined, number> {
    let orders = yield* this.#again(point, { kind: "failure" }, share);
    for (let waiting = 0; waiting <= waitingAppends; waiting += 1)
      for (const kept of ["nothing", "everything"] as const) {
        // Whatever the disk has kept, it is the same order.
        const isCounted = waiting === 0 && kept === "nothing";
        const move = { kind: "power", cut: { waiting, kept } } as const;
        const below = yield* this.#again(point, move, isCounted ? share : 0);
        if (isCounted) orders += below;
      }
    return orders;
  }

  /** The way to `point` is played once more, and goes on with `move`. */
  *#again(point: Point, move: Move, share = 0): Generator<undefined, number> {
    yield;
    const run = this.#play(point.path);
    if (!this.#make(point, move, run)) return 0;
    return yield* this.#from(this.#after(point, move, share), run);
  }

  #play(path: readonly Move[]): RaceRun {
    const run = new RaceRun(this.#offer, this.#options);
    for (const move of path) run.make(move);
    return run;
  }

  /** @returns False when something broke: what would come after is not played. */
  #make(point: Point, move: Move, run: RaceRun): boolean {
    const broken = brokenBy(() => run.make(move)) ?? watched(run);
    if (broken !== undefined) this.#report([...point.path, move], broken);
    return broken === undefined;
  }

  /** @returns Of orders that have ended well: one or none. */
  #end({ path }: Point, run: RaceRun): number {
    this.ends += 1;
    const broken = brokenBy(() => endOf(run)) ?? watched(run);
    if (broken !== undefined) this.#report(path, broken);
    return broken === undefined ? 1 : 0;
  }

  #report(path: readonly Move[], { oracle, what }: Broken): void {
    if (this.violations.length < VIOLATIONS_MAX)
      this.violations.push({ order: describeMoves(path), offer: this.#offer, oracle, what });
  }

  #after({ path, done, crashesLeft }: Point, move: Move, share: number): Point {
    const happenings = happeningsOf(move);
    const events = happenings.filter((happening) => !isCrash(happening));
    return {
      path: [...path, move],
      done: events.reduce((bits, event) => bits | this.#bitOf(event), done),
      crashesLeft: crashesLeft - (happenings.length - events.length),
      share,
    };
  }

  #bitOf(event: Happening): number {
    return 1 << (this.#table.events as readonly Happening[]).indexOf(event);
  }

  #nextEvents(done: number): readonly RaceEvent[] {
    return this.#table.events.filter((_, n) => {
      const isOpen = (done & (1 << n)) === 0;
      return isOpen && ((this.#waitsFor[n] ?? 0) & ~done) === 0;
    });
  }
}
