import { describe, expect, test } from "vitest";
import { dropReasonOf } from "./routing-table.ts";
import { createRoutingMemory, SharedRoutingTable, type SlotRange } from "./shared-routing-table.ts";

const RANGE: SlotRange = { firstSlot: 64, slots: 128 };
const THREAD = 4;

function table() {
  const memory = createRoutingMemory(256);
  const routing = new SharedRoutingTable(memory);
  routing.give(RANGE, THREAD);
  const seen = new SharedRoutingTable(memory);
  const route = (slot: number, incarnation: number) => {
    const found = seen.lookUp(slot, incarnation);
    return found >= 0 ? found : dropReasonOf(found);
  };
  return { routing, seen, route };
}

describe("the shared routing table", () => {
  test("routes to the owner of an open life, from any view of the memory", () => {
    const { routing, route } = table();
    routing.publish(70, 1, "open");
    expect(route(70, 1)).toBe(THREAD);
    expect(routing.slots).toBe(256);
  });

  test("names the reason why an address is not reachable", () => {
    const { routing, route } = table();
    expect(route(70, 1)).toBe("vacant");
    routing.publish(70, 1, "open");
    expect(route(70, 2)).toBe("vacant");
    routing.publish(70, 1, "closed");
    expect(route(70, 1)).toBe("tombstone");
    routing.publish(70, 1, "free");
    expect(route(70, 1)).toBe("vacant");
    routing.publish(70, 2, "open");
    expect(route(70, 1)).toBe("stale-incarnation");
    expect(route(70, 2)).toBe(THREAD);
  });

  test("knows nobody beyond the blocks that were given, nor beyond its end", () => {
    const { routing, route } = table();
    routing.publish(0, 1, "open");
    expect(route(0, 1)).toBe("vacant");
    expect(route(9_999, 1)).toBe("vacant");
    expect(dropReasonOf(routing.ownerOf(9_999))).toBe("vacant");
    expect(routing.ownerOf(64)).toBe(THREAD);
    expect(routing.ownerOf(191)).toBe(THREAD);
    expect(dropReasonOf(routing.ownerOf(192))).toBe("vacant");
  });

  test("a dead thread's lives are thread-dead, and its successor goes on above their numbers", () => {
    const { routing, seen, route } = table();
    routing.publish(70, 3, "open");
    routing.markDead(RANGE);
    expect(route(70, 3)).toBe("thread-dead");
    expect(dropReasonOf(seen.ownerOf(70))).toBe("thread-dead");
    routing.give(RANGE, THREAD + 1);
    expect(route(70, 3)).toBe("vacant");
    expect(seen.lastIncarnation(70)).toBe(3);
    routing.publish(70, 4, "open");
    expect(route(70, 4)).toBe(THREAD + 1);
    expect(route(70, 3)).toBe("stale-incarnation");
  });

  test("refuses an incarnation after a later one, and ranges of half blocks", () => {
    const { routing } = table();
    routing.publish(70, 2, "open");
    expect(() => routing.publish(70, 1, "closed")).toThrow(/after a later one/);
    expect(() => routing.give({ firstSlot: 3, slots: 64 }, 1)).toThrow(/whole blocks/);
  });
});
