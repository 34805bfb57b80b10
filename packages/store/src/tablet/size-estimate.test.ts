import { expect, test } from "vitest";
import { sizeBytesAfter } from "./size-estimate.ts";

test.each([
  ["first puts", { sizeBytesBefore: 0, keysBefore: 0, putPairs: 10, putBytes: 500 }, 10, 500],
  ["new keys", { sizeBytesBefore: 500, keysBefore: 10, putPairs: 10, putBytes: 300 }, 20, 800],
  ["overwrites", { sizeBytesBefore: 500, keysBefore: 10, putPairs: 10, putBytes: 300 }, 10, 300],
  ["half of each", { sizeBytesBefore: 500, keysBefore: 10, putPairs: 10, putBytes: 500 }, 15, 750],
  ["deletes", { sizeBytesBefore: 500, keysBefore: 10, putPairs: 0, putBytes: 0 }, 4, 200],
  ["everything deleted", { sizeBytesBefore: 500, keysBefore: 10, putPairs: 0, putBytes: 0 }, 0, 0],
])("%s", (_what, figures, keysAfter, sizeBytes) => {
  expect(sizeBytesAfter(figures, keysAfter)).toBe(sizeBytes);
});

test("an error does not add up while one pair is overwritten again and again", () => {
  let sizeBytes = 90_000;
  for (let n = 0; n < 10_000; n += 1)
    sizeBytes = sizeBytesAfter(
      { sizeBytesBefore: sizeBytes, keysBefore: 10, putPairs: 10, putBytes: 1_000 },
      10,
    );
  expect(sizeBytes).toBe(1_000);
});
