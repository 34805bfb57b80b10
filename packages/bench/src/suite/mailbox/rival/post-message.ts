// What Node.js offers by itself: postMessage of small objects to a worker, one by one or many in an array.
import { Worker } from "node:worker_threads";
import { defineRound, rateOf, timed } from "../../round.ts";
import { type Item, type ItemShape, itemMaker, totalWeight } from "../items.ts";
import type { Tally } from "../load-actors.ts";
import { checkedTally } from "../tell-round.ts";

export type PostParams = ItemShape & {
  readonly messages: number;
  /** Items in one posted array; 1: each by itself. */
  readonly batch: number;
};

export const postRound = defineRound<PostParams>({
  url: import.meta.url,
  name: "postRound",
  open: async ({ messages, batch, ...shape }) => {
    const worker = startEcho();
    const make = itemMaker(shape);
    const sum = totalWeight(shape, messages);
    return {
      iterate: async () => {
        let tally: Tally | undefined;
        const timing = await timed(async () => {
          post(worker, make, messages, batch);
          const arrived = answerOf<Tally>(worker);
          worker.postMessage({ kind: "expect", count: messages });
          tally = await arrived;
        });
        return rateOf(checkedTally(tally, messages, sum), timing);
      },
      close: async () => {
        await worker.terminate();
      },
    };
  },
});

/** @param workUs What it computes for each item. */
export function startEcho(workUs = 0): Worker {
  const workerData = { workUs };
  return new Worker(new URL("./post-message-entry.js", import.meta.url), { workerData });
}

export function answerOf<Answer>(worker: Worker): Promise<Answer> {
  return new Promise((resolve) => worker.once("message", resolve));
}

function post(
  worker: Worker,
  make: (number: number) => Item,
  messages: number,
  batch: number,
): void {
  let items: Item[] = [];
  for (let number = 1; number <= messages; number += 1) {
    if (batch === 1) worker.postMessage(make(number));
    else if (items.push(make(number)) === batch) {
      worker.postMessage(items);
      items = [];
    }
  }
  if (items.length > 0) worker.postMessage(items);
}
