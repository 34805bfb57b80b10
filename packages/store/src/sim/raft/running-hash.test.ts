import { describe, expect, test } from "vitest";
import { RunningHash } from "./running-hash.ts";

function hashOf(...numbers: number[]): string {
  const hash = new RunningHash();
  for (const number of numbers) hash.add(number);
  return hash.value;
}

describe("the running hash", () => {
  test("is 16 digits, and the same for the same", () => {
    expect(hashOf(1, 2, 3)).toMatch(/^[0-9a-f]{16}$/);
    expect(hashOf(1, 2, 3)).toBe(hashOf(1, 2, 3));
  });

  test("notices order, repeats, zeros and signs", () => {
    const hashes = [[], [0], [0, 0], [1], [-1], [1, 2], [2, 1], [1, 2, 0]].map((n) => hashOf(...n));
    expect(new Set(hashes).size).toBe(hashes.length);
  });

  test("tells ten thousand short runs apart", () => {
    const hashes = new Set<string>();
    for (let a = 0; a < 100; a++) for (let b = 0; b < 100; b++) hashes.add(hashOf(a, b));
    expect(hashes.size).toBe(10_000);
  });

  test("takes text in by its characters", () => {
    const texts = ["", "a", "ab", "ba"].map((text) => {
      const hash = new RunningHash();
      hash.addText(text);
      return hash.value;
    });
    expect(new Set(texts).size).toBe(texts.length);
  });
});
