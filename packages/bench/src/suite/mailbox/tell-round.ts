// Messages a second from one actor to another, within a thread or across two.
import { ActorSystem, assert } from "@multiraft/runtime";
import { checkArrived, defineRound, rateOf, timed } from "../round.ts";
import { type ItemShape, totalWeight } from "./items.ts";
import { type SourceArgs, sinkActor, sourceActor, type Tally } from "./load-actors.ts";

export type TellParams = SourceArgs & {
  readonly messages: number;
  readonly where: "within" | "across";
};

const ROUND_MS_MAX = 600_000;

export const tellRound = defineRound<TellParams>({
  url: import.meta.url,
  name: "tellRound",
  open: async ({ messages, where, ...args }) => {
    const system = await ActorSystem.start({ threads: 2 });
    const source = await system.spawn(sourceActor, args, { thread: 0 });
    const to = await system.spawn(sinkActor, { workUs: 0 }, { thread: where === "within" ? 0 : 1 });
    const sum = totalWeight(args, messages);
    return {
      iterate: async () => {
        let tally: Tally | undefined;
        const timing = await timed(async () => {
          system.tell(source, { kind: "send", to, count: messages });
          const expect = { kind: "expect" as const, count: messages };
          tally = await system.ask(to, expect, { timeoutMs: ROUND_MS_MAX });
        });
        return rateOf(checkedTally(tally, messages, sum), timing);
      },
      close: () => system.close(),
    };
  },
});

/** @returns The messages. @throws Error when one is missing, doubled or torn. */
export function checkedTally(tally: Tally | undefined, messages: number, sum: number): number {
  assert(tally !== undefined, "nothing was counted");
  checkArrived(messages, tally.count);
  if (tally.sum !== sum) throw new Error(`messages weigh ${tally.sum} where they were sent ${sum}`);
  return messages;
}

export function nameOfShape({ shape, bytes }: ItemShape): string {
  if (shape === "numbers") return "4 numbers";
  if (shape === "lists") return "lists of 8 numbers and 4 texts";
  return bytes < 1_024 ? `${bytes} B of ${shape}` : `${bytes / 1_024} KiB of ${shape}`;
}
