import { describe, expect, test } from "vitest";
import { recordValue, stampOf } from "./record-value.ts";
import { WriteBook } from "./write-book.ts";

const BYTES = 1_000;

describe("the book of writes", () => {
  test("takes any of two writes that ran side by side", () => {
    const book = new WriteBook(BYTES);
    const first = book.begin(4);
    const second = book.begin(4);
    book.acknowledge(second);
    book.acknowledge(first);
    const floor = book.floor(4);
    expect(() => book.checkRead(4, recordValue(first, BYTES), floor)).not.toThrow();
    expect(() => book.checkRead(4, recordValue(second, BYTES), floor)).not.toThrow();
  });

  test("notices a write that was lost, whole or behind a later one", () => {
    const book = new WriteBook(BYTES);
    const first = book.begin(4);
    book.acknowledge(first);
    const second = book.begin(4);
    book.acknowledge(second);
    const floor = book.floor(4);
    expect(() => book.checkRead(4, recordValue(first, BYTES), floor)).toThrow(
      /before a later write/,
    );
    expect(() => book.checkRead(4, undefined, floor)).toThrow(/is lost/);
    expect(() => book.checkRead(5, undefined, book.floor(5))).not.toThrow();
  });

  test("takes the value of a write that nobody has acknowledged", () => {
    const book = new WriteBook(BYTES);
    book.acknowledge(book.begin(4));
    const open = book.begin(4);
    expect(() => book.checkRead(4, recordValue(open, BYTES), book.floor(4))).not.toThrow();
  });

  test("a read that began before an acknowledgement may miss the write", () => {
    const book = new WriteBook(BYTES);
    const first = book.begin(4);
    book.acknowledge(first);
    const floor = book.floor(4);
    book.acknowledge(book.begin(4));
    expect(() => book.checkRead(4, recordValue(first, BYTES), floor)).not.toThrow();
  });

  test("notices a value of another record, and one that was damaged", () => {
    const book = new WriteBook(BYTES);
    const stamp = book.begin(4);
    book.begin(5);
    expect(() => book.checkRead(5, recordValue(stamp, BYTES), 0)).toThrow(/of another/);
    expect(() => book.checkRead(4, recordValue({ record: 4, write: 7 }, BYTES), 0)).toThrow(
      /of another/,
    );
    const damaged = recordValue(stamp, BYTES);
    damaged[900] = (damaged[900] ?? 0) ^ 1;
    expect(() => stampOf(damaged, BYTES)).toThrow(/damaged/);
    expect(() => stampOf(damaged.subarray(1), BYTES)).toThrow(/999 bytes/);
    expect(stampOf(recordValue(stamp, BYTES), BYTES)).toEqual(stamp);
  });
});
