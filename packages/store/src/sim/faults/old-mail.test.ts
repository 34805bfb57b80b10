import { Sfc32 } from "@multiraft/runtime";
import { expect, test } from "vitest";
import type { RegionMail } from "../../transport/region-mail.ts";
import { OldMail, type OldPiece } from "./old-mail.ts";

const TO = { slot: 3, incarnation: 1 } as never;
const SENT = 2_000;

function pieceOf(kind: string, number: number, bytes?: Uint8Array) {
  const mail = { kind, transfer: number } as unknown as RegionMail;
  return { to: TO, message: { kind: "receive" as const, mail }, bytes };
}
const numberOf = (piece: OldPiece | undefined) =>
  (piece?.message.mail as { readonly transfer?: number } | undefined)?.transfer;

function drawnOf(old: OldMail, times: number, isWanted: (mail: RegionMail) => boolean) {
  const random = new Sfc32(7);
  return Array.from({ length: times }, () => old.draw(random, isWanted));
}

test("of each kind some of all ages are kept, however many there were", () => {
  const old = new OldMail(new Sfc32(1));
  for (let number = 0; number < SENT; number += 1) old.note(pieceOf("snapshot-ack", number));
  old.note(pieceOf("snapshot-abort", SENT));
  const drawn = drawnOf(old, 400, () => true);
  const numbers = new Set(drawn.map(numberOf));
  expect(numbers.has(SENT)).toBe(true);
  expect(numbers.size).toBeGreaterThan(10);
  expect(numbers.size).toBeLessThan(30);
  expect([...numbers].some((number = 0) => number < SENT / 4)).toBe(true);
  expect([...numbers].some((number = 0) => number > (3 * SENT) / 4 && number < SENT)).toBe(true);
  const aborts = drawn.filter((piece) => piece?.message.mail.kind === "snapshot-abort").length;
  expect(aborts).toBeGreaterThan(100);
});

test("only what is wanted is drawn, and what was kept is as it was sent", () => {
  const old = new OldMail(new Sfc32(1));
  const bytes = Uint8Array.of(1, 2, 3);
  old.note(pieceOf("snapshot-chunk", 1, bytes));
  old.note(pieceOf("snapshot-chunk", 2, new Uint8Array(1_024 * 1_024)));
  bytes[0] = 9;
  const [piece] = drawnOf(old, 1, () => true);
  expect(piece?.bytes).toEqual(Uint8Array.of(1, 2, 3));
  expect(numberOf(piece)).toBe(1);
  expect(drawnOf(old, 5, (mail) => mail.kind === "raft")).toEqual(Array(5).fill(undefined));
});
