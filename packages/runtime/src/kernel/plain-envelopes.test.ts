import { expect, test } from "vitest";
import { PlainEnvelopes } from "./plain-envelopes.ts";

test("makes one envelope for all mail of a life, and another for each other life", () => {
  const envelopes = new PlainEnvelopes();
  const first = envelopes.of(5, 1);
  expect(first.from).toEqual({ slot: 5, incarnation: 1 });
  expect(envelopes.of(5, 1)).toBe(first);
  const later = envelopes.of(5, 2);
  const sharesPlace = envelopes.of(5 + 1_024, 2);
  expect([later.from?.incarnation, sharesPlace.from?.slot]).toEqual([2, 1_029]);
  expect(first.from?.incarnation).toBe(1);
});
