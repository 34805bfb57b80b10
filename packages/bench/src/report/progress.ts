// Progress for people: a bar that redraws itself on a terminal, a line now and then anywhere else. On
// standard error, so that standard output stays what was asked for.

export type ProgressOutput = {
  write(text: string): unknown;
  readonly isTTY?: boolean | undefined;
};

const BAR_CHARACTERS = 28;
/** Between two lines where nothing can be redrawn. */
const LINE_EVERY_MS = 5_000;
/** Between two drawings on a terminal: more cannot be seen. */
const DRAW_EVERY_MS = 100;

export class Progress {
  readonly #output: ProgressOutput;
  readonly #what: string;
  readonly #total: number;
  readonly #startedMs = performance.now();
  #shownMs = Number.NEGATIVE_INFINITY;

  constructor(output: ProgressOutput, what: string, total: number) {
    this.#output = output;
    this.#what = what;
    this.#total = total;
  }

  /** @param note What else there is to say, such as a rate. */
  show(done: number, note = ""): void {
    const nowMs = performance.now();
    const everyMs = this.#output.isTTY ? DRAW_EVERY_MS : LINE_EVERY_MS;
    if (nowMs - this.#shownMs < everyMs) return;
    this.#shownMs = nowMs;
    this.#draw(done, note);
  }

  /** Something that is not to be missed, on lines of its own. */
  say(text: string): void {
    this.#output.write(this.#output.isTTY ? `\r\u001b[K${text}\n` : `${text}\n`);
  }

  /** The last word, always shown. @param done Less than all when the work was broken off. */
  end(note = "", done = this.#total): void {
    this.#draw(done, note);
    if (this.#output.isTTY) this.#output.write("\n");
  }

  #draw(done: number, note: string): void {
    const share = Math.min(1, this.#total === 0 ? 1 : done / this.#total);
    const filled = Math.round(share * BAR_CHARACTERS);
    const bar = "█".repeat(filled) + "░".repeat(BAR_CHARACTERS - filled);
    const percent = `${Math.floor(share * 100)}%`.padStart(4);
    const seconds = ((performance.now() - this.#startedMs) / 1_000).toFixed(0);
    const text = `  ${this.#what.padEnd(10)} ${bar} ${percent}  ${seconds} s  ${note}`;
    this.#output.write(this.#output.isTTY ? `\r${text}\u001b[K` : `${text}\n`);
  }
}
