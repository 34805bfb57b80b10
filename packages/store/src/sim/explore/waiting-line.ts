// The order of a run as a line: each step joins it when it is first seen, and the first of those that may go
// is taken. A delay lets a step join so many places further behind, that is behind so many that came later.
// Any run is such a line: whenever another step was taken before the first, the first had waited.
import type { Candidate } from "@multiraft/runtime/testing";
import type { StepNames } from "./step-names.ts";

/** By name, behind how many that came later it waits. */
export type StepDelay = readonly [name: string, places: number];

type Place = {
  readonly name: string;
  readonly joined: number;
  /** Of two with the same number, who waited is behind who did not. */
  behind: number;
  hasWaited: boolean;
};

export class WaitingLine {
  readonly #names: StepNames;
  readonly #given: ReadonlyMap<string, number>;
  readonly #places = new WeakMap<Candidate, Place>();
  /** In the order in which they joined. */
  readonly #waited = new Set<Place>();
  #joined = 0;

  constructor(names: StepNames, given: readonly StepDelay[] = []) {
    this.#names = names;
    this.#given = new Map(given);
  }

  /** Those that had a delay, or were passed over, so far. */
  get delays(): readonly StepDelay[] {
    return [...this.#waited]
      .sort((a, b) => a.joined - b.joined)
      .map(({ name, behind, joined }) => [name, behind - joined]);
  }

  /** @param candidates All that could be taken now, oldest first: the new ones join. */
  see(candidates: readonly Candidate[]): void {
    for (const candidate of candidates)
      if (!this.#places.has(candidate)) this.#places.set(candidate, this.#join(candidate));
  }

  /** @param some Seen, and not empty. @returns The place in `some` of the first in the line. */
  first(some: readonly Candidate[]): number {
    let first = 0;
    for (let place = 1; place < some.length; place += 1)
      if (this.#isBefore(some[place], some[first])) first = place;
    return first;
  }

  /** Everybody in `some` who would have been before `taken` has waited for it. */
  passOver(some: readonly Candidate[], taken: Candidate): void {
    const passing = this.#places.get(taken);
    if (passing === undefined) return;
    for (const candidate of some) {
      const place = this.#places.get(candidate);
      if (place === undefined || place === passing || compare(place, passing) > 0) continue;
      place.hasWaited = true;
      place.behind = passing.behind;
      if (compare(place, passing) < 0) place.behind += 1;
      this.#waited.add(place);
    }
  }

  #join(candidate: Candidate): Place {
    this.#joined += 1;
    const name = this.#names.next(candidate);
    const delay = this.#given.get(name);
    const hasWaited = delay !== undefined;
    const place = { name, joined: this.#joined, behind: this.#joined + (delay ?? 0), hasWaited };
    if (hasWaited) this.#waited.add(place);
    return place;
  }

  #isBefore(one: Candidate | undefined, other: Candidate | undefined): boolean {
    const place = one && this.#places.get(one);
    const otherPlace = other && this.#places.get(other);
    if (place === undefined || otherPlace === undefined) return false;
    return compare(place, otherPlace) < 0;
  }
}

function compare(one: Place, other: Place): number {
  if (one.behind !== other.behind) return one.behind - other.behind;
  if (one.hasWaited !== other.hasWaited) return one.hasWaited ? 1 : -1;
  return one.joined - other.joined;
}
