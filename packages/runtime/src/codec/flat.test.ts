import { describe, expect, test, vi } from "vitest";
import { Sfc32 } from "../platform/sfc32.ts";
import { FLAT_WORDS_MAX } from "./flat-layout.ts";
import { FlatReader } from "./flat-reader.ts";
import { FlatWriter } from "./flat-writer.ts";

const lane = new Int32Array(new SharedArrayBuffer(16 * 1_024));

/** Written once into shared memory and read from there; undefined for what is not flat. */
function pass(writer: FlatWriter, reader: FlatReader, value: unknown, at = 40): unknown {
  const words = writer.write(value);
  if (words === 0) return undefined;
  lane.fill(-1);
  lane.set(writer.words.subarray(0, words), at);
  return reader.read(lane, at);
}

describe("flat objects arrive as they were", () => {
  test.each<[string, object]>([
    ["nothing", {}],
    ["a nameless field", { "": 1 }],
    ["numbers", { a: 0, b: -1, c: 2 ** 31, d: -(2 ** 31), e: 1.5, f: Number.NaN, g: -Infinity }],
    ["absent values", { a: undefined, b: null, c: true, d: false }],
    ["texts of every length up to five words", texts(20)],
    ["long texts", { kind: "k", a: "x".repeat(33), b: "\u00e9\u00ff".repeat(64), c: "\0\0" }],
    ["names that are numbers", { 7: 1, 3: "x", a: 2 }],
    ["names that need quotes", { 'a"b': 1, "c\\d": 2, "e\n": 3, constructor: 4, toString: 5 }],
    [
      "objects within",
      { to: { slot: 1, incarnation: 2 }, empty: {}, deep: { a: { b: { c: 1 } } } },
    ],
  ])("%s", (_name, value) => {
    const [writer, reader] = [new FlatWriter(), new FlatReader()];
    for (let round = 0; round < 3; round += 1) {
      const received = pass(writer, reader, value);
      expect(received).toStrictEqual(value);
      expect(Object.keys(received as object)).toEqual(Object.keys(value));
    }
  });

  test("whatever came before", () => {
    const [writer, reader] = [new FlatWriter(), new FlatReader()];
    const random = new Sfc32(7);
    let flat = 0;
    for (let round = 0; round < 20_000; round += 1) {
      const value = randomObject(random, 3);
      const received = pass(writer, reader, value);
      if (received === undefined) continue;
      flat += 1;
      expect(received).toStrictEqual(value);
    }
    expect(flat).toBeGreaterThan(1_000);
  });
});

describe("what is not flat", () => {
  test.each<[string, unknown]>([
    ["a list", { list: [1] }],
    ["a Map", new Map()],
    ["a class", new (class Point {})()],
    ["bytes", { bytes: new Uint8Array(1) }],
    ["a function", { call: () => 1 }],
    ["a bigint", { n: 1n }],
    ["a text of wide characters", { text: "\u0142" }],
    ["a name of wide characters", { "\u0142": 1 }],
    ["a long text", { text: "x".repeat(257) }],
    ["a prototype", JSON.parse('{"__proto__": 1}')],
    ["no object", 5],
    ["nothing", null],
    [
      "too much",
      Object.fromEntries(Array.from({ length: FLAT_WORDS_MAX }, (_, n) => [`f${n}`, n])),
    ],
    [
      "too much text",
      { a: "x".repeat(250), b: "x".repeat(250), c: "x".repeat(250), ...texts(250) },
    ],
    ["a cycle", cycle()],
  ])("%s", (_name, value) => {
    const writer = new FlatWriter();
    expect(writer.write(value)).toBe(0);
    expect(pass(writer, new FlatReader(), { kind: "after" })).toEqual({ kind: "after" });
  });

  test("objects whose names are data, once there were too many; known ones go on", () => {
    const writer = new FlatWriter();
    expect(writer.write({ kind: "known" })).toBeGreaterThan(0);
    const sizes = Array.from({ length: 3_000 }, (_, n) => writer.write({ [`id ${n}`]: n }));
    expect([sizes[0] === 0, sizes.at(-1)]).toEqual([false, 0]);
    expect(writer.write({ kind: "known" })).toBeGreaterThan(0);
  });
});

test("shapes whose hashes fall together are made once each", () => {
  const writer = new FlatWriter();
  const reader = new FlatReader();
  const messages = Array.from({ length: 400 }, (_, n) => ({ kind: "some", [`field${n}`]: n }));
  const arrived = (): unknown[] =>
    messages.map((message) => {
      expect(writer.write(message)).toBeGreaterThan(0);
      return reader.read(writer.words, 0);
    });
  expect(arrived()).toEqual(messages);
  const compiled = vi.spyOn(globalThis, "Function");
  try {
    // So many among 1,024 places: every seventh or so has found its own one taken.
    expect(arrived()).toEqual(messages);
    expect(compiled.mock.calls.length).toBeLessThan(10);
  } finally {
    compiled.mockRestore();
  }
});

test("a message with more names than values is an assertion", () => {
  const writer = new FlatWriter();
  const words = writer.write({ a: 1, b: 2 });
  const torn = writer.words.slice(0, words);
  torn[0] = 2;
  torn.copyWithin(3, 5);
  expect(() => new FlatReader().read(torn, 0)).toThrow(/other values/);
});

function texts(count: number): Record<string, string> {
  return Object.fromEntries(
    Array.from({ length: count }, (_, length) => [
      `t${length}`,
      "abcdefghij".repeat(26).slice(0, length),
    ]),
  );
}

function cycle(): object {
  const made: { self?: unknown } = {};
  made.self = made;
  return made;
}

function randomObject(random: Sfc32, depth: number): object {
  const names = ["kind", "number", "text", "to", "slot", "a", "b", "term", "index"];
  const made: Record<string, unknown> = {};
  for (let fields = random.below(5); fields > 0; fields -= 1)
    made[names[random.below(names.length)] ?? ""] = randomValue(random, depth);
  return made;
}

function randomValue(random: Sfc32, depth: number): unknown {
  switch (random.below(8)) {
    case 0:
      return random.below(1_000) - 500;
    case 1:
      return random.below(2 ** 32) * 1_000.7;
    case 2:
      return [undefined, null, true, false][random.below(4)];
    case 3:
      return `text ${random.below(5_000)}`;
    case 4:
      return "x".repeat(random.below(70));
    case 5:
      return depth > 0 ? randomObject(random, depth - 1) : 1;
    case 6:
      return random.below(100) === 0 ? [1] : "kind";
    default:
      return random.below(2 ** 32);
  }
}
