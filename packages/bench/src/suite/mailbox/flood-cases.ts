// The cases of too much mail, with memory watched.
import { type Case, caseOf, type Figure, rateIn } from "../case.ts";
import { type FloodParams, overflowRound, slowConsumerRound } from "./flood-round.ts";
import { slowPostRound } from "./rival/slow-post.ts";

/** Resident memory grows once: a repetition in the same process would see nothing. */
const ONCE = { warmUps: 0, iterations: 1 };

const MEMORY: Figure = { key: "memory", label: "memory grown", unit: "MiB", better: "less" };
const HANDLED: Figure = { key: "handled", label: "handled", unit: "messages/s", better: "more" };
const BYTES = 1_024;
const WORK_US = 5;
/** A quarter of what a full run sends: lanes, mailboxes and the heaps' young generations are well below. */
const MEMORY_MIB_MAX = 128;

export function floodCases(isQuick: boolean): readonly Case[] {
  const messages = isQuick ? 20_000 : 500_000;
  const params: FloodParams = {
    messages,
    bytes: BYTES,
    workUs: WORK_US,
    memoryMiBMax: MEMORY_MIB_MAX,
  };
  const rival = "postMessage to a slow worker";
  const common = { params, repetitions: ONCE };
  return [
    caseOf(overflowRound, {
      name: "flood of a slow actor, the rest dropped",
      figures: [...rateIn("messages/s"), HANDLED, MEMORY],
      ...common,
    }),
    caseOf(slowConsumerRound, {
      name: "slow actor, the source waits",
      figures: [...rateIn("messages/s"), MEMORY],
      rivals: { postMessage: rival },
      ...common,
    }),
    caseOf(slowPostRound, {
      name: rival,
      figures: [...rateIn("messages/s"), MEMORY],
      isRival: true,
      ...common,
    }),
  ];
}
