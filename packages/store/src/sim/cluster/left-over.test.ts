import { type Address, defineActor, MemoryDisk } from "@multiraft/runtime";
import { ManualSystem } from "@multiraft/runtime/testing";
import { expect, test } from "vitest";
import { leftAtTheEnd, leftOverOn, unhandledMail } from "./left-over.ts";

const STORE = { id: 2, governor: {} } as never;
const life = (number: number, generation: number) =>
  ({ regionId: 7, life: number, generation }) as never;
const IDLE = { sending: 0, receiving: 0 };

/** @param slots As the governor says; null: it is gone. */
function said(directories: readonly string[], slots: object | null = IDLE) {
  const disk = new MemoryDisk();
  disk.makeDirectory("/tablets");
  for (const name of directories) disk.makeDirectory(`/tablets/${name}`);
  const cluster = { disk: () => disk, look: () => slots ?? undefined } as never;
  return leftOverOn(cluster, STORE, [life(3, 2), life(4, 0)]);
}

test("the tablets on a disk are those that replicas have", () => {
  expect(said(["7_3_2"])).toBeUndefined();
  expect(said(["7_3_1", "7_3_2"])).toBe("store 2 has 7_3_1 on its disk, which is nobody's");
  expect(said(["7_3_2", "copy-9"])).toMatch(/has copy-9/);
  expect(said([])).toBe("store 2 has no 7_3_2 on its disk");
});

test("no slot is in use, and the governor can say so", () => {
  const inUse = { sending: 1, receiving: 2 };
  expect(said(["7_3_2"], inUse)).toBe("store 2 has slots in use: 1 to send, 2 to receive");
  expect(said(["7_3_2"], null)).toBe("the governor of store 2 does not answer");
});

test("no mail waits but what replicas say to each other all the time", () => {
  const waiting = (inFlight: number) => ({ system: { counters: () => ({ inFlight }) } }) as never;
  expect(unhandledMail(waiting(28), 3)).toBeUndefined();
  expect(unhandledMail(waiting(29), 3)).toBe("29 pieces of mail wait, for 3 replicas");
});

type Piece = { readonly kind: "piece" };

/** Sends memory of its host's to whoever it was told of, who does not look at it. */
const sender = defineActor<Piece, Address<Piece> | undefined>({
  url: import.meta.url,
  name: "sender",
  create: (context, to) => ({
    receive: () => {
      const payload = context.allocatePayload(8);
      if (to !== undefined && payload) context.tell(to, { kind: "piece" }, { payload });
    },
  }),
});

test("at the end nothing is held, and what is late is waited for", () => {
  const system = new ManualSystem({ seed: 1 });
  for (const name of ["a", "b"]) system.addHost(name);
  const to = system.spawn("b", sender, undefined);
  const from = system.spawn("a", sender, to);
  system.setCourier((_, { host }) =>
    host === "b" ? { kind: "later", dueMs: 5_000, inOrder: false } : { kind: "at-once" },
  );
  system.tell(from, { kind: "piece" });
  system.settle();
  expect(system.openThings()).toContainEqual("a: 1 payloads");
  expect(leftAtTheEnd(system)).toEqual([]);
});
