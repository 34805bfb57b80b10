// The Savina programs with the parameters that were published for them, on one thread and on several, beside
// Erlang/OTP with as many schedulers.
import { availableParallelism } from "node:os";
import { type Case, caseOf, rateIn } from "../../case.ts";
import type { SuiteOptions } from "../../suite.ts";
import { absentErlang, erlangRound } from "../rival/erlang.ts";
import { SECONDS_MAX } from "../seconds-max.ts";
import {
  type NumbersOf,
  type ProgramName,
  type SavinaParams,
  savinaRound,
} from "./savina-round.ts";

type Entry<Name extends ProgramName = ProgramName> = {
  readonly program: Name;
  readonly name: string;
  readonly unit: string;
  readonly published: NumbersOf<Name>;
  /** For a look: the amounts smaller, the rest as published. */
  readonly quick: NumbersOf<Name>;
};

/** Keeps the numbers of a program with its name. */
function entry<Name extends ProgramName>(one: Entry<Name>): Entry {
  return one as unknown as Entry;
}

const COST = { buffer: 50, producers: 40, consumers: 40, cost: 25 };

const PROGRAMS: readonly Entry[] = [
  entry({
    program: "ping-pong",
    name: "ping-pong",
    unit: "messages/s",
    published: { exchanges: 40_000 },
    quick: { exchanges: 2_000 },
  }),
  entry({
    program: "thread-ring",
    name: "thread ring",
    unit: "messages/s",
    published: { actors: 100, hops: 100_000 },
    quick: { actors: 100, hops: 5_000 },
  }),
  entry({
    program: "counting",
    name: "counting",
    unit: "messages/s",
    published: { actors: 1, messages: 1_000_000 },
    quick: { actors: 1, messages: 50_000 },
  }),
  entry({
    program: "fork-join",
    name: "fork-join throughput",
    unit: "messages/s",
    published: { actors: 60, messages: 10_000 },
    quick: { actors: 60, messages: 500 },
  }),
  entry({
    program: "creation",
    name: "fork-join creation",
    unit: "lives/s",
    published: { lives: 40_000 },
    quick: { lives: 2_000 },
  }),
  entry({
    program: "big",
    name: "big",
    unit: "messages/s",
    published: { actors: 120, pings: 20_000 },
    quick: { actors: 120, pings: 200 },
  }),
  entry({
    program: "bounded-buffer",
    name: "bounded buffer",
    unit: "items/s",
    published: { ...COST, itemsEach: 1_000 },
    quick: { ...COST, itemsEach: 10 },
  }),
  entry({
    program: "banking",
    name: "banking",
    unit: "transfers/s",
    published: { accounts: 1_000, transfers: 50_000 },
    quick: { accounts: 100, transfers: 2_000 },
  }),
  entry({
    program: "philosophers",
    name: "dining philosophers",
    unit: "meals/s",
    published: { seats: 20, rounds: 10_000 },
    quick: { seats: 20, rounds: 200 },
  }),
  entry({
    program: "chameneos",
    name: "chameneos",
    unit: "meetings/s",
    published: { creatures: 100, meetings: 200_000 },
    quick: { creatures: 100, meetings: 5_000 },
  }),
];

/** The order in which the Erlang module takes them. */
const ORDER = [
  "actors",
  "buffer",
  "producers",
  "consumers",
  "itemsEach",
  "cost",
  "exchanges",
  "hops",
  "messages",
  "lives",
  "pings",
  "accounts",
  "transfers",
  "seats",
  "rounds",
  "creatures",
  "meetings",
];

const SAVINA = "Savina ";

export function savinaCases({ isQuick, threads }: SuiteOptions): readonly Case[] {
  const counts = [...new Set([1, ...(threads ?? [availableParallelism()])])];
  const absent = absentErlang();
  return PROGRAMS.flatMap((program) =>
    counts.flatMap((count) => [
      ...placementsOf(program, count).map((placement) =>
        ourCase(program, isQuick, count, placement),
      ),
      erlangCase(program, isQuick, count, absent),
    ]),
  );
}

/** Of a ring it matters where neighbours are. */
function placementsOf({ program }: Entry, threads: number): readonly SavinaParams["placement"][] {
  return program === "thread-ring" && threads > 1 ? ["blocked", "striped"] : ["striped"];
}

function ourCase(
  one: Entry,
  isQuick: boolean,
  threads: number,
  placement: SavinaParams["placement"],
): Case {
  const where = one.program === "thread-ring" && threads > 1 ? `, ${placement}` : "";
  const numbers = isQuick ? one.quick : one.published;
  return caseOf(savinaRound, {
    name: `${SAVINA}${one.name}, ${threadsText(threads)}${where}`,
    params: { program: one.program, threads, placement, ...numbers },
    figures: rateIn(one.unit),
    repetitions: repetitionsOf(one, isQuick),
    rivals: { "Erlang/OTP": erlangName(one, threads) },
  });
}

function erlangCase(
  one: Entry,
  isQuick: boolean,
  threads: number,
  absent: string | undefined,
): Case {
  const numbers: Readonly<Record<string, number>> = isQuick ? one.quick : one.published;
  return caseOf(erlangRound, {
    name: erlangName(one, threads),
    params: {
      program: one.program,
      schedulers: threads,
      numbers: ORDER.flatMap((name) => numbers[name] ?? []).join(" "),
    },
    figures: rateIn(one.unit),
    repetitions: repetitionsOf(one, isQuick),
    absent,
    isRival: true,
  });
}

/** The short programs need repetitions to be compiled, the buffer's work takes seconds. */
function repetitionsOf({ program }: Entry, isQuick: boolean): Case["repetitions"] {
  if (isQuick) return { warmUps: 1, iterations: 1 };
  return program === "bounded-buffer"
    ? { warmUps: 0, iterations: 1 }
    : { warmUps: 3, iterations: 3, secondsMax: SECONDS_MAX };
}

function erlangName({ name }: Entry, threads: number): string {
  return `Erlang/OTP ${name}, ${threads === 1 ? "1 scheduler" : `${threads} schedulers`}`;
}

function threadsText(threads: number): string {
  return threads === 1 ? "1 thread" : `${threads} threads`;
}
