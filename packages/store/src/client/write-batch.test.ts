// What a batch over several regions says when some of its shares are written and others are not.
import {
  FIRST_EPOCH,
  type KeyRange,
  keyFromText,
  type Region,
  type RegionId,
  toPeerId,
  toRegionId,
  toStoreId,
} from "@multiraft/pd/protocol";
import { Sfc32, toAddress } from "@multiraft/runtime";
import { expect, test } from "vitest";
import type { ClientReply } from "../peer/client-request.ts";
import type { ClientDoor } from "./client-door.ts";
import { RouteCache } from "./route-cache.ts";
import { writeAll } from "./write-batch.ts";

const PEERS = [{ id: toPeerId(101), storeId: toStoreId(1), role: "voter" as const }];
const WRITTEN: ClientReply = { kind: "written" };
const BUSY: ClientReply = { kind: "busy", reason: "proposals" };
const UNKNOWN: ClientReply = { kind: "outcome-unknown" };
const REFUSED: ClientReply = { kind: "refused", reason: "no" };

function region(id: number, start: string, end: string): Region {
  const range: KeyRange = { start: keyFromText(start), end: keyFromText(end) };
  return { id: toRegionId(id), range, epoch: FIRST_EPOCH, peers: PEERS };
}

const REGIONS = [region(1, "", "h"), region(2, "h", "p"), region(3, "p", "")];

/** A write to each region, which answer as they are told, again and again. @param known Routes known before. */
async function written(known: number, ...answers: readonly ClientReply[]): Promise<unknown> {
  let nowMs = 0;
  const door: ClientDoor = {
    asker: {
      ask: async (_to, message) => {
        const { kind, key, regionId } = message as unknown as Record<string, unknown>;
        if (kind !== "region-by-key") return answers[(regionId as RegionId) - 1] as never;
        const found = REGIONS.findLast(({ range }) => range.start <= (key as string));
        return { region: found, leader: undefined } as never;
      },
    },
    pd: () => toAddress(50, 1),
    gatesOf: (id) => [toAddress(id, 1)],
    clock: { nowMs: () => nowMs },
    random: new Sfc32(1),
    delay: async (delayMs) => {
      nowMs += delayMs;
    },
  };
  const routes = new RouteCache();
  for (const one of REGIONS.slice(0, known)) routes.put(one, undefined);
  const writes = ["a", "k", "z"].map((key) => ({
    kind: "put" as const,
    key: keyFromText(key),
    value: Uint8Array.of(1),
  }));
  return writeAll(door, routes, writes, {
    what: "batch",
    isRepeatable: false,
    acrossRegions: "split",
    timeoutMs: 500,
    deadlineMs: 500,
    signal: undefined,
    throwIfEnded: () => undefined,
  }).catch((error: unknown) => error);
}

const PARTLY = {
  code: "ERR_MULTIRAFT_OUTCOME_UNKNOWN",
  message: expect.stringMatching(/^a part of the batch is written, 2 of its writes; then: /),
};

test.each([
  ["all at the same time", 3],
  ["one after the other", 0],
])("a batch that is written in part does not say that nothing was done, %s", async (_, known) => {
  expect(await written(known, WRITTEN, WRITTEN, WRITTEN)).toBeUndefined();
  for (const other of [BUSY, REFUSED])
    expect(await written(known, WRITTEN, WRITTEN, other)).toMatchObject(PARTLY);
});

test("a batch of which nothing is written says so", async () => {
  expect(await written(3, BUSY, BUSY, BUSY)).toMatchObject({
    code: "ERR_MULTIRAFT_CLIENT_TIMEOUT",
  });
  expect(await written(3, REFUSED, BUSY, BUSY)).toMatchObject({ code: "ERR_MULTIRAFT_REFUSED" });
});

test("no other end of a share hides that the outcome of one is unknown", async () => {
  const error = await written(3, BUSY, UNKNOWN, REFUSED);
  expect(error).toMatchObject({ code: "ERR_MULTIRAFT_OUTCOME_UNKNOWN" });
  expect(error).toHaveProperty("message", expect.stringContaining("may or may not have"));
});
