import {
  FIRST_EPOCH,
  type Region,
  toPeerId,
  toRegionId,
  toStoreId,
  WHOLE_RANGE,
} from "@multiraft/pd/protocol";
import { expect, test } from "vitest";
import type { Life } from "../log/record.ts";
import { type EndingHost, Endings } from "./endings.ts";
import { newEntry } from "./life-book.ts";
import { TombstoneBook } from "./tombstone-book.ts";

const OWN = toPeerId(7);
const OTHER = toPeerId(8);

/** A damaged replica, the region it knew, and an order whose membership is `orderConfVer`. */
function ordered(members: readonly number[] | undefined, orderConfVer: number): string {
  const epoch = { version: 1, confVer: 5 };
  const regionId = toRegionId(1);
  const entry = newEntry(3 as Life, regionId, OWN, members === undefined ? epoch : FIRST_EPOCH, 0);
  const peers = (members ?? []).map((id) => ({
    id: toPeerId(id),
    storeId: toStoreId(id),
    role: "voter" as const,
  }));
  const region: Region = { id: regionId, range: WHOLE_RANGE, epoch, peers };
  entry.region = members === undefined ? undefined : region;
  entry.state = { kind: "damaged", reason: "its files are bad", isGivenUp: true };
  const counted: string[] = [];
  const endings = new Endings({
    tombstones: new TombstoneBook(),
    children: { owedBy: () => [] },
    gates: { tell: () => undefined },
    log: { append: () => undefined },
    count: (reason: string) => counted.push(reason),
  } as unknown as EndingHost);
  endings.endDamaged(entry, { version: 1, confVer: orderConfVer });
  return counted[0] ?? entry.state.kind;
}

test.each([
  ["knows a later membership", [OWN, OTHER], 6, "ending"],
  ["knows the same, with it", [OWN, OTHER], 5, "order-knows-less"],
  ["knows the same, without it", [OTHER], 5, "ending"],
  ["knows an earlier one", [OTHER], 4, "order-knows-less"],
  ["knows a later one than its beginning", undefined, 6, "ending"],
  ["knows nothing later than its beginning", undefined, 5, "order-knows-less"],
])("an order to a damaged replica that %s", (_, members, confVer, end) => {
  expect(ordered(members, confVer)).toBe(end);
});

/** A running replica that retires, and what happens in order. */
function retiring() {
  const told: string[] = [];
  const notices: (() => void)[] = [];
  const entry = newEntry(3 as Life, toRegionId(1), OWN, FIRST_EPOCH, 0);
  entry.state = { kind: "running", address: { slot: 4, incarnation: 1 } as never };
  const endings = new Endings({
    lives: { owned: () => entry },
    tombstones: new TombstoneBook(),
    children: { owedBy: () => [], settle: () => undefined },
    gates: { tell: () => undefined },
    log: { append: (_: unknown, onDurable: () => void) => notices.push(onDurable) },
    context: {
      stop: () => told.push("stop its actor"),
      perform: () => told.push("remove its tablets"),
    },
  } as unknown as EndingHost);
  const tombstone = {
    regionId: toRegionId(1),
    peerId: OWN,
    epoch: FIRST_EPOCH,
    removedPeerIds: [],
  };
  endings.retire(entry.life, tombstone);
  return { told, endings, entry, isDurable: () => notices.shift()?.() };
}

test("tombstone, actor, tablets", () => {
  const { told, endings, entry, isDurable } = retiring();
  expect(told).toEqual([]);
  isDurable();
  expect(told).toEqual(["stop its actor"]);
  endings.actorEnded(entry);
  expect(told).toEqual(["stop its actor", "remove its tablets"]);
});

test("an actor that fails does not let its data go before the tombstone is durable", () => {
  const { told, endings, entry, isDurable } = retiring();
  endings.actorEnded(entry);
  expect(told).toEqual([]);
  isDurable();
  expect(told).toEqual(["remove its tablets"]);
});
