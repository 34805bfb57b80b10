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

/** Of each kind. Well below what two cores carry beside a stream: it measures waiting, not saturation. */
const OPERATIONS_PER_SECOND = 250;
/** Operations begun and not ended: beyond this the window says that it is overrun, and waits. */
const UNDER_WAY_MAX = 2_000;
const ROUND_MS = 2;
/** A read or write must outlive an election, or a pause of the machine. */
const TIMEOUT_MS = 60_000;

export class Foreground {
  /** Reads that were answered with something else than what was written. */
  wrongReads = 0;
  readonly shadow = new Shadow();
  readonly #client: Client;
  readonly #places: readonly Place[];
  readonly #random: Sfc32;
  #underWay = 0;
  #writes = 0;
  #fault: unknown;

  constructor(client: Client, places: readonly Place[], seed: number) {
    this.#client = client;
    this.#places = places;
    this.#random = new Sfc32(seed, "foreground");
  }

  /** Until `isOver`, asked all the time; ends when all that was begun has ended. */
  async window(isOver: (samples: number) => boolean, signal: AbortSignal): Promise<LatencyReport> {
    const window = { reads: new LatencyRecorder(), writes: new LatencyRecorder() };
    const startedMs = performance.now();
    let begun = 0;
    while (!isOver(Math.min(window.reads.count, window.writes.count)) && !signal.aborted) {
      const dueCount = ((performance.now() - startedMs) / 1_000) * OPERATIONS_PER_SECOND;
      for (; begun < dueCount && this.#underWay < UNDER_WAY_MAX; begun += 1) {
        const dueMs = startedMs + (begun / OPERATIONS_PER_SECOND) * 1_000;
        this.#begin(() => this.#read(), window.reads, dueMs);
        this.#begin(() => this.#write(), window.writes, dueMs);
      }
      await sleep(ROUND_MS);
    }
    while (this.#underWay > 0) await sleep(ROUND_MS);
    signal.throwIfAborted();
    if (this.#fault !== undefined) throw this.#fault;
    return { reads: window.reads.figures(), writes: window.writes.figures() };
  }

  #begin(operation: () => Promise<boolean>, recorder: LatencyRecorder, dueMs: number): void {
    this.#underWay += 1;
    operation()
      .then((isDone) => {
        if (isDone) recorder.record(performance.now() - dueMs);
      })
      .catch((error: unknown) => {
        this.#fault ??= error;
      })
      .finally(() => {
        this.#underWay -= 1;
      });
  }

  async #read(): Promise<boolean> {
    const id = this.#random.below(this.#places.length);
    const { key, value } = this.#anyEntry(id);
    const found = await this.#client.get(key, { timeoutMs: TIMEOUT_MS });
    if (found === undefined || Buffer.compare(found, value) !== 0) this.wrongReads += 1;
    return true;
  }

  async #write(): Promise<boolean> {
    const id = this.#random.below(this.#places.length);
    const key = noteKey(this.#anyEntry(id).key);
    this.#writes += 1;
    const value = `note ${this.#writes}`;
    if (!this.shadow.begin(key, value)) return false;
    try {
      await this.#client.put(key, value, { timeoutMs: TIMEOUT_MS });
      this.shadow.acknowledge(key, value);
      return true;
    } catch (error) {
      this.shadow.leaveOpen(key);
      if (error instanceof ClientError && error.code === "ERR_MULTIRAFT_OUTCOME_UNKNOWN")
        return false;
      throw error;
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
