// Asks between two actors: how many a second, or how long each takes.
import { ActorSystem, assert } from "@multiraft/runtime";
import { latencyFigures } from "../latency.ts";
import { checkArrived, defineRound, type Measured, rateOf, timed } from "../round.ts";
import { type AskedWith, type AskReport, askerActor, echoActor, type Pace } from "./ask-actors.ts";

export type AskParams = AskedWith & {
  readonly asks: number;
  readonly where: "within" | "across";
  readonly pace: Pace["kind"];
  /** Of `together`. */
  readonly inFlight: number;
  /** Of `apart`: between an answer and the next ask. Of `paced`: between two asks. */
  readonly everyMs: number;
  /** How long a thread without work looks for mail before it sleeps. */
  readonly pollUs: number;
};

const ROUND_MS_MAX = 600_000;

export const askRound = defineRound<AskParams>({
  url: import.meta.url,
  name: "askRound",
  open: async ({ asks, where, pollUs, bytes, codec, ...rest }) => {
    const system = await ActorSystem.start({ threads: 2, pollUs });
    const to = await system.spawn(echoActor, null, { thread: where === "within" ? 0 : 1 });
    const asker = await system.spawn(askerActor, null, { thread: 0 });
    const pace = paceOf(rest);
    return {
      iterate: async () => {
        let report: AskReport | undefined;
        const timing = await timed(async () => {
          const run = { kind: "run" as const, to, asks, pace, bytes, codec };
          report = await system.ask(asker, run, { timeoutMs: ROUND_MS_MAX });
        });
        assert(report !== undefined, "no report");
        return measuredAsks(asks, report, timing);
      },
      close: () => system.close(),
    };
  },
});

export function paceOf({
  pace,
  inFlight,
  everyMs,
}: Pick<AskParams, "pace" | "inFlight" | "everyMs">): Pace {
  switch (pace) {
    case "together":
      return { kind: "together", inFlight };
    case "apart":
      return { kind: "apart", pauseMs: everyMs };
    case "paced":
      return { kind: "paced", everyMs };
  }
}

/** Percentiles where durations were kept, the share of a core that all threads took, else a rate. */
export function measuredAsks(
  asks: number,
  { answered, durationsMs }: AskReport,
  timing: { readonly seconds: number; readonly cpuSeconds: number },
): Measured {
  checkArrived(asks, answered);
  if (durationsMs.length === 0) return rateOf(asks, timing);
  const { seconds, cpuSeconds } = timing;
  const figures = { ...latencyFigures(durationsMs), cores: cpuSeconds / seconds };
  return { figures, operations: asks, cpuSeconds };
}
