// Raw postMessage to a slow worker: nothing holds the sender back, and its queue has no bound.
import { defineRound, timed } from "../../round.ts";
import { type FloodParams, slowMeasured } from "../flood-round.ts";
import { itemMaker, totalWeight } from "../items.ts";
import type { Tally } from "../load-actors.ts";
import { MemoryWatch } from "../memory-watch.ts";
import { checkedTally } from "../tell-round.ts";
import { answerOf, startEcho } from "./post-message.ts";

const LOOK_EVERY_MESSAGES = 1_000;

export const slowPostRound = defineRound<FloodParams>({
  url: import.meta.url,
  name: "slowPostRound",
  open: async ({ messages, bytes, workUs }) => {
    const worker = startEcho(workUs);
    const shape = { shape: "bytes" as const, bytes };
    const make = itemMaker(shape);
    const sum = totalWeight(shape, messages);
    return {
      iterate: async () => {
        let tally: Tally | undefined;
        const watch = new MemoryWatch();
        const timing = await timed(async () => {
          for (let number = 1; number <= messages; number += 1) {
            worker.postMessage(make(number));
            if (number % LOOK_EVERY_MESSAGES === 0) watch.look();
          }
          const arrived = answerOf<Tally>(worker);
          worker.postMessage({ kind: "expect", count: messages });
          tally = await arrived;
        });
        const memory = watch.end() / 2 ** 20;
        return slowMeasured(checkedTally(tally, messages, sum), memory, timing);
      },
      close: async () => {
        await worker.terminate();
      },
    };
  },
});
