// How often something broke lately: what breaks too often is broken, and opening it again does not help.

/** Breaks, none longer than the time below after the one before, after each of which it is opened once more. */
export const REOPENED_MAX = 3;
/** So long without a break, and earlier ones say nothing any more; as the registry counts those of replicas. */
export const BREAKS_COUNT_MS = 600_000;

export class BreakCount {
  #breaks = 0;
  #lastMs = 0;

  /** @returns Whether it may be opened again after this one. */
  note(nowMs: number): boolean {
    if (nowMs - this.#lastMs > BREAKS_COUNT_MS) this.#breaks = 0;
    this.#breaks += 1;
    this.#lastMs = nowMs;
    return this.#breaks <= REOPENED_MAX;
  }

  /** Somebody has seen to it. */
  forget(): void {
    this.#breaks = 0;
  }
}
