// How long one message takes to an actor, or a worker, that is asleep.
import { setTimeout as sleep } from "node:timers/promises";
import { Worker } from "node:worker_threads";
import { ActorSystem, assert } from "@multiraft/runtime";
import { latencyFigures } from "../latency.ts";
import { checkArrived, defineRound, type OpenRound, timed } from "../round.ts";
import { answerOf } from "./rival/post-message.ts";
import { machineMs, pacerActor, stampedActor } from "./stamp-actors.ts";

export type TellTimeParams = {
  readonly messages: number;
  readonly pauseMs: number;
  readonly by: "multiraft" | "postMessage";
};

const ROUND_MS_MAX = 600_000;

export const tellTimeRound = defineRound<TellTimeParams>({
  url: import.meta.url,
  name: "tellTimeRound",
  open: (params) => (params.by === "multiraft" ? openOurs(params) : openPostMessage(params)),
});

async function openOurs({ messages, pauseMs }: TellTimeParams): Promise<OpenRound> {
  const system = await ActorSystem.start({ threads: 2 });
  const pacer = await system.spawn(pacerActor, { pauseMs }, { thread: 0 });
  const to = await system.spawn(stampedActor, null, { thread: 1 });
  return {
    iterate: () =>
      measured(messages, () => {
        const expect = { kind: "expect" as const, count: messages };
        const took = system.ask(to, expect, { timeoutMs: ROUND_MS_MAX });
        system.tell(pacer, { kind: "send", to, count: messages });
        return took;
      }),
    close: () => system.close(),
  };
}

async function openPostMessage({ messages, pauseMs }: TellTimeParams): Promise<OpenRound> {
  const entry = new URL("./rival/stamped-entry.js", import.meta.url);
  const worker = new Worker(entry, { workerData: { count: messages } });
  return {
    iterate: () =>
      measured(messages, async () => {
        const took = answerOf<Float64Array>(worker);
        for (let i = 0; i < messages; i += 1) {
          await sleep(pauseMs);
          worker.postMessage(machineMs());
        }
        return took;
      }),
    close: async () => {
      await worker.terminate();
    },
  };
}

async function measured(messages: number, send: () => Promise<Float64Array>) {
  let took: Float64Array | undefined;
  const { cpuSeconds } = await timed(async () => {
    took = await send();
  });
  assert(took !== undefined, "nothing was measured");
  checkArrived(messages, took.length);
  return { figures: latencyFigures(took), operations: messages, cpuSeconds };
}
