// A history that is judged while it grows. Per key, what came before the first call that is still under way
// is settled: judged once, and only the states that it may have left are kept. What came after is judged
// anew at every look, as if the run ended there: what is under way then may have taken effect or not, and a
// history that has no order now gets none by what follows.
import type { History } from "./history.ts";
import {
  eventsOf,
  feed,
  gathered,
  type HistoryVerdict,
  type RegisterEvent,
  type Verdict,
  verdictOf,
} from "./linearizable.ts";
import { Register } from "./register.ts";

/** At a look what is more entangled is left for later. */
const CONFIGURATIONS_PER_LOOK_MAX = 5_000;

class WatchedKey {
  readonly register = new Register();
  /** Places of operations that are not settled. */
  places: number[] = [];
  /** The latest event that is. */
  settledTo = 0;
}

export class HistoryWatch {
  readonly #history: History;
  readonly #keys = new Map<string, WatchedKey>();
  #seen = 0;

  constructor(history: History) {
    this.#history = history;
  }

  /** Operations that are looked at again the next time. */
  get unsettled(): number {
    return [...this.#keys.values()].reduce((sum, { places }) => sum + places.length, 0);
  }

  /** @returns The first key that has no order any more. */
  look(): (Verdict & { kind: "violated" }) | undefined {
    this.#takeNew();
    for (const key of this.#keys.values()) {
      const verdict = this.#lookAt(key);
      if (verdict.kind === "violated") return verdict;
    }
    return undefined;
  }

  /** What is under way counts as unknown from here on: the last word. */
  end(): HistoryVerdict {
    this.#takeNew();
    return gathered([...this.#keys.values()].map((key) => this.#settle(key, Infinity)));
  }

  #takeNew(): void {
    const { operations } = this.#history;
    for (; this.#seen < operations.length; this.#seen += 1) {
      const name = operations[this.#seen]?.key ?? "";
      const key = this.#keys.get(name) ?? new WatchedKey();
      this.#keys.set(name, key);
      key.places.push(this.#seen);
    }
  }

  #lookAt(key: WatchedKey): Verdict {
    const settled = this.#settle(key, this.#firstUnderWay(key));
    if (settled.kind !== "linearizable") return settled;
    const fork = key.register.fork(CONFIGURATIONS_PER_LOOK_MAX);
    feed(fork, this.#eventsBefore(key, Infinity));
    return verdictOf(fork);
  }

  /** All events before `end`, once and for all. */
  #settle(key: WatchedKey, end: number): Verdict {
    feed(key.register, this.#eventsBefore(key, end));
    key.settledTo = Math.max(key.settledTo, end - 1);
    key.places = key.places.filter((place) => !this.#isSettled(place, end));
    return verdictOf(key.register);
  }

  #eventsBefore({ places, settledTo }: WatchedKey, end: number): RegisterEvent[] {
    const operations = places.flatMap((place) => this.#history.operations[place] ?? []);
    return eventsOf(operations).filter(({ at }) => at > settledTo && at < end);
  }

  #firstUnderWay({ places }: WatchedKey): number {
    const first = places.find((place) => this.#history.isOpen(place));
    const operation = first === undefined ? undefined : this.#history.operations[first];
    return operation?.call ?? this.#history.nextEvent;
  }

  #isSettled(place: number, end: number): boolean {
    const operation = this.#history.operations[place];
    if (operation === undefined || operation.call >= end) return false;
    return operation.return < end || !Number.isFinite(operation.return);
  }
}
