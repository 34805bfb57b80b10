// The mailbox suite: how fast messages go from actor to actor, within a thread and across, and how long an ask
// takes, beside what Node.js and its libraries offer.
import type { Case } from "../case.ts";
import { barsOf, cpuBars, groupedBars, percentilesOf } from "../charts.ts";
import { LATENCY_KEYS } from "../latency.ts";
import type { Outcome } from "../outcome.ts";
import type { Suite } from "../suite.ts";
import { askCases } from "./ask-cases.ts";
import { floodCases } from "./flood-cases.ts";
import type { ItemShape } from "./items.ts";
import { savinaCases } from "./savina/savina-cases.ts";
import { tellCases } from "./tell-cases.ts";
import { nameOfShape } from "./tell-round.ts";

export const mailboxSuite: Suite = {
  about:
    "Messages between actors, told and asked, within a thread and across, beside Node.js and its libraries.",
  threadCounts: "several",
  rounds: ({ isQuick }) => (isQuick ? 1 : 3),
  cases: (options): readonly Case[] => [
    ...tellCases(options.isQuick),
    ...askCases(options),
    ...floodCases(options.isQuick),
    ...savinaCases(options),
  ],
  charts: (outcomes) => [
    barsOf(tells(outcomes), {
      title: "Messages told, a second",
      says:
        "How many messages a second one actor sends to another that counts and checks them. More is better. " +
        "postMessage is what Node.js offers between threads, one by one or many in an array.",
      unit: "messages/s",
      groupOf: shapeOf,
    }),
    barsOf(outcomes, {
      title: "Asks answered, a second",
      says: "How many questions a second are asked and answered, one at a time or 64 under way, and with bytes in each question. More is better.",
      unit: "asks/s",
      groupOf: underWay,
    }),
    percentilesOf(outcomes, LATENCY_KEYS, {
      title: "How long a tell and an ask take",
      says:
        "Microseconds from sending to arrival, or from the question to its answer, for the usual one " +
        "(p50) up to the slowest. Lower is better. Parked: both threads sleep before each ask. Paced: asks come at a fixed rate, whether or " +
        "not earlier ones were answered, and time counts from when an ask was due.",
      unit: "us",
    }),
    barsOf(outcomes, {
      title: "Memory while more comes than an actor can take",
      says:
        "How far the process grew while 1 KiB messages came faster than their receiver could handle them. Less is better. " +
        "A mailbox has a bound: what does not fit is dropped and counted, or the source waits. postMessage queues everything.",
      unit: "MiB",
    }),
    barsOf(outcomes, {
      title: "Cores that were busy",
      says:
        "How many cores all threads together kept busy while asks came at their pace, or nothing came at all. " +
        "Less is better. A thread that looks longer for mail before it sleeps answers sooner and computes more.",
      unit: "cores",
    }),
    groupedBars(outcomes.filter(isSavina), {
      title: "Programs of the Savina suite",
      says:
        "Ten small programs that are known from other actor systems, with the parameters published for them, " +
        "beside Erlang/OTP with as many schedulers as we have threads. More is better.",
      groupOf: ({ row: { params } }) => String(params["program"]),
    }),
    cpuBars(tells(outcomes), {
      title: "CPU per million messages",
      says:
        "Seconds that all threads together computed for a million messages. Less is better: it is what is " +
        "left of the machine for other work.",
      groupOf: shapeOf,
    }),
    cpuBars(inUnit(outcomes, "asks/s"), {
      title: "CPU per million asks",
      says: "Seconds that all threads together computed for a million asks. Less is better.",
      groupOf: underWay,
    }),
  ],
};

function isSavina({ row: { params } }: Outcome): boolean {
  return "program" in params;
}

function tells(outcomes: readonly Outcome[]): readonly Outcome[] {
  return inUnit(outcomes, "messages/s").filter(({ row: { params } }) => "shape" in params);
}

function inUnit(outcomes: readonly Outcome[], unit: string): readonly Outcome[] {
  return outcomes.filter(({ figure }) => figure.unit === unit);
}

function shapeOf({ row: { params } }: Outcome): string {
  return nameOfShape(params as ItemShape);
}

function underWay({ row: { params } }: Outcome): string {
  const bytes = Number(params["bytes"]);
  const what = bytes === 0 ? "" : `, ${bytes / 1_024} KiB each`;
  return (params["inFlight"] === 1 ? "one at a time" : `${params["inFlight"]} under way`) + what;
}
