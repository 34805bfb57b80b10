// The stress run: phases take turns, a round each, until the time is over; memory is looked at between
// cycles. What a phase finds is said at once, and the run goes on: one fault may lead to the next.
import { join } from "node:path";
import { Sfc32 } from "@multiraft/runtime";
import { amount } from "../report/amount.ts";
import { Progress, type ProgressOutput } from "../report/progress.ts";
import { collectedHeapBytes } from "./kept-heap.ts";
import { excessive, growthsIn, type MemorySample, openDescriptors } from "./memory-record.ts";
import type { Phase } from "./phase.ts";
import { PHASES } from "./phases.ts";
import type { RoundResult, StressResult, Violation } from "./stress-report.ts";

export type StressOrder = {
  readonly seed: number;
  readonly threads: number;
  readonly minutes: number;
  readonly isQuick: boolean;
  /** Names of phases, in their order. */
  readonly phases: readonly string[];
  /** Scratch space, of which each phase gets a part. */
  readonly directory: string;
};

export type StressOutput = {
  readonly progress: ProgressOutput;
  readonly found: (violation: Violation) => void;
};

/** Of load in a round: short ones find much in little time, long ones what needs time to come about. */
const LOAD_MS = { quick: 1_500, min: 5_000, max: 60_000 };
const ROUNDS_WANTED = 100;
/** Beyond so many nobody reads more. */
const VIOLATIONS_MAX = 100;
const SEEDS = 2 ** 31;

export class StressRun {
  readonly #order: StressOrder;
  readonly #output: StressOutput;
  readonly #signal: AbortSignal;
  readonly #phases: readonly Phase[];
  readonly #rounds = new Map<Phase, number>();
  readonly #results: RoundResult[] = [];
  readonly #memory: MemorySample[] = [];
  readonly #violations: Violation[] = [];
  readonly #progress: Progress;
  readonly #startedMs = performance.now();

  constructor(order: StressOrder, output: StressOutput, signal: AbortSignal) {
    this.#order = order;
    this.#output = output;
    this.#signal = signal;
    this.#progress = new Progress(output.progress, "stress", this.#totalMs);
    const { threads, isQuick, directory } = order;
    this.#phases = order.phases.flatMap((name) => {
      const place = { threads, isQuick, signal, directory: join(directory, name) };
      return PHASES[name]?.(place) ?? [];
    });
  }

  /** Once the signal is aborted it is what was found until then. Nothing is open when it settles. */
  async run(): Promise<StressResult> {
    try {
      await this.#cycles();
      for (const what of excessive(growthsIn(this.#memory) ?? []))
        this.#violate({ phase: "memory", round: this.#memory.length, what });
      const isInterrupted = this.#signal.aborted;
      const found = `${this.#results.length} rounds, ${this.#violations.length} violations`;
      this.#progress.end(found, isInterrupted ? this.#elapsedMs : this.#totalMs);
      const { seed, threads } = this.#order;
      const [results, memory, violations] = [this.#results, this.#memory, this.#violations];
      const seconds = this.#elapsedMs / 1_000;
      return { seed, threads, seconds, results, memory, violations, isInterrupted };
    } finally {
      for (const phase of this.#phases) await phase.close();
    }
  }

  /** Until the time is over, or the run is broken off. */
  async #cycles(): Promise<void> {
    try {
      do await this.#cycle();
      while (this.#elapsedMs < this.#totalMs && this.#violations.length < VIOLATIONS_MAX);
    } catch (error) {
      if (!this.#signal.aborted) throw error;
    }
  }

  get #elapsedMs(): number {
    return performance.now() - this.#startedMs;
  }

  /** Of a quick run nothing: one cycle is all of it. */
  get #totalMs(): number {
    return this.#order.isQuick ? 0 : this.#order.minutes * 60_000;
  }

  get #loadMs(): number {
    if (this.#order.isQuick) return LOAD_MS.quick;
    return Math.min(LOAD_MS.max, Math.max(LOAD_MS.min, this.#totalMs / ROUNDS_WANTED));
  }

  async #cycle(): Promise<void> {
    for (const phase of this.#phases) await this.#round(phase);
    this.#memory.push(await this.#sample());
  }

  async #round(phase: Phase): Promise<void> {
    const number = this.#rounds.get(phase) ?? 0;
    this.#rounds.set(phase, number + 1);
    const random = new Sfc32(this.#order.seed, `${phase.name} ${number}`);
    const cpu = process.cpuUsage();
    const startMs = performance.now();
    const violate = (what: string) => this.#violate({ phase: phase.name, round: number, what });
    try {
      const counts = await phase.round({
        number,
        seed: random.fork("seed").below(SEEDS),
        random,
        loadMs: this.#loadMs,
        violate,
        note: (done, unit, more) => this.#show(phase, number, startMs, `${unit}/s, ${more}`, done),
      });
      const { user, system } = process.cpuUsage(cpu);
      const seconds = (performance.now() - startMs) / 1_000;
      const cpuSeconds = (user + system) / 1e6;
      this.#results.push({ phase: phase.name, counts, seconds, cpuSeconds });
    } catch (error) {
      this.#signal.throwIfAborted();
      violate(error instanceof Error ? (error.stack ?? error.message) : String(error));
      // Whatever it is in: the next round begins anew.
      await phase.close();
    }
  }

  #show(phase: Phase, round: number, startMs: number, what: string, done: number): void {
    const rate = done / ((performance.now() - startMs) / 1_000);
    const bad = this.#violations.length === 0 ? "" : `, ${this.#violations.length} VIOLATIONS`;
    const note = `${phase.name} ${round}: ${amount(rate)} ${what}${bad}`;
    this.#progress.show(this.#elapsedMs, note);
  }

  /** Of what is seen once the run is broken off nothing counts: the breaking may have done it. */
  #violate(found: Omit<Violation, "seed">): void {
    if (this.#signal.aborted) return;
    const violation = { seed: this.#order.seed, ...found };
    this.#violations.push(violation);
    if (this.#violations.length <= VIOLATIONS_MAX) this.#output.found(violation);
  }

  /** A phase in which something is wrong may not even tell; what was found so far is told all the same. */
  async #keptHeapBytes(phase: Phase): Promise<number> {
    try {
      return await phase.keptHeapBytes();
    } catch (error) {
      this.#signal.throwIfAborted();
      const round = this.#rounds.get(phase) ?? 0;
      const what = `its heaps could not be asked for: ${error instanceof Error ? error.message : error}`;
      this.#violate({ phase: phase.name, round, what });
      await phase.close();
      return 0;
    }
  }

  async #sample(): Promise<MemorySample> {
    let heapBytes = 0;
    for (const phase of this.#phases) heapBytes += await this.#keptHeapBytes(phase);
    heapBytes += collectedHeapBytes();
    const atSeconds = this.#elapsedMs / 1_000;
    const { rss: rssBytes, arrayBuffers: bufferBytes } = process.memoryUsage();
    return { atSeconds, rssBytes, heapBytes, bufferBytes, descriptors: openDescriptors() };
  }
}
