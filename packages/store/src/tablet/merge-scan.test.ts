import type { Key, KeyRange } from "@multiraft/pd/protocol";
import { expect, test } from "vitest";
import { MemoryPairs } from "./memory-pairs.ts";
import { mergeScan } from "./merge-scan.ts";
import type { Pair } from "./tablet.ts";
import { type Buffered, WriteBuffer } from "./write-buffer.ts";

const ALL = Number.MAX_SAFE_INTEGER;
const key = (text: string): Key => text as Key;
const value = (text: string): Uint8Array => Buffer.from(text);
const WHOLE: KeyRange = { start: key(""), end: key("") };

function shown(pairs: readonly Pair[]): string {
  return pairs.map((pair) => `${pair.key}=${Buffer.from(pair.value)}`).join(" ");
}

/** Layers as `a=1 b=-`, where `-` deletes. */
function layer(text: string): [Key, Buffered][] {
  const writes = text.split(" ").filter((write) => write !== "");
  return writes.map((write) => {
    const [at = "", to = ""] = write.split("=");
    return [key(at), to === "-" ? null : value(to)];
  });
}

function stacked(base: string, committing: string, filling: string) {
  const source = new MemoryPairs();
  for (const [at, to] of layer(base)) source.write(at, to);
  const buffer = new WriteBuffer();
  for (const [at, to] of layer(committing)) buffer.set(at, to);
  if (committing !== "") buffer.rotate();
  for (const [at, to] of layer(filling)) buffer.set(at, to);
  return { source, buffer };
}

test.each([
  ["", "", "", ""],
  ["a=1 c=1", "", "", "a=1 c=1"],
  ["", "b=2", "", "b=2"],
  ["a=1 c=1", "b=2", "", "a=1 b=2 c=1"],
  ["a=1 c=1", "", "b=3 d=3", "a=1 b=3 c=1 d=3"],
  ["a=1 b=1 c=1", "b=2", "b=3", "a=1 b=3 c=1"],
  ["a=1 b=1 c=1", "b=-", "", "a=1 c=1"],
  ["a=1 b=1 c=1", "b=-", "b=3", "a=1 b=3 c=1"],
  ["a=1 b=1 c=1", "b=2", "b=-", "a=1 c=1"],
  ["a=1 b=1", "a=- b=-", "", ""],
  ["", "a=-", "b=-", ""],
  ["=1 b=1", "", "a=3", "=1 a=3 b=1"],
  ["=1 b=1", "=2", "a=3", "=2 a=3 b=1"],
])(
  "base (%s), committing (%s) and filling (%s) read as (%s)",
  (base, committing, filling, seen) => {
    const { source, buffer } = stacked(base, committing, filling);
    expect(shown(mergeScan(source, buffer.overlay(), WHOLE, ALL, ALL))).toBe(seen);
    // One pair a call: every key is met as the first of a page.
    let start = key("");
    const single: Pair[] = [];
    for (;;) {
      const [pair] = mergeScan(source, buffer.overlay(), { start, end: key("") }, 1, 1);
      if (pair === undefined) break;
      single.push(pair);
      start = key(`${pair.key}\0`);
    }
    expect(shown(single)).toBe(seen);
  },
);

test("a scan walks over pages of which every pair is deleted", () => {
  const { source, buffer } = stacked("", "", "");
  const numbers = Array.from({ length: 5_000 }, (_, n) => key(String(n).padStart(4, "0")));
  for (const at of numbers) source.write(at, value("base"));
  for (const at of numbers.slice(0, 4_999)) buffer.set(at, null);
  expect(shown(mergeScan(source, buffer.overlay(), WHOLE, 1, 1))).toBe("4999=base");
});

test("the end of the range holds for buffered writes behind the last page", () => {
  const { source, buffer } = stacked("a=1 m=1", "", "b=3 m=3 n=3");
  const range = { start: key("a"), end: key("m") };
  expect(shown(mergeScan(source, buffer.overlay(), range, ALL, ALL))).toBe("a=1 b=3");
});

test("a frozen overlay does not see later writes, the live one does", () => {
  const { source, buffer } = stacked("a=1", "b=2", "c=3");
  const frozen = buffer.frozenOverlay();
  buffer.set(key("c"), null);
  buffer.set(key("d"), value("4"));
  buffer.release();
  expect(shown(mergeScan(source, frozen, WHOLE, ALL, ALL))).toBe("a=1 b=2 c=3");
  expect(shown(mergeScan(source, buffer.overlay(), WHOLE, ALL, ALL))).toBe("a=1 d=4");
});
