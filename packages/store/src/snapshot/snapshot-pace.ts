// How fast paced snapshots may leave a store, by what they do to its log: half as fast when a sync was slow,
// and slowly faster again, as TCP does with a congested link (additive increase, multiplicative decrease).
// A disk that is slow however little is sent is slow by itself: then more is called slow.

export type PaceLimits = {
  readonly bytesPerSecondMax: number;
  /** A sync of the log that takes so long is slow; 0: none is. */
  readonly slowSyncMs: number;
};

/** What was granted before a cut has reached the disk by then, and its effect on syncs been seen. */
const CUT_EVERY_MS = 200;
/** Until the cap is reached from nothing. Slow against a cut: a disk near its limit is seldom tried out. */
const RISE_MS = 10_000;
/**
 * Of the cap. At the default cap the windows of all streams (32 of 8 MiB) pass within 21 s at this rate, so that
 * each moves on.
 */
const FLOOR_SHARE = 1 / 8;

export class SnapshotPace {
  readonly #limits: PaceLimits;
  /** As of `#rateMs`; it rises with time. */
  #rate: number;
  #rateMs: number;
  #cutMs = Number.NEGATIVE_INFINITY;
  #slowMs: number;

  constructor(limits: PaceLimits, nowMs: number) {
    this.#limits = limits;
    this.#rate = limits.bytesPerSecondMax;
    this.#rateMs = nowMs;
    this.#slowMs = limits.slowSyncMs;
  }

  /** What counts as a slow sync now. */
  get slowMs(): number {
    return this.#slowMs;
  }

  bytesPerSecond(nowMs: number): number {
    const { bytesPerSecondMax } = this.#limits;
    const gained = ((nowMs - this.#rateMs) / RISE_MS) * bytesPerSecondMax;
    return Math.min(bytesPerSecondMax, this.#rate + gained);
  }

  /** Nothing has been sent for long: what was learned of the disk may not hold any more. */
  forget(): void {
    this.#slowMs = this.#limits.slowSyncMs;
  }

  /** A sync took so long while snapshots were sent. */
  onSync(elapsedMs: number, nowMs: number): void {
    if (elapsedMs < this.#slowMs || nowMs - this.#cutMs < CUT_EVERY_MS) return;
    const floor = this.#limits.bytesPerSecondMax * FLOOR_SHARE;
    const rate = this.bytesPerSecond(nowMs);
    // It has risen a little since the last cut.
    if (rate < 1.5 * floor) this.#slowMs *= 2;
    this.#rate = Math.max(floor, rate / 2);
    this.#rateMs = nowMs;
    this.#cutMs = nowMs;
  }
}
