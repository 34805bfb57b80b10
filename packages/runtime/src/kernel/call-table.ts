// Open calls by their numbers. Most calls end soon after they began, so that a number is its place in a ring: nothing
// is hashed or moved. A number whose place is still taken by an old call is skipped: it is never given.
import { assert } from "../assert.ts";
import type { Call } from "./call.ts";
import type { CallNumber } from "./record.ts";

/** A power of two. */
const PLACES_MIN = 64;

export class CallTable {
  #places: (Call | undefined)[] = placesOf(PLACES_MIN);
  #size = 0;
  #lastNumber = 0;

  get size(): number {
    return this.#size;
  }

  /** One that was never given before, for a call that is added next. */
  nextNumber(): CallNumber {
    if (this.#size * 2 >= this.#places.length) this.#grow();
    do this.#lastNumber += 1;
    while (this.#places[this.#placeOf(this.#lastNumber)] !== undefined);
    return this.#lastNumber;
  }

  add(call: Call): void {
    const place = this.#placeOf(call.number);
    assert(this.#places[place] === undefined, "two open calls have one place");
    this.#places[place] = call;
    this.#size += 1;
  }

  get(number: CallNumber): Call | undefined {
    const call = this.#places[this.#placeOf(number)];
    return call?.number === number ? call : undefined;
  }

  remove(call: Call): void {
    const place = this.#placeOf(call.number);
    assert(this.#places[place] === call, "a call was closed that was not open");
    this.#places[place] = undefined;
    this.#size -= 1;
  }

  /** As they were opened. */
  inOrder(): Call[] {
    const calls = this.#places.filter((call) => call !== undefined);
    return calls.sort((a, b) => a.number - b.number);
  }

  /** Numbers go beyond 32 bits, where their low bits still say the place. */
  #placeOf(number: CallNumber): number {
    return number & (this.#places.length - 1);
  }

  #grow(): void {
    const calls = this.inOrder();
    this.#places = placesOf(this.#places.length * 2);
    for (const call of calls) this.#places[this.#placeOf(call.number)] = call;
  }
}

function placesOf(count: number): (Call | undefined)[] {
  return new Array<Call | undefined>(count).fill(undefined);
}
