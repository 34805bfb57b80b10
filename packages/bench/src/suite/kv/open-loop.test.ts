import { Sfc32 } from "@multiraft/runtime";
import { describe, expect, test } from "vitest";
import { latencyFigures } from "../latency.ts";
import { type LoopTime, openLoop } from "./open-loop.ts";

/** A store that answers in `answerMs`, but for a pause; its time moves when somebody sleeps. */
class Store implements LoopTime {
  readonly #answerMs: number;
  readonly #pause: { readonly fromMs: number; readonly toMs: number };
  #nowMs = 0;
  #underWay: { readonly endMs: number; readonly answer: () => void }[] = [];
  readonly begunMs: number[] = [];
  underWayMost = 0;

  constructor(answerMs: number, pause = { fromMs: 0, toMs: 0 }) {
    this.#answerMs = answerMs;
    this.#pause = pause;
  }

  nowMs = () => this.#nowMs;

  sleep = async (durationMs: number) => {
    this.#nowMs += durationMs;
    const due = this.#underWay.filter(({ endMs }) => endMs <= this.#nowMs);
    this.#underWay = this.#underWay.filter((one) => !due.includes(one));
    for (const { answer } of due) answer();
    // What waits for an answer hears of it.
    await new Promise((resolve) => setImmediate(resolve));
  };

  perform = async () => {
    const { fromMs, toMs } = this.#pause;
    const isPaused = this.#nowMs >= fromMs && this.#nowMs < toMs;
    const endMs = (isPaused ? toMs : this.#nowMs) + this.#answerMs;
    this.begunMs.push(this.#nowMs);
    await new Promise<void>((answer) => {
      this.#underWay.push({ endMs, answer });
      this.underWayMost = Math.max(this.underWayMost, this.#underWay.length);
    });
    return this.begunMs.length % 2 === 0 ? "read" : "update";
  };
}

function run(store: Store, clients = 256) {
  const random = new Sfc32(1, "arrivals");
  const load = { operationsPerSecond: 1_000, durationSeconds: 1, clients, random, time: store };
  return openLoop(load, store.perform);
}

describe("an open loop", () => {
  test("sends what its plan says, however slow the store is", async () => {
    const [fast, slow] = [new Store(1), new Store(50)];
    const [ofFast, ofSlow] = [await run(fast), await run(slow)];
    expect(fast.begunMs).toEqual(slow.begunMs);
    expect(ofFast.durationsMs.length).toBe(fast.begunMs.length);
    expect(ofSlow.durationsMs.length).toBe(fast.begunMs.length);
    expect(fast.begunMs.length).toBeGreaterThan(900);
    expect(fast.begunMs.length).toBeLessThan(1_100);
  });

  test.each([256, 2])(
    "of %d clients shows a pause in all that it kept waiting",
    async (clients) => {
      const pause = { fromMs: 400, toMs: 600 };
      const { durationsMs } = await run(new Store(0, pause), clients);
      const { p50 = 0, p99 = 0, max = 0 } = latencyFigures(durationsMs);
      // A fifth of the operations was due in the pause, and those waited for a half of it in the mean.
      const waited = durationsMs.filter((ms) => ms > 20).length;
      expect(waited).toBeGreaterThan(150);
      expect(p50).toBeLessThan(5_000);
      expect(p99).toBeGreaterThan(150_000);
      expect(max).toBeGreaterThan(195_000);
    },
  );

  test("has no more under way than it has clients", async () => {
    const store = new Store(20);
    await run(store, 8);
    expect(store.underWayMost).toBe(8);
  });

  test("says how far it was behind its plan, and that the store could not take the load", async () => {
    const enough = await run(new Store(1));
    expect(enough.shareOfLoad).toBeGreaterThan(0.99);
    expect(Math.max(...enough.latenessMs)).toBeLessThanOrEqual(1);
    // 8 clients and 20 ms: 400 operations a second of the 1,000 that are due.
    const tooMuch = await run(new Store(20), 8);
    expect(tooMuch.shareOfLoad).toBeCloseTo(0.4, 1);
    expect(Math.max(...tooMuch.latenessMs)).toBeGreaterThan(1_000);
  });

  test("tells what an operation was", async () => {
    const { durationsMs, durationsMsOf } = await run(new Store(1));
    expect([...durationsMsOf.keys()].sort()).toEqual(["read", "update"]);
    const lengths = [...durationsMsOf.values()].map(({ length }) => length);
    expect(lengths.reduce((sum, length) => sum + length, 0)).toBe(durationsMs.length);
  });

  test("ends with the first operation that fails", async () => {
    const store = new Store(1);
    const random = new Sfc32(1, "arrivals");
    const load = { operationsPerSecond: 10, durationSeconds: 1, clients: 1, random, time: store };
    const failing = () => Promise.reject(new Error("record 7 is old"));
    await expect(openLoop(load, failing)).rejects.toThrow("record 7 is old");
  });
});
