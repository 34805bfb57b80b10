import { expect, test } from "vitest";
import { COUNTED_KINDS_MAX, Counts, OTHERS } from "./counts.ts";

test("each kind is counted for itself, and beyond the bound all others together", () => {
  const counts = new Counts();
  for (let piece = 1; piece <= 1_000; piece += 1) {
    counts.note("misdirected");
    counts.note(`checksum of piece ${piece}`);
  }
  const seen = counts.toObject();
  expect(seen).toMatchObject({ misdirected: 1_000, "checksum of piece 1": 1 });
  expect(seen[OTHERS]).toBe(1_000 - (COUNTED_KINDS_MAX - 1));
  expect(Object.keys(seen)).toHaveLength(COUNTED_KINDS_MAX + 1);
});
