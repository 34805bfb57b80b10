// A move of a region as a round: its rate from end to end, and that of each stage it had.
import { defineRound, type Measured } from "../round.ts";
import { type MovedRegion, moveRegion, type RegionContent } from "./moved-region.ts";

export type MoveParams = RegionContent & { readonly threads: number };

export const MOVE_STAGES = ["copy", "stream", "sync", "install"] as const;

export const moveRound = defineRound<MoveParams>({
  url: import.meta.url,
  name: "moveRound",
  open: async ({ threads, ...content }, { directory }) => ({
    iterate: async () => measuredOf(await moveRegion(directory, content, threads)),
    close: async () => {},
  }),
});

/** The stages follow each other; receiving goes on while the other end streams. */
function measuredOf({ userBytes, stageMs, cpuSeconds }: MovedRegion): Measured {
  const rate = (durationMs: number) => userBytes / 1e3 / durationMs;
  const stages = MOVE_STAGES.filter((stage) => stageMs[stage] > 0);
  const totalMs = stages.reduce((sum, stage) => sum + stageMs[stage], 0);
  return {
    figures: {
      rate: rate(totalMs),
      ...Object.fromEntries(stages.map((stage) => [stage, rate(stageMs[stage])])),
    },
    operations: userBytes,
    cpuSeconds,
  };
}
