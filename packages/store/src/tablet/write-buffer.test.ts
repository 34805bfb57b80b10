import type { Key } from "@multiraft/pd/protocol";
import { expect, test } from "vitest";
import { WriteBuffer } from "./write-buffer.ts";

const key = (text: string): Key => text as Key;
const value = (sizeBytes: number): Uint8Array => Buffer.alloc(sizeBytes);

test("bytes are counted once a key, for the last write of it", () => {
  const buffer = new WriteBuffer();
  buffer.set(key("ab"), value(10));
  expect(buffer.fillingBytes).toBe(12);
  buffer.set(key("ab"), value(3));
  expect(buffer.fillingBytes).toBe(5);
  buffer.set(key("ab"), null);
  expect(buffer.fillingBytes).toBe(2);
  buffer.set(key("ab"), value(0));
  expect(buffer.fillingBytes).toBe(2);
  expect(buffer.putBytes).toBe(2);
});

test("the growth of keys counts puts and deletes of both generations", () => {
  const buffer = new WriteBuffer();
  buffer.set(key("a"), value(1));
  buffer.set(key("b"), value(1));
  buffer.rotate();
  buffer.set(key("c"), null);
  expect(buffer.keysGrowth).toBe(1);
  buffer.release();
  expect(buffer.keysGrowth).toBe(-1);
});

test("a second commit does not begin before the first one has ended", () => {
  const buffer = new WriteBuffer();
  buffer.rotate();
  expect(() => buffer.rotate()).toThrow("another one");
  buffer.release();
  expect(() => buffer.release()).toThrow("no generation");
});
