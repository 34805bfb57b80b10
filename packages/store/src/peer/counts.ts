// What has happened to a replica, by a few words that say what. Words may bring numbers or the text of an error
// with them, so that only so many are told apart: a replica lives for months.

/** Kinds of events told apart; the code itself knows some forty. */
export const COUNTED_KINDS_MAX = 128;
/** Where all others are counted. */
export const OTHERS = "others";

export class Counts {
  readonly #byKind = new Map<string, number>();

  note(what: string): void {
    const isKnown = this.#byKind.has(what) || this.#byKind.size < COUNTED_KINDS_MAX;
    const kind = isKnown ? what : OTHERS;
    this.#byKind.set(kind, (this.#byKind.get(kind) ?? 0) + 1);
  }

  toObject(): Record<string, number> {
    return Object.fromEntries(this.#byKind);
  }
}
