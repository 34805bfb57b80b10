// A rolling hash of what a run has done. Two runs of one seed that differ in it have met chance or time that
// was not passed in.

/** FNV-1a in two halves of 32 bits, one of which takes in the other: enough to tell runs apart, and cheap. */
export class Fingerprint {
  #low = 0x811c_9dc5;
  #high = 0x1b87_3593;

  get value(): string {
    const halves = [this.#high, this.#low];
    return halves.map((half) => (half >>> 0).toString(16).padStart(8, "0")).join("");
  }

  /** A part of an event: in parts or as a whole it comes to the same. */
  mix(text: string): void {
    let low = this.#low;
    let high = this.#high;
    for (let i = 0; i < text.length; i += 1) {
      const unit = text.charCodeAt(i);
      low = Math.imul(low ^ unit, 0x0100_0193);
      high = Math.imul(high ^ (unit + 0x5b), 0x0100_0193);
    }
    this.#low = low;
    this.#high = high;
  }

  end(): void {
    this.#high ^= this.#low >>> 13;
  }
}
