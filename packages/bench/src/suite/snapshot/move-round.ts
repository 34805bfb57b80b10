// Moves of a store's regions as a round. One region: its rate from the order until it is installed elsewhere, and
// that of each stage. Many: the rate at which the whole store is filled elsewhere, and the lives that began and
// ended for it.
import { defineRound, type Measured, type RoundPlace } from "../round.ts";
import { type Moved, MovingStore } from "./moved-region.ts";
import type { StoreContent } from "./store-content.ts";

/** `tmpfs`: on memory that is mounted as a disk. */
export type MoveParams = StoreContent & { readonly disk: "disk" | "tmpfs" };

export const MOVE_STAGES = ["copy", "stream", "sync", "install"] as const;
/** Those that an engine has: others end when they begin, and some microseconds are no rate. */
const STAGES_OF = { lmdb: MOVE_STAGES, memory: ["stream", "install"] } as const;
export const TMPFS = "/dev/shm";
/** No region is as large: the content is one. */
export const ONE_REGION_BYTES = 2 ** 30;

export const moveRound = defineRound<MoveParams>({
  url: import.meta.url,
  name: "moveRound",
  open: async (params, place) => {
    const store = await openStore(params, place);
    return {
      iterate: async () => oneRegion(await store.move(), store.userBytes, params.engine),
      close: () => store.close(),
    };
  },
});

export const refillRound = defineRound<MoveParams>({
  url: import.meta.url,
  name: "refillRound",
  open: async (params, place) => {
    const store = await openStore(params, place);
    return {
      iterate: async () => wholeStore(await store.move(), store.userBytes),
      close: () => store.close(),
    };
  },
});

function openStore({ disk, ...content }: MoveParams, { directory }: RoundPlace) {
  return MovingStore.open(disk === "tmpfs" ? TMPFS : directory, content);
}

/**
 * `rate` is by the clock on the wall, and so what a rival may be held against: it has the driver's decision in it, the
 * change of membership, offers and answers, and transfers that came to nothing. `stages` is the sum of what both ends
 * say of the one that was installed: they follow each other, and receiving goes on while the other end streams.
 */
export function oneRegion(
  moved: Moved,
  userBytes: number,
  engine: StoreContent["engine"],
): Measured {
  const { regions, stageMs, streamBytes, installedSeconds, cpuSeconds } = moved;
  if (regions !== 1) throw new Error(`${regions} regions where one was meant`);
  const rate = (durationMs: number) => userBytes / 1e3 / durationMs;
  const stages = STAGES_OF[engine];
  const stagesMs = MOVE_STAGES.reduce((sum, stage) => sum + stageMs[stage], 0);
  return {
    figures: {
      rate: rate(installedSeconds * 1_000),
      stages: rate(stagesMs),
      ...Object.fromEntries(stages.map((stage) => [stage, rate(stageMs[stage])])),
      travelled: streamBytes / userBytes,
    },
    operations: userBytes,
    cpuSeconds,
  };
}

function wholeStore(moved: Moved, userBytes: number): Measured {
  const { regions, streamBytes, endedSeconds, cpuSeconds } = moved;
  return {
    figures: {
      rate: userBytes / 1e6 / endedSeconds,
      lives: regions / endedSeconds,
      travelled: streamBytes / userBytes,
    },
    operations: userBytes,
    cpuSeconds,
  };
}
