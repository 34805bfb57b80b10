import { describe, expect, test } from "vitest";
import { CodecError, MessageCodec } from "./message-codec.ts";

const codec = new MessageCodec();

describe("what survives", () => {
  test.each([
    [
      "numbers",
      {
        kind: "n",
        small: 1,
        negative: -70_000,
        large: 2 ** 53 - 1,
        fraction: 1.5,
        none: Number.NaN,
      },
    ],
    ["strings", { kind: "s", empty: "", long: "x".repeat(5_000), wide: "żółw 🐢" }],
    ["absent values", { kind: "u", missing: undefined, nothing: null, yes: true }],
    ["lists", { kind: "l", list: [1, [2, [3]], { a: [] }], set: new Set([1, "b"]) }],
    [
      "bigints",
      { kind: "b", low: 1n, high: 2n ** 64n - 1n, negative: -(2n ** 63n), huge: 2n ** 90n },
    ],
    ["bytes", { kind: "y", bytes: new Uint8Array([1, 2, 3]), floats: new Float64Array([1.5]) }],
    ["dates", { kind: "d", at: new Date(1_700_000_000_123) }],
  ])("%s", (_name, value) => {
    expect(codec.roundTrip(value)).toEqual(value);
  });

  test("binary fields are copies of their own, and plain arrays of bytes", () => {
    const source = codec.encodeCopy({ kind: "y", bytes: new Uint8Array([7, 8, 9]) });
    const { bytes } = codec.decode(source, source.length) as { bytes: Uint8Array };
    source.fill(0);
    expect(bytes).toEqual(new Uint8Array([7, 8, 9]));
    expect(bytes.constructor).toBe(Uint8Array);
  });
});

test("what has arrived stays as it is when other messages follow", () => {
  const bytes = new Uint8Array([7, 8, 9]);
  const sent = {
    kind: "y",
    bytes,
    floats: new Float64Array([1.5]),
    text: "żółw",
    set: new Set([1]),
  };
  const received = codec.roundTrip(sent);
  for (let n = 0; n < 5; n += 1) codec.roundTrip({ kind: "z", more: "x".repeat(200) });
  expect(received).toEqual(sent);
});

describe("what is refused", () => {
  class Point {
    readonly x = 1;
  }
  const cycle: { kind: string; self?: unknown } = { kind: "c" };
  cycle.self = cycle;
  test.each([
    ["functions", { kind: "f", call: () => 1 }],
    ["classes", { kind: "p", point: new Point() }],
    ["Maps", { kind: "m", map: new Map([["a", 1]]) }],
    ["the negative zero", { kind: "z", zero: -0 }],
    ["holes", { kind: "h", list: new Array(3) }],
    ["symbols", { kind: "s", symbol: Symbol("s") }],
    ["cycles", cycle],
    ["shared memory itself", { kind: "a", memory: new SharedArrayBuffer(8) }],
  ])("%s", (_name, value) => {
    expect(() => codec.roundTrip(value)).toThrow(CodecError);
  });

  test("and the codec goes on after it", () => {
    expect(() => codec.encode(cycle)).toThrow(CodecError);
    expect(codec.roundTrip({ kind: "ok" })).toEqual({ kind: "ok" });
  });
});

test("encodes in place: one buffer for message after message, of any size", () => {
  for (const size of [1, 10, 5_000, 2_000_000, 3, 9_000]) {
    const { bytes, start, end } = codec.encode({ kind: "x", text: "y".repeat(size) });
    const copy = Uint8Array.prototype.slice.call(bytes, start, end);
    expect(codec.decode(copy, copy.length)).toEqual({ kind: "x", text: "y".repeat(size) });
  }
});
