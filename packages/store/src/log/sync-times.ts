// How long the last syncs took, for those who slow down when the disk does.

/** Percentiles of this many: at a thousand syncs a second they follow the disk within a second. */
const SAMPLES_MAX = 1_024;

export class SyncTimes {
  readonly #samplesMs = new Float64Array(SAMPLES_MAX);
  #count = 0;
  #slowestMs = 0;

  /** Of all syncs so far. */
  get count(): number {
    return this.#count;
  }

  add(elapsedMs: number): void {
    this.#samplesMs[this.#count % SAMPLES_MAX] = elapsedMs;
    this.#count += 1;
    this.#slowestMs = Math.max(this.#slowestMs, elapsedMs);
  }

  /** Of the syncs since it was asked last; 0 where there was none. */
  takeSlowestMs(): number {
    const slowestMs = this.#slowestMs;
    this.#slowestMs = 0;
    return slowestMs;
  }

  /** @param share From 0 to 1. @returns 0 before the first sync. */
  percentileMs(share: number): number {
    const sorted = this.#samplesMs.slice(0, Math.min(this.#count, SAMPLES_MAX)).sort();
    return sorted[Math.min(Math.floor(share * sorted.length), sorted.length - 1)] ?? 0;
  }
}
