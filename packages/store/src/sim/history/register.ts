// One register with compare-and-swap, judged while its history grows: whether each operation can be given
// one moment between its call and its return so that all results are those of a single register. Wing and
// Gong's search with Lowe's memory (2017), in the order of returns: a write is given its moment no sooner
// than a return demands it, and configurations that were met are not searched again.
//
// Four rules keep the search and the memory small, and none loses an order. What changes nothing (a read, a
// swap that did not swap) has its moment as soon as the register holds what it saw: it stands in nobody's
// way. A write of unknown outcome has one only if what it wrote is seen, by an operation that is under way
// then: of an order in which nobody sees it, the same order without it is one too, and it may come as late
// as whoever sees it. Of two configurations that differ in writes of unknown outcome alone, the one that has
// used fewer can do all that the other can. And what every configuration has used is forgotten.
import { assert } from "@multiraft/runtime";
import type { Operation } from "./operation.ts";

export type Value = string | undefined;

/** At 8 clients on a key there are some hundreds; beyond this a history is not worth its memory. */
export const CONFIGURATIONS_MAX = 200_000;

type Configuration = {
  readonly value: Value;
  /** Operations under way that have had their moment, by number, sorted. */
  readonly taken: readonly number[];
  /** Writes of unknown outcome that have had theirs, sorted. */
  readonly used: readonly number[];
  /** One of those was last: whoever is next has to see what it wrote. */
  readonly isOwedSight: boolean;
};

/** By the value written: a search looks only at those whose value somebody can see. */
type Unknowns = ReadonlyMap<Value, readonly Numbered[]>;
type Numbered = { readonly number: number; readonly operation: Operation };

export type Judgement =
  | { readonly kind: "possible" }
  /** No order explains what `operation` returned; just before, the register may have held `possible`. */
  | {
      readonly kind: "violated";
      readonly operation: Operation;
      readonly possible: readonly Value[];
    }
  /** More than so many configurations at once: nothing is known from here on. */
  | { readonly kind: "undecided" };

