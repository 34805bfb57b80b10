// What a system costs that has nothing to do.
import { setTimeout as sleep } from "node:timers/promises";
import { ActorSystem } from "@multiraft/runtime";
import { checkArrived, defineRound, timed } from "../round.ts";
import { echoActor } from "./ask-actors.ts";

export type IdleParams = {
  readonly threads: number;
  readonly pollUs: number;
  readonly forMs: number;
};

export const idleRound = defineRound<IdleParams>({
  url: import.meta.url,
  name: "idleRound",
  open: async ({ threads, pollUs, forMs }) => {
    const system = await ActorSystem.start({ threads, pollUs });
    const actors = await Promise.all(
      Array.from({ length: threads }, (_, thread) => system.spawn(echoActor, null, { thread })),
    );
    return {
      iterate: async () => {
        const { seconds, cpuSeconds } = await timed(() => sleep(forMs));
        // They slept, and were there.
        const options = { timeoutMs: 60_000 };
        const answers = await Promise.all(
          actors.map((one, number) => system.ask(one, { kind: "echo", number }, options)),
        );
        checkArrived(actors.length, answers.filter((answer, number) => answer === number).length);
        return { figures: { cores: cpuSeconds / seconds }, operations: 1, cpuSeconds };
      },
      close: () => system.close(),
    };
  },
});
