// The memory of the process while something goes on: how far it grows, seen often.

const LOOK_EVERY_MS = 5;

export class MemoryWatch {
  readonly #startBytes = process.memoryUsage.rss();
  #peakBytes = this.#startBytes;
  readonly #timer = setInterval(() => this.look(), LOOK_EVERY_MS);

  /** For whoever does not let timers run. */
  look(): void {
    this.#peakBytes = Math.max(this.#peakBytes, process.memoryUsage.rss());
  }

  /** @returns Growth over the start, at its highest; at least a page, so that ratios make sense. */
  end(): number {
    clearInterval(this.#timer);
    this.look();
    return Math.max(4_096, this.#peakBytes - this.#startBytes);
  }
}
