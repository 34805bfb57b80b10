// nact within one thread: an actor library that keeps a mailbox an actor and hands messages over by reference.
import { defineRound, rateOf, timed } from "../../round.ts";
import { type Item, type ItemShape, itemMaker, totalWeight, weightOf } from "../items.ts";
import { checkedTally } from "../tell-round.ts";

export type NactTellParams = ItemShape & { readonly messages: number };

/** Sent before the loop may run: its mailbox has no bound, and memory is not what is measured. */
const BURST = 2_048;

export const nactTellRound = defineRound<NactTellParams>({
  url: import.meta.url,
  name: "nactTellRound",
  open: async ({ messages, ...shape }) => {
    const { dispatch, spawn, start, stop } = await import("nact");
    const make = itemMaker(shape);
    const sum = totalWeight(shape, messages);
    const system = start();
    let tally = { count: 0, sum: 0 };
    let whole: () => void = () => {};
    // The state is the actor's, and is seen from outside when it is whole.
    const sink = spawn(
      system,
      (_state: undefined, item: Item) => {
        tally = { count: tally.count + 1, sum: tally.sum + weightOf(item) };
        if (tally.count === messages) whole();
        return undefined;
      },
      "sink",
    );
    return {
      iterate: async () => {
        tally = { count: 0, sum: 0 };
        const timing = await timed(async () => {
          const arrived = new Promise<void>((resolve) => {
            whole = resolve;
          });
          for (let number = 1; number <= messages; number += 1) {
            dispatch(sink, make(number));
            if (number % BURST === 0) await new Promise((resolve) => setImmediate(resolve));
          }
          await arrived;
        });
        return rateOf(checkedTally(tally, messages, sum), timing);
      },
      close: async () => stop(system),
    };
  },
});
