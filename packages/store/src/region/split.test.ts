// How many parts a region can be cut into at once: what tells of them has to fit one slab.
import {
  EMPTY_KEY,
  KEY_BYTES_MAX,
  type Key,
  type Region,
  toPeerId,
  toRegionId,
  toStoreId,
} from "@multiraft/pd/protocol";
import { expect, test } from "vitest";
import type { Life } from "../log/record.ts";
import { encodedBytes } from "../log/record-codec.ts";
import { COMMAND_BYTES_MAX, encodeCommand } from "../operation/command.ts";
import type { LogIndex } from "../raft/index.ts";
import { refuseSplit, type SplitCut, splitRegion } from "./split.ts";

const SLAB_BYTES = 1024 * 1024;
const HUGE_ID = 2 ** 52;

function regionWith(peers: number): Region {
  return {
    id: toRegionId(1),
    range: { start: EMPTY_KEY, end: EMPTY_KEY },
    epoch: { version: 2 ** 31, confVer: 2 ** 31 },
    peers: Array.from({ length: peers }, (_, n) => ({
      id: toPeerId(HUGE_ID + n),
      storeId: toStoreId(HUGE_ID + n),
      role: "voter" as const,
    })),
  };
}

function cutsOf(count: number, keyBytes: number, peers: number): SplitCut[] {
  return Array.from({ length: count }, (_, n) => ({
    key: String(n).padStart(keyBytes, "0") as Key,
    regionId: toRegionId(HUGE_ID + n),
    peerIds: Array.from({ length: peers }, (_, peer) => toPeerId(HUGE_ID + peer)),
  }));
}

/** The most cuts of such keys that are not refused. */
function cutsMax(region: Region, keyBytes: number): number {
  for (let count = 1; ; count += 1)
    if (refuseSplit(region, cutsOf(count, keyBytes, region.peers.length)) !== undefined)
      return count - 1;
}

test.each([
  [1, KEY_BYTES_MAX],
  [3, KEY_BYTES_MAX],
  [7, KEY_BYTES_MAX],
  [3, 200],
])("a split of %i peers by keys of %i bytes fits a command and a record", (peers, keyBytes) => {
  const region = regionWith(peers);
  const most = cutsMax(region, keyBytes);
  expect(most).toBeGreaterThan(100);
  const cuts = cutsOf(most, keyBytes, peers);
  const command = encodeCommand({ kind: "split", epoch: region.epoch, cuts });
  expect(command.byteLength).toBeLessThanOrEqual(COMMAND_BYTES_MAX);
  const children = splitRegion(region, cuts).children.map((child) => ({
    region: child,
    peerId: toPeerId(HUGE_ID),
  }));
  const record = { kind: "split", parentLife: 1 as Life, index: 5 as LogIndex, children } as const;
  expect(encodedBytes([record])).toBeLessThanOrEqual(SLAB_BYTES);
  expect(refuseSplit(region, cutsOf(most + 1, keyBytes, peers))).toBe("too-many-cuts");
});

test("a driver's largest split, by keys as they mostly are, is one", () => {
  expect(refuseSplit(regionWith(3), cutsOf(1_024, 64, 3))).toBeUndefined();
});
