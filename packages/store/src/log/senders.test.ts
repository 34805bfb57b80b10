import { toAddress } from "@multiraft/runtime";
import { expect, test } from "vitest";
import { Senders } from "./senders.ts";

const first = toAddress(3, 1);
const later = toAddress(3, 2);
const other = toAddress(4, 1);

function waitingOf(senders: Senders): unknown {
  return senders
    .takeWaiting()
    .map(({ address, number }) => [address.slot, address.incarnation, number]);
}

test("each sender waits once, with its highest number", () => {
  const senders = new Senders();
  for (const number of [1, 2, 3]) expect(senders.take(first, number)).toBe(true);
  expect(senders.take(other, 1)).toBe(true);
  expect(waitingOf(senders)).toEqual([
    [3, 1, 3],
    [4, 1, 1],
  ]);
  expect(waitingOf(senders)).toEqual([]);
  expect(senders.take(first, 4)).toBe(true);
  expect(waitingOf(senders)).toEqual([[3, 1, 4]]);
});

test("after a gap nothing of that sender is taken, not even what would fill it", () => {
  const senders = new Senders();
  expect(senders.take(first, 1)).toBe(true);
  expect(senders.take(first, 3)).toBe(false);
  expect(senders.take(first, 2)).toBe(false);
  expect(senders.take(first, 4)).toBe(false);
  expect(senders.take(other, 1)).toBe(true);
  expect(waitingOf(senders)).toEqual([
    [3, 1, 1],
    [4, 1, 1],
  ]);
});

test("a sender whose first append got lost has a gap", () => {
  expect(new Senders().take(first, 2)).toBe(false);
});

test("a later life of a slot counts from one again", () => {
  const senders = new Senders();
  expect(senders.take(first, 1)).toBe(true);
  expect(senders.take(later, 1)).toBe(true);
  expect([...senders.all].map(({ address }) => address)).toEqual([later]);
  expect(senders.take(first, 2)).toBe(false);
  expect(senders.take(later, 2)).toBe(true);
});

test("a number that comes twice is an error of the sender", () => {
  const senders = new Senders();
  senders.take(first, 1);
  expect(() => senders.take(first, 1)).toThrow("was used before");
});
