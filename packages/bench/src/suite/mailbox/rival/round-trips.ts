// Questions and answers between the main thread and a worker, by whoever offers a promise for each: how many a
// second, or how long each takes. The same work for everybody: a question goes there and its
// answer comes back.
import { setTimeout as sleep } from "node:timers/promises";
import { assert } from "@multiraft/runtime";
import { defineRound, type Measured, timed } from "../../round.ts";
import type { AskReport, Pace } from "../ask-actors.ts";
import { type AskParams, measuredAsks, paceOf } from "../ask-round.ts";
import { answerTo, type Question, questionMaker } from "../questions.ts";
import { openAsker, type Rival } from "./askers.ts";

export type RoundTripParams = Omit<AskParams, "where" | "pollUs" | "codec"> & {
  readonly by: Rival;
};

export type Ask = (question: Question) => PromiseLike<number>;

/** @returns Whether the answer to the question of a number was the right one. */
type AskNumber = (number: number) => Promise<boolean>;

export const roundTripRound = defineRound<RoundTripParams>({
  url: import.meta.url,
  name: "roundTripRound",
  open: async ({ by, asks, bytes, ...rest }) => {
    const asker = await openAsker(by);
    const pace = paceOf(rest);
    const make = questionMaker(bytes);
    const ask = async (number: number) =>
      (await asker.ask(make(number))) === answerTo(make(number));
    return {
      iterate: () => askAll(ask, asks, pace),
      close: () => asker.close(),
    };
  },
});

async function askAll(ask: AskNumber, asks: number, pace: Pace): Promise<Measured> {
  let report: AskReport | undefined;
  const timing = await timed(async () => {
    report = await reportOf(ask, asks, pace);
  });
  assert(report !== undefined, "no report");
  return measuredAsks(asks, report, timing);
}

function reportOf(ask: AskNumber, asks: number, pace: Pace): Promise<AskReport> {
  switch (pace.kind) {
    case "together":
      return askTogether(ask, asks, pace.inFlight);
    case "apart":
      return askApart(ask, asks, pace.pauseMs);
    case "paced":
      return askPaced(ask, asks, pace.everyMs);
  }
}

async function askTogether(ask: AskNumber, asks: number, inFlight: number): Promise<AskReport> {
  let asked = 0;
  let answered = 0;
  const askOn = async () => {
    while (asked < asks) {
      const number = asked;
      asked += 1;
      if (await ask(number)) answered += 1;
    }
  };
  await Promise.all(Array.from({ length: inFlight }, askOn));
  return { answered, durationsMs: new Float64Array() };
}

async function askApart(ask: AskNumber, asks: number, pauseMs: number): Promise<AskReport> {
  const durationsMs = new Float64Array(asks);
  let answered = 0;
  for (let number = 0; number < asks; number += 1) {
    const startedMs = performance.now();
    if (await ask(number)) answered += 1;
    durationsMs[number] = performance.now() - startedMs;
    await sleep(pauseMs);
  }
  return { answered, durationsMs };
}

/** The loop stays awake between two asks, as an actor's thread that looks for mail does. */
async function askPaced(ask: AskNumber, asks: number, everyMs: number): Promise<AskReport> {
  const durationsMs = new Float64Array(asks);
  let answered = 0;
  let returned = 0;
  const startedMs = performance.now();
  const take = (number: number, isRight: boolean) => {
    if (isRight) answered += 1;
    durationsMs[number] = performance.now() - (startedMs + number * everyMs);
    returned += 1;
  };
  for (let asked = 0; returned < asks; ) {
    const due = Math.min(asks, Math.floor((performance.now() - startedMs) / everyMs) + 1);
    for (; asked < due; asked += 1) {
      const number = asked;
      ask(number).then((isRight) => take(number, isRight));
    }
    await new Promise<void>((resolve) => setImmediate(resolve));
  }
  return { answered, durationsMs };
}
