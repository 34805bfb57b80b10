// Whether a thread that has run out of work looks for more before it sleeps. Looking is worth it only where the
// next mail comes sooner than a wake-up would cost, and what comes next is mostly as what came last:
// a thread looks while its pauses have lately been short, and sleeps at once while they have been long.

/**
 * A pause up to this many times the budget counts as short. In a conversation of two threads that have both
 * fallen asleep it holds two wake-ups of up to 60 us each, and none once both look: a smaller bound would
 * keep them asleep.
 */
const SHORT_PAUSE_BUDGETS = 4;
/** Pauses of the other kind until a thread changes its mind, less one. */
const CONFIDENCE_MAX = 3;
const LOOKS_FROM = 2;

export class PollPolicy {
  readonly #budgetMs: number;
  #confidence = CONFIDENCE_MAX;

  /** @param budgetMs Longest look before a sleep; 0 never looks. */
  constructor(budgetMs: number) {
    this.#budgetMs = budgetMs;
  }

  /** Work came after a pause. */
  notePause(pauseMs: number): void {
    if (pauseMs <= this.#budgetMs * SHORT_PAUSE_BUDGETS)
      this.#confidence = Math.min(CONFIDENCE_MAX, this.#confidence + 1);
    else this.#confidence = Math.max(0, this.#confidence - 1);
  }

  /** @param idleMs Since there was work. */
  isToLook(idleMs: number): boolean {
    return this.#confidence >= LOOKS_FROM && idleMs < this.#budgetMs;
  }
}
