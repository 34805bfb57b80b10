// More mail than an actor can take. Flooded: what does not fit is dropped, counted and told apart. With a window:
// all arrives, and the source waits. Either way memory stays within a bound, or the round does not count.
import { setTimeout as sleep } from "node:timers/promises";
import { ActorSystem, assert, type MailTotals } from "@multiraft/runtime";
import { checkArrived, defineRound, type Measured, timed } from "../round.ts";
import { floodActor, slowActor } from "./flood-actors.ts";
import { totalWeight } from "./items.ts";
import { sinkActor, sourceActor, type Tally } from "./load-actors.ts";
import { MemoryWatch } from "./memory-watch.ts";
import { checkedTally } from "./tell-round.ts";

export type FloodParams = {
  readonly messages: number;
  readonly bytes: number;
  /** What the receiver computes for each message. */
  readonly workUs: number;
  readonly memoryMiBMax: number;
};

const ROUND_MS_MAX = 600_000;
const MIB = 2 ** 20;

/** One flooder on each of two threads. */
export const overflowRound = defineRound<FloodParams>({
  url: import.meta.url,
  name: "overflowRound",
  open: async ({ messages, bytes, workUs, memoryMiBMax }) => {
    const system = await ActorSystem.start({ threads: 2 });
    const to = await system.spawn(slowActor, { workUs }, { thread: 0 });
    const flooders = await Promise.all(
      [0, 1].map((thread) => system.spawn(floodActor, null, { thread })),
    );
    const share = messages / flooders.length;
    const options = { timeoutMs: ROUND_MS_MAX };
    return {
      iterate: async () => {
        const before = system.counters();
        const watch = new MemoryWatch();
        const timing = await timed(async () => {
          const play = { kind: "play" as const, to, messages: share, bytes };
          await Promise.all(flooders.map((one) => system.ask(one, play, options)));
          while (system.counters().inFlight > 0) await sleep(1);
        });
        const growthMiB = checkedGrowth(watch, memoryMiBMax);
        const { count } = await system.ask(to, { kind: "report" }, options);
        const dropped = droppedOf(system.counters()) - droppedOf(before);
        checkArrived(messages, count + dropped);
        assert(dropped > 0, "nothing was dropped: the receiver was not slow");
        const rate = messages / timing.seconds;
        const figures = { rate, handled: count / timing.seconds, memory: growthMiB };
        return { figures, operations: messages, cpuSeconds: timing.cpuSeconds };
      },
      close: () => system.close(),
    };
  },
});

/** The source of the tell rows, which waits for its window, and a sink that is slow. */
export const slowConsumerRound = defineRound<FloodParams>({
  url: import.meta.url,
  name: "slowConsumerRound",
  open: async ({ messages, bytes, workUs, memoryMiBMax }) => {
    const system = await ActorSystem.start({ threads: 2 });
    const shape = { shape: "bytes" as const, bytes };
    const source = await system.spawn(sourceActor, { ...shape, codec: "layout" }, { thread: 1 });
    const to = await system.spawn(sinkActor, { workUs }, { thread: 0 });
    const sum = totalWeight(shape, messages);
    return {
      iterate: async () => {
        let tally: Tally | undefined;
        const watch = new MemoryWatch();
        const timing = await timed(async () => {
          system.tell(source, { kind: "send", to, count: messages });
          const expect = { kind: "expect" as const, count: messages };
          tally = await system.ask(to, expect, { timeoutMs: ROUND_MS_MAX });
        });
        const memory = checkedGrowth(watch, memoryMiBMax);
        assert(droppedOf(system.counters()) === 0, "a window was not kept");
        return slowMeasured(checkedTally(tally, messages, sum), memory, timing);
      },
      close: () => system.close(),
    };
  },
});

export function slowMeasured(
  messages: number,
  memory: number,
  { seconds, cpuSeconds }: { readonly seconds: number; readonly cpuSeconds: number },
): Measured {
  return { figures: { rate: messages / seconds, memory }, operations: messages, cpuSeconds };
}

/** @returns MiB. @throws Error when memory grew beyond its bound. */
function checkedGrowth(watch: MemoryWatch, memoryMiBMax: number): number {
  const growthMiB = watch.end() / MIB;
  assert(
    growthMiB <= memoryMiBMax,
    () => `memory grew by ${growthMiB.toFixed(0)} MiB, beyond its bound of ${memoryMiBMax}`,
  );
  return growthMiB;
}

function droppedOf({ dropped }: MailTotals): number {
  return Object.values(dropped).reduce((sum, count) => sum + count, 0);
}
