// Random histories of a tablet against a plain map: whatever the order of applies, flushes, views,
// trims and reopenings, reads agree with the model, and a reopening shows a state that was flushed.

import type { KeyRange } from "@multiraft/pd/protocol";
import { rangeContains } from "@multiraft/pd/protocol";
import { type Random, Sfc32 } from "@multiraft/runtime";
import { describe, expect, test } from "vitest";
import type { Tablet, TabletView, Write } from "../src/tablet/tablet.ts";
import {
  ALL,
  bytes,
  ENGINES,
  type Fixture,
  key,
  metaAt,
  range,
  scanAll,
  TABLET,
  text,
} from "./tablet-fixture.ts";

type State = ReadonlyMap<string, string>;

class History {
  readonly #fixture: Fixture;
  readonly #random: Random;
  #tablet: Tablet;
  #state: Map<string, string> = new Map();
  readonly #durable = new Map<number, State>([[5, new Map()]]);
  #range: KeyRange = range("", "");
  #flushing: Promise<unknown> | undefined;
  #view: { readonly view: TabletView; readonly state: State } | undefined;

  constructor(fixture: Fixture, tablet: Tablet, seed: number) {
    this.#fixture = fixture;
    this.#tablet = tablet;
    this.#random = new Sfc32(seed);
  }

  async step(): Promise<void> {
    const choice = this.#random.below(100);
    if (choice < 50) this.#apply();
    else if (choice < 60) this.#flush();
    else if (choice < 66) await this.#settle();
    else if (choice < 72) this.#toggleView();
    else if (choice < 76) await this.#reopen();
    else if (choice < 78) this.#shrink();
    else if (choice < 82) await this.#trim();
    else this.#check();
  }

  async end(): Promise<void> {
    await this.#settle();
    this.#check();
    this.#view?.view.close();
    this.#tablet.close();
  }

  #apply(): void {
    const writes: Write[] = [];
    for (let n = this.#random.below(20); n > 0; n -= 1) {
      const at = this.#key();
      if (!rangeContains(this.#range, key(at))) continue;
      const isPut = this.#random.below(3) > 0;
      const value = isPut
        ? `${this.#tablet.meta.appliedIndex}.${"v".repeat(this.#random.below(200))}`
        : "";
      writes.push(
        isPut
          ? { kind: "put", key: key(at), value: bytes(value) }
          : { kind: "delete", key: key(at) },
      );
      if (isPut) this.#state.set(at, value);
      else this.#state.delete(at);
    }
    this.#applyAll(writes, this.#tablet.meta.isUntrimmed);
  }

  #applyAll(writes: readonly Write[], isUntrimmed: boolean): void {
    const index = this.#tablet.meta.appliedIndex + 1;
    this.#tablet.apply(writes, metaAt(index, { range: this.#range, isUntrimmed }));
    this.#durable.set(index, new Map(this.#state));
  }

  #flush(): void {
    if (this.#flushing === undefined) this.#flushing = Promise.resolve(this.#tablet.flush());
  }

  async #settle(): Promise<void> {
    await this.#flushing;
    this.#flushing = undefined;
  }

  #toggleView(): void {
    if (this.#view === undefined) {
      this.#view = { view: this.#tablet.openView(), state: new Map(this.#state) };
      return;
    }
    expect(scanAll(this.#view.view, this.#range)).toEqual(sorted(this.#view.state, this.#range));
    this.#view.view.close();
    this.#view = undefined;
  }

  async #reopen(): Promise<void> {
    const durableAtLeast = this.#tablet.durableIndex;
    this.#tablet.close();
    await this.#settle();
    this.#view?.view.close();
    this.#view = undefined;
    this.#tablet = await this.#fixture.reopenEngine().open(TABLET);
    const { appliedIndex, region } = this.#tablet.meta;
    expect(appliedIndex).toBeGreaterThanOrEqual(durableAtLeast);
    this.#range = region.range;
    this.#state = new Map(this.#durable.get(appliedIndex));
    this.#check();
  }

  /** A split: the range loses its lower or its upper end. */
  #shrink(): void {
    const at = key(this.#key());
    if (at <= this.#range.start || !rangeContains(this.#range, at)) return;
    const isLower = this.#random.below(2) === 0;
    this.#range = isLower
      ? { start: at, end: this.#range.end }
      : { start: this.#range.start, end: at };
    this.#applyAll([], true);
  }

  async #trim(): Promise<void> {
    await this.#settle();
    const isTrimmed = await this.#tablet.trim(1 + this.#random.below(4_000));
    expect(isTrimmed).toBe(!this.#tablet.meta.isUntrimmed);
    if (isTrimmed) expect(scanAll(this.#tablet)).toEqual(sorted(this.#state, this.#range));
  }

  #check(): void {
    const all = sorted(this.#state, this.#range);
    expect(scanAll(this.#tablet, this.#range)).toEqual(all);
    const at = this.#key();
    if (rangeContains(this.#range, key(at)))
      expect(text(this.#tablet.get(key(at)))).toBe(this.#state.get(at));
    const limitPairs = 1 + this.#random.below(20);
    const part = this.#tablet.scan(this.#range, limitPairs, ALL);
    expect(part.map((pair) => `${pair.key}=${text(pair.value)}`)).toEqual(all.slice(0, limitPairs));
    const middle = this.#tablet.middleKey();
    if (middle !== undefined) expect(rangeContains(this.#range, middle)).toBe(true);
  }

  /** Of 150 keys of all lengths and bytes: histories meet the same ones again. */
  #key(): string {
    const number = this.#random.below(150);
    return number === 0
      ? ""
      : String.fromCharCode((number * 89) % 256, number % 3).slice(0, 1 + (number % 2));
  }
}

function sorted(state: State, within: KeyRange): string[] {
  const keys = [...state.keys()].filter((at) => rangeContains(within, key(at))).sort();
  return keys.map((at) => `${at}=${state.get(at)}`);
}

describe.each(ENGINES)("random histories: $label", (kind) => {
  test.each([1, 2, 3, 4, 5])("seed %i", async (seed) => {
    await using t = kind.open();
    const history = new History(t, await t.engine.create(TABLET, metaAt(5)), seed);
    for (let step = 0; step < 400; step += 1) await history.step();
    await history.end();
  });
});
