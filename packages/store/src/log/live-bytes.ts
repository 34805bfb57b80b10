// How many bytes of each segment are still needed. A segment that is not in here holds nothing
// live.
import { assert } from "@multiraft/runtime";

/** Segment of something that stands nowhere. Segments are numbered from 1 on. */
export const NOWHERE = 0;

export class LiveBytes {
  readonly #bySegment = new Map<number, number>();
  #total = 0;

  get total(): number {
    return this.#total;
  }

  in(segment: number): number {
    return this.#bySegment.get(segment) ?? 0;
  }

  /** The lowest segment with something live, undefined when there is none. */
  lowestSegment(): number | undefined {
    let lowest: number | undefined;
    for (const segment of this.#bySegment.keys())
      if (lowest === undefined || segment < lowest) lowest = segment;
    return lowest;
  }

  add(segment: number, bytes: number): void {
    this.#bySegment.set(segment, this.in(segment) + bytes);
    this.#total += bytes;
  }

  remove(segment: number, bytes: number): void {
    const left = this.in(segment) - bytes;
    assert(left >= 0, "more bytes died in a segment than lived there");
    if (left === 0) this.#bySegment.delete(segment);
    else this.#bySegment.set(segment, left);
    this.#total -= bytes;
  }

  /** Either side may be `NOWHERE`. @returns `to` */
  move(from: number, to: number, bytes: number): number {
    if (from !== NOWHERE) this.remove(from, bytes);
    if (to !== NOWHERE) this.add(to, bytes);
    return to;
  }
}
