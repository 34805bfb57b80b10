// What a scan must find: every record that was acknowledged before it began, from its start on, without a hole,
// until it has as many as it was asked for. Records whose insertion is under way may be among them or not.
import { assert } from "@multiraft/runtime";
import { stampOf } from "./record-value.ts";
import type { WriteBook } from "./write-book.ts";

type Place = { readonly record: number; readonly key: string };

/** What was known when a scan began. */
export type BegunScan = {
  readonly start: string;
  readonly recordsMax: number;
  /** As many as it may find at most, in the order of their keys; of each the earliest write that it may show. */
  readonly known: readonly (Place & { readonly floor: number })[];
};

export class ScanBook {
  readonly #book: WriteBook;
  readonly #recordBytes: number;
  readonly #keyOf: (record: number) => string;
  /** All that were ever acknowledged, by their keys. */
  readonly #places: Place[] = [];

  /** @param recordBytes Length of every value. */
  constructor(book: WriteBook, recordBytes: number, keyOf: (record: number) => string) {
    this.#book = book;
    this.#recordBytes = recordBytes;
    this.#keyOf = keyOf;
  }

  /** The first write of `record` was acknowledged. */
  add(record: number): void {
    const key = this.#keyOf(record);
    const at = this.#placeOf(key);
    assert(this.#places[at]?.key !== key, "a record was inserted twice");
    this.#places.splice(at, 0, { record, key });
  }

  begin(start: string, recordsMax: number): BegunScan {
    const at = this.#placeOf(start);
    const known = this.#places
      .slice(at, at + recordsMax)
      .map((place) => ({ ...place, floor: this.#book.floor(place.record) }));
    return { start, recordsMax, known };
  }

  /** @throws Error when records are missing, out of order, too many, or older than they may be. */
  check({ start, recordsMax, known }: BegunScan, values: readonly Uint8Array[]): void {
    if (values.length > recordsMax)
      throw new Error(`a scan of ${recordsMax} gave ${values.length}`);
    let next = 0;
    let before = "";
    for (const value of values) {
      const stamp = stampOf(value, this.#recordBytes);
      const key = this.#keyOf(stamp.record);
      if (key < start) throw new Error("a scan found a key before its start");
      if (key <= before) throw new Error("the keys of a scan do not ascend");
      before = key;
      const due = known[next];
      if (due !== undefined && due.key < key) throw missing(due, values.length);
      if (due?.key === key) next += 1;
      this.#book.checkStamp(stamp.record, stamp, due?.key === key ? due.floor : 0);
    }
    const left = known[next];
    if (left !== undefined && values.length < recordsMax) throw missing(left, values.length);
  }

  /** Of the first that is not before `key`. */
  #placeOf(key: string): number {
    let from = 0;
    let to = this.#places.length;
    while (from < to) {
      const middle = (from + to) >> 1;
      if ((this.#places[middle]?.key ?? "") < key) from = middle + 1;
      else to = middle;
    }
    return from;
  }
}

function missing({ record }: Place, found: number): Error {
  return new Error(`record ${record} is missing in a scan that found ${found}`);
}
