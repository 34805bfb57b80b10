/**
 * A running hash over all that a run does and shows: two runs of one schedule that differ in it have
 * met something that was not part of the schedule.
 */

/** Multipliers of 32-bit mixers that are known to spread well (those of MurmurHash3). */
const SPREAD_LOW = 0x85eb_ca6b;
const SPREAD_HIGH = 0xc2b2_ae35;

export class RunningHash {
  #low = 0x811c_9dc5;
  #high = 0x1b87_3593;

  /** 16 hexadecimal digits. */
  get value(): string {
    const halves = [this.#high, this.#low];
    return halves.map((half) => (half >>> 0).toString(16).padStart(8, "0")).join("");
  }

  /** @param number A whole number of at most 32 bits; of larger ones the lower 32 count. */
  add(number: number): void {
    const low = Math.imul(this.#low ^ number, SPREAD_LOW);
    this.#low = low ^ (low >>> 15);
    const high = Math.imul((this.#high + this.#low) | 0, SPREAD_HIGH);
    this.#high = high ^ (high >>> 13);
  }

  addText(text: string): void {
    for (let i = 0; i < text.length; i++) this.add(text.charCodeAt(i));
  }
}
