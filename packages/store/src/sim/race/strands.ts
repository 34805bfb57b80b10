// What an actor has handled, as a sum. Mail that concerns one affair stands in a strand of its own, and only
// its order in there counts; mail that concerns all ties the strands together.
import { crc32c } from "@node-rs/crc32";

export class Strands {
  #tied = "";
  readonly #loose = new Map<string, string>();

  /** @param strand Undefined: it concerns all. */
  add(strand: string | undefined, text: string): void {
    if (strand !== undefined)
      return void this.#loose.set(strand, chain(this.#loose.get(strand) ?? "", text));
    this.#tied = chain(this.value, text);
    this.#loose.clear();
  }

  /** What was before in this strand is without effect from now on. */
  beginAgain(strand: string, text: string): void {
    this.#loose.set(strand, chain("", text));
  }

  get value(): string {
    const loose = [...this.#loose].map(([strand, sum]) => `${strand} ${sum}`).sort();
    return [this.#tied, ...loose].join(", ");
  }
}

/** Two sums side by side: 64 bits for some hundred thousand states. */
function chain(before: string, text: string): string {
  const low = crc32c(`${before}${text}`) >>> 0;
  const high = crc32c(`${text}/${before}`) >>> 0;
  return `${low.toString(36)}.${high.toString(36)}`;
}
