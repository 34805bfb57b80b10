// A storm of lives as a round: how many begin, get their data and end again in a second.
import { defineRound } from "../round.ts";
import { LifeStorm, type StormContent } from "./life-storm.ts";

export type StormParams = StormContent;

export const stormRound = defineRound<StormParams>({
  url: import.meta.url,
  name: "stormRound",
  open: async (params, { directory }) => {
    const storm = await LifeStorm.open(directory, params);
    return {
      iterate: async () => {
        const { lives, streamBytes, seconds, cpuSeconds } = await storm.run();
        await storm.check();
        return {
          figures: {
            rate: lives / seconds,
            cpuEach: (cpuSeconds / lives) * 1e3,
            sentEach: streamBytes / lives / 1_024,
          },
          operations: lives,
          cpuSeconds,
        };
      },
      close: () => storm.close(),
    };
  },
});
