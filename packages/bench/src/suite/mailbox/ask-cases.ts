// The cases of asking: how many a second, and how long each takes while everybody sleeps or nobody does.
import { type Case, caseOf, type Figure, rateIn } from "../case.ts";
import { LATENCY_FIGURES } from "../latency.ts";
import { type AskParams, askRound } from "./ask-round.ts";
import { idleRound } from "./idle-round.ts";
import { absentLibrary, type Rival } from "./rival/askers.ts";
import { roundTripRound } from "./rival/round-trips.ts";
import { SECONDS_MAX } from "./seconds-max.ts";

const RATE = rateIn("asks/s");
const CORES: Figure = { key: "cores", label: "cores busy", unit: "cores", better: "less" };
const LATENCIES = [...LATENCY_FIGURES, CORES];
const REPETITIONS = { warmUps: 2, iterations: 3, secondsMax: SECONDS_MAX };
const TIMES = { warmUps: 1, iterations: 3, secondsMax: SECONDS_MAX };

/** The runtime's own choice. */
const POLL_US = 50;
/** Never, and as long as the pause between two asks. */
const POLLS_US = [0, 2_000];
const IN_FLIGHT = [1, 64];
const WORKER_RIVALS = ["postMessage", "comlink", "piscina", "workerpool"] as const;

/** Long enough for every thread to fall asleep. */
const APART_MS = 2;
/** 20,000 a second. */
const PACED_MS = 0.05;

export function askCases(isQuick: boolean): readonly Case[] {
  const asks = isQuick ? 1_000 : 20_000;
  return [
    ...IN_FLIGHT.flatMap((inFlight) => rateCases(inFlight, asks)),
    ...latencyCases("apart", APART_MS, isQuick ? 50 : 500),
    ...POLLS_US.map((pollUs) => pollCase(pollUs, isQuick ? 50 : 500)),
    ...latencyCases("paced", PACED_MS, isQuick ? 2_000 : 20_000),
    idleCase(isQuick ? 200 : 2_000),
  ];
}

function rateCases(inFlight: number, asks: number): readonly Case[] {
  const at = inFlight === 1 ? "one at a time" : `${inFlight} at a time`;
  const params = { asks, pace: "together", inFlight, everyMs: 0 } as const;
  const rivalName = (by: Rival) => `round trip by ${by}, ${at}`;
  const workers = Object.fromEntries(WORKER_RIVALS.map((by) => [by, rivalName(by)]));
  const ours = (name: string, where: AskParams["where"], rivals: Case["rivals"]) =>
    caseOf(askRound, {
      name: `${name}, ${at}`,
      params: { ...params, where, pollUs: POLL_US },
      figures: RATE,
      repetitions: REPETITIONS,
      rivals,
    });
  const trips = (by: Rival, name: string, rivals: Case["rivals"]) =>
    caseOf(roundTripRound, {
      name,
      params: { ...params, by },
      figures: RATE,
      repetitions: REPETITIONS,
      absent: absenceOf(by),
      rivals,
      isRival: by !== "multiraft",
    });
  return [
    ours("ask within a thread", "within", { nact: rivalName("nact") }),
    ours("ask across threads", "across", workers),
    trips("multiraft", `ask from the main thread, ${at}`, workers),
    ...[...WORKER_RIVALS, "nact" as const].map((by) => trips(by, rivalName(by), {})),
  ];
}

function latencyCases(pace: "apart" | "paced", everyMs: number, asks: number): readonly Case[] {
  const params = { asks, pace, inFlight: 1, everyMs } as const;
  const how = pace === "apart" ? "parked" : `paced, ${1_000 / everyMs}/s`;
  const rival = `round trip time by postMessage, ${how}`;
  const common = { figures: LATENCIES, repetitions: TIMES };
  return [
    caseOf(askRound, {
      name: `ask time across threads, ${how}`,
      params: { ...params, where: "across", pollUs: POLL_US },
      rivals: { postMessage: rival },
      ...common,
    }),
    caseOf(roundTripRound, {
      name: rival,
      params: { ...params, by: "postMessage" },
      isRival: true,
      ...common,
    }),
  ];
}

/** What looking longer for mail buys, and what it costs. */
function pollCase(pollUs: number, asks: number): Case {
  return caseOf(askRound, {
    name: `ask time across threads, looking ${pollUs} us before sleeping`,
    params: { asks, pace: "apart", inFlight: 1, everyMs: APART_MS, where: "across", pollUs },
    figures: LATENCIES,
    repetitions: TIMES,
  });
}

function idleCase(forMs: number): Case {
  return caseOf(idleRound, {
    name: "idle system of 2 threads",
    params: { threads: 2, pollUs: POLL_US, forMs },
    figures: [CORES],
    repetitions: { warmUps: 1, iterations: 1 },
  });
}

function absenceOf(by: Rival): string | undefined {
  return by === "multiraft" || by === "postMessage" ? undefined : absentLibrary(by);
}
