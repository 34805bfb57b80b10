import { expect, test } from "vitest";
import { MemoryRoutingTable } from "../routing/memory-routing-table.ts";
import { SlotAllocator, type SlotGrant } from "./slot-allocator.ts";

function allocator(slots: number, incarnationMax: number, routing = new MemoryRoutingTable(16)) {
  return new SlotAllocator({ firstSlot: 0, slots, incarnationMax }, routing);
}

function taken(slots: SlotAllocator): SlotGrant {
  const grant = slots.take();
  if (grant === undefined) throw new Error("no slot");
  return grant;
}

test("fresh slots come before used ones, and used ones in the order of their freeing", () => {
  const slots = allocator(3, 10);
  const [a, b] = [taken(slots), taken(slots)];
  slots.free(b);
  slots.free(a);
  expect(taken(slots)).toEqual({ slot: 2, incarnation: 1 });
  expect(taken(slots)).toEqual({ slot: 1, incarnation: 2 });
  expect(taken(slots)).toEqual({ slot: 0, incarnation: 2 });
  expect(slots.take()).toBe(undefined);
});

test("no pair of slot and incarnation is ever given twice, until all are retired", () => {
  const slots = allocator(3, 5);
  const given = new Set<string>();
  for (let grant = slots.take(); grant !== undefined; grant = slots.take()) {
    given.add(`${grant.slot}.${grant.incarnation}`);
    slots.free(grant);
  }
  expect(given.size).toBe(3 * 5);
  expect(slots.heldCount).toBe(0);
});

test("a successor of a thread goes on above the incarnations that were published", () => {
  const routing = new MemoryRoutingTable(16);
  routing.publish(0, 7, "open");
  routing.publish(1, 9, "free");
  const slots = allocator(2, 9, routing);
  expect(taken(slots)).toEqual({ slot: 0, incarnation: 8 });
  expect(slots.take()).toBe(undefined);
});

test("many lives do not make the list of free slots grow", () => {
  const slots = allocator(2, 1_000_000);
  for (let i = 0; i < 10_000; i += 1) slots.free(taken(slots));
  expect(slots.heldCount).toBe(0);
  expect(taken(slots).incarnation).toBe(5_001);
});

test("freeing what nobody holds is an assertion", () => {
  expect(() => allocator(1, 1).free({ slot: 0, incarnation: 1 })).toThrow("nobody held");
});