export class Register {
  readonly #configurationsMax: number;
  #configurations: readonly Configuration[] = [
    { value: undefined, taken: [], used: [], isOwedSight: false },
  ];
  #underWay: readonly Numbered[] = [];
  #unknowns: Unknowns = new Map();
  #calls = 0;
  #judgement: Judgement = { kind: "possible" };

  constructor(configurationsMax: number = CONFIGURATIONS_MAX) {
    this.#configurationsMax = configurationsMax;
  }

  get judgement(): Judgement {
    return this.#judgement;
  }

  /** Configurations that are kept, and writes of unknown outcome that may still show. */
  get held(): { readonly configurations: number; readonly unknowns: number } {
    const unknowns = [...this.#unknowns.values()].reduce((sum, list) => sum + list.length, 0);
    return { configurations: this.#configurations.length, unknowns };
  }

  /** One that goes on from here by itself. */
  fork(configurationsMax: number): Register {
    const fork = new Register(configurationsMax);
    fork.#configurations = this.#configurations;
    fork.#underWay = this.#underWay;
    fork.#unknowns = this.#unknowns;
    fork.#calls = this.#calls;
    fork.#judgement = this.#judgement;
    return fork;
  }

  /** In the order of calls and returns; with the outcome, which is known later than the call. */
  called(operation: Operation): void {
    if (operation.outcome.kind === "failed" || this.#judgement.kind !== "possible") return;
    this.#calls += 1;
    const numbered = { number: this.#calls, operation };
    if (operation.outcome.kind === "unknown") return this.#addUnknown(numbered);
    this.#underWay = [...this.#underWay, numbered];
    if (!isRead(operation)) return;
    this.#configurations = this.#configurations.map((one) => withReads([numbered], one));
  }

  returned(operation: Operation): void {
    if (operation.outcome.kind === "failed" || this.#judgement.kind !== "possible") return;
    const one = this.#underWay.find((other) => other.operation === operation);
    assert(one !== undefined, "an operation returned that was not called");
    const after = this.#takeMoment(one.number);
    if (after === undefined) return this.#giveUp();
    if (after.length === 0) {
      const possible = [...new Set(this.#configurations.map(({ value }) => value))];
      this.#judgement = { kind: "violated", operation, possible };
      return;
    }
    this.#underWay = this.#underWay.filter((other) => other !== one);
    this.#configurations = withoutDominated(after);
    this.#forgetUsed();
  }

  #giveUp(): void {
    this.#judgement = { kind: "undecided" };
    this.#configurations = [];
    this.#underWay = [];
    this.#unknowns = new Map();
  }

  #addUnknown(numbered: Numbered): void {
    const { action } = numbered.operation;
    if (action.kind === "get") return;
    const written = action.kind === "delete" ? undefined : action.value;
    const list = [...(this.#unknowns.get(written) ?? []), numbered];
    this.#unknowns = new Map(this.#unknowns).set(written, list);
  }

  /** All ways in which operation `number` has had its moment by now; undefined: too many. */
  #takeMoment(number: number): readonly Configuration[] | undefined {
    const showing = this.#showing();
    const done = new Map<string, Configuration>();
    const met = new Set<string>();
    const stack = [...this.#configurations];
    for (let next = stack.pop(); next !== undefined; next = stack.pop()) {
      if (next.taken.includes(number)) {
        const settled = { ...next, taken: next.taken.filter((other) => other !== number) };
        done.set(nameOf(settled), settled);
        continue;
      }
      for (const candidate of this.#candidatesFrom(next, showing)) {
        const name = nameOf(candidate);
        if (!met.has(name)) stack.push(candidate);
        met.add(name);
      }
      if (met.size > this.#configurationsMax) return undefined;
    }
    return [...done.values()];
  }

  /** One more write has its moment, and with it whatever sees what it wrote. */
  #candidatesFrom(from: Configuration, showing: readonly Numbered[]): Configuration[] {
    const candidates: Configuration[] = [];
    for (const { number, operation } of this.#underWay) {
      if (isRead(operation) || from.taken.includes(number)) continue;
      if (from.isOwedSight && operation.action.kind !== "compare-and-swap") continue;
      const after = effectOf(operation, from.value);
      if (after === undefined) continue;
      const taken = withNumber(from.taken, number);
      const one = { value: after.value, taken, used: from.used, isOwedSight: false };
      candidates.push(withReads(this.#underWay, one));
    }
    // Of two plain writes that do the same the earlier one is enough; a swap is not always possible.
    const met = new Set<Value>();
    for (const { number, operation } of showing) {
      if (from.used.includes(number)) continue;
      const isSwap = operation.action.kind === "compare-and-swap";
      if (from.isOwedSight && !isSwap) continue;
      const value = effectOf(operation, from.value)?.value;
      // Without effect it need not be.
      if (value === from.value || (!isSwap && met.has(value))) continue;
      if (!isSwap) met.add(value);
      const used = withNumber(from.used, number);
      const one = { value, taken: from.taken, used, isOwedSight: true };
      candidates.push(withReads(this.#underWay, one));
    }
    return candidates;
  }

  /** Writes of unknown outcome whose value can be seen now, by what is under way or through each other. */
  #showing(): readonly Numbered[] {
    if (this.#unknowns.size === 0) return [];
    const operations = this.#underWay.map(({ operation }) => operation);
    if (operations.some(seesAnything)) return [...this.#unknowns.values()].flat().sort(byNumber);
    const wanted = new Set(operations.flatMap(seenBy));
    const showing: Numbered[] = [];
    for (const value of wanted)
      for (const one of this.#unknowns.get(value) ?? []) {
        showing.push(one);
        // A set that grows while it is walked is walked to its end.
        for (const earlier of seenBy(one.operation)) wanted.add(earlier);
      }
    return showing.sort(byNumber);
  }

  /** Writes of unknown outcome that every configuration has used say nothing any more. */
  #forgetUsed(): void {
    const [first, ...others] = this.#configurations;
    const common = (first?.used ?? []).filter((number) =>
      others.every(({ used }) => used.includes(number)),
    );
    if (common.length === 0) return;
    const isKept = (number: number): boolean => !common.includes(number);
    this.#configurations = this.#configurations.map((one) => ({
      ...one,
      used: one.used.filter(isKept),
    }));
    const kept = [...this.#unknowns].map(
      ([value, list]) => [value, list.filter(({ number }) => isKept(number))] as const,
    );
    this.#unknowns = new Map(kept.filter(([, list]) => list.length > 0));
  }
}

/** It changes nothing, and is known to have seen something. */
function isRead({ action, outcome }: Operation): boolean {
  return action.kind === "get" || outcome.kind === "not-swapped";
}

/** The same with all those reads taken that see what the register holds. */
function withReads(operations: readonly Numbered[], from: Configuration): Configuration {
  let taken = from.taken;
  for (const { number, operation } of operations) {
    if (!isRead(operation) || taken.includes(number)) continue;
    if (effectOf(operation, from.value) !== undefined) taken = withNumber(taken, number);
  }
  return taken === from.taken ? from : { ...from, taken, isOwedSight: false };
}

/** What the register holds after it; undefined when its result could not have been. */
function effectOf({ action, outcome }: Operation, value: Value): { value: Value } | undefined {
  switch (action.kind) {
    case "get":
      return outcome.kind !== "value" || outcome.value === value ? { value } : undefined;
    case "put":
      return { value: action.value };
    case "delete":
      return { value: undefined };
    case "compare-and-swap": {
      const isSwapped = action.expected === value;
      if (outcome.kind === "swapped" && !isSwapped) return undefined;
      if (outcome.kind === "not-swapped" && (isSwapped || !couldFind(outcome.found, value)))
        return undefined;
      return { value: isSwapped ? action.value : value };
    }
  }
}

function couldFind(found: { readonly value: Value } | undefined, value: Value): boolean {
  return found === undefined || found.value === value;
}

/** Values that it can have seen, where they can be listed. */
function seenBy({ action, outcome }: Operation): Value[] {
  if (outcome.kind === "value") return [outcome.value];
  if (outcome.kind === "not-swapped")
    return outcome.found === undefined ? [] : [outcome.found.value];
  return action.kind === "compare-and-swap" ? [action.expected] : [];
}

function seesAnything({ outcome }: Operation): boolean {
  return outcome.kind === "not-swapped" && outcome.found === undefined;
}

/** Between searches, when nothing is owed. */
function withoutDominated(all: readonly Configuration[]): readonly Configuration[] {
  if (all.length < 2 || all.every(({ used }) => used.length === 0)) return all;
  const groups = new Map<string, Configuration[]>();
  for (const one of [...all].sort((a, b) => a.used.length - b.used.length)) {
    const name = nameOf({ ...one, used: [] });
    const group = groups.get(name) ?? [];
    groups.set(name, group);
    const isDominated = group.some(({ used }) => used.every((number) => one.used.includes(number)));
    if (!isDominated) group.push(one);
  }
  return [...groups.values()].flat();
}

function withNumber(numbers: readonly number[], added: number): readonly number[] {
  return [...numbers, added].sort((a, b) => a - b);
}

function byNumber(a: Numbered, b: Numbered): number {
  return a.number - b.number;
}

function nameOf({ value, taken, used, isOwedSight }: Configuration): string {
  const shown = value === undefined ? "" : `=${value}`;
  return `${isOwedSight ? "!" : ""}${taken.join()};${used.join()}|${shown}`;
}
