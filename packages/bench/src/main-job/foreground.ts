// The client that goes on while replicas move: reads and writes that begin at fixed times, whether or not
// those before have ended, so that a pause shows in every operation that it kept waiting. What it reads
// is compared with what must be there; what it wrote is remembered.
import { setTimeout as sleep } from "node:timers/promises";
import { Sfc32 } from "@multiraft/runtime";
import { type Client, ClientError } from "@multiraft/store";
import { LatencyRecorder } from "../report/latency.ts";
import { entriesOf, type Place } from "../workload/places.ts";
import type { LatencyReport } from "./report.ts";
import { Shadow } from "./shadow.ts";

export type Pace = {
  /** Of each kind. */
  readonly operationsPerSecond: number;
  /** Operations begun and not ended: beyond this the window says that it is overrun, and waits. */
  readonly underWayMax: number;
};

/** Well below what two cores carry beside a stream: it measures waiting, not saturation. */
const PACE: Pace = { operationsPerSecond: 250, underWayMax: 2_000 };
const ROUND_MS = 2;
/** A read or write must outlive an election, or a pause of the machine. */
const TIMEOUT_MS = 60_000;

export class Foreground {
  /** Reads that were answered with something else than what was written. */
  wrongReads = 0;
  readonly shadow = new Shadow();
  readonly #client: Pick<Client, "get" | "put">;
  readonly #places: readonly Place[];
  readonly #random: Sfc32;
  readonly #pace: Pace;
  #underWay = 0;
  #writes = 0;
  #unknownWrites = 0;
  #fault: unknown;

  /** @param places With more entries than operations may be under way. */
  constructor(
    client: Pick<Client, "get" | "put">,
    places: readonly Place[],
    seed: number,
    pace: Pace = PACE,
  ) {
    this.#client = client;
    this.#places = places;
    this.#random = new Sfc32(seed, "foreground");
    this.#pace = pace;
  }

  /** Until `isOver`, asked all the time; ends when all that was begun has ended. */
  async window(isOver: (samples: number) => boolean, signal: AbortSignal): Promise<LatencyReport> {
    const window = { reads: new LatencyRecorder(), writes: new LatencyRecorder() };
    const { operationsPerSecond, underWayMax } = this.#pace;
    const startedMs = performance.now();
    this.#unknownWrites = 0;
    let begun = 0;
    let overrun = false;
    const samples = () => Math.min(window.reads.count, window.writes.count);
    while (this.#fault === undefined && !isOver(samples()) && !signal.aborted) {
      const dueCount = ((performance.now() - startedMs) / 1_000) * operationsPerSecond;
      for (; begun < dueCount && this.#underWay < underWayMax; begun += 1) {
        const dueMs = startedMs + (begun / operationsPerSecond) * 1_000;
        this.#begin(() => this.#read(), window.reads, dueMs);
        this.#begin(() => this.#write(), window.writes, dueMs);
      }
      if (begun < dueCount) overrun = true;
      await sleep(ROUND_MS);
    }
    while (this.#underWay > 0) await sleep(ROUND_MS);
    signal.throwIfAborted();
    if (this.#fault !== undefined) throw this.#fault;
    const writes = { ...window.writes.figures(), unknown: this.#unknownWrites };
    return { reads: window.reads.figures(), writes, overrun };
  }

  /** How long it took is recorded however it ended, unless it failed: the slowest are those nobody knows of. */
  #begin(operation: () => Promise<void>, recorder: LatencyRecorder, dueMs: number): void {
    this.#underWay += 1;
    operation()
      .then(() => {
        recorder.record(performance.now() - dueMs);
      })
      .catch((error: unknown) => {
        this.#fault ??= error;
      })
      .finally(() => {
        this.#underWay -= 1;
      });
  }

  async #read(): Promise<void> {
    const id = this.#random.below(this.#places.length);
    const { key, value } = this.#anyEntry(id);
    const found = await this.#client.get(key, { timeoutMs: TIMEOUT_MS });
    if (found === undefined || Buffer.compare(found, value) !== 0) this.wrongReads += 1;
  }

  async #write(): Promise<void> {
    this.#writes += 1;
    const value = `note ${this.#writes}`;
    const key = this.#beginWrite(value);
    try {
      await this.#client.put(key, value, { timeoutMs: TIMEOUT_MS });
      this.shadow.acknowledge(key, value);
    } catch (error) {
      this.shadow.leaveOpen(key);
      const isUnknown =
        error instanceof ClientError && error.code === "ERR_MULTIRAFT_OUTCOME_UNKNOWN";
      if (!isUnknown) throw error;
      this.#unknownWrites += 1;
    }
  }

  /** One that is not being written: fewer are under way than there are. @returns Its key. */
  #beginWrite(value: string): string {
    for (;;) {
      const id = this.#random.below(this.#places.length);
      const key = noteKey(this.#anyEntry(id).key);
      if (this.shadow.begin(key, value)) return key;
    }
  }

  #anyEntry(id: number) {
    const place = this.#places[id];
    if (place === undefined) throw new RangeError(`no place ${id}`);
    const entries = entriesOf(place, id);
    return entries[this.#random.below(entries.length)] ?? entries[0];
  }
}

/** Beside the entry it belongs to, so in the same region, and told apart by its end. */
export function noteKey(key: string): string {
  return `${key}${NOTE}`;
}

export function isNoteKey(key: string): boolean {
  return key.endsWith(NOTE);
}

const NOTE = "/note";
