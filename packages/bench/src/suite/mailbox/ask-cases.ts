// The cases of asking: how many a second, and how long each takes while everybody sleeps or nobody does.
import { type Case, caseOf, type Figure, rateIn } from "../case.ts";
import { LATENCY_FIGURES } from "../latency.ts";
import type { SuiteOptions } from "../suite.ts";
import { type AskParams, askRound } from "./ask-round.ts";
import { idleRound } from "./idle-round.ts";
import { absentLibrary, type Rival } from "./rival/askers.ts";
import { roundTripRound } from "./rival/round-trips.ts";
import { SECONDS_MAX } from "./seconds-max.ts";
import { CODEC_NAMES } from "./tell-cases.ts";

const RATE = rateIn("asks/s");
const CORES: Figure = { key: "cores", label: "cores busy", unit: "cores", better: "less" };
const LATENCIES = [...LATENCY_FIGURES, CORES];
const REPETITIONS = { warmUps: 2, iterations: 3, secondsMax: SECONDS_MAX };
const TIMES = { warmUps: 1, iterations: 3, secondsMax: SECONDS_MAX };

/** The runtime's own choice. */
const POLL_US = 50;
/** Never, and as long as the pause between two asks. */
const POLLS_US = [0, 2_000];
const IN_FLIGHT_MOST = 64;
const IN_FLIGHT = [1, IN_FLIGHT_MOST];
/** Of a repetition, so that large questions take no longer than small ones. */
const ASKED_BYTES = 2 ** 26;
const WORKER_RIVALS = ["postMessage", "comlink", "piscina", "workerpool"] as const;

/** Long enough for every thread to fall asleep. */
const APART_MS = 2;
/** 20,000 a second. */
const PACED_MS = 0.05;

export function askCases({ isQuick, isAll }: SuiteOptions): readonly Case[] {
  const asks = isQuick ? 1_000 : 20_000;
  const sizes = isAll ? [1_024, 65_536] : [1_024];
  return [
    ...IN_FLIGHT.flatMap((inFlight) => rateCases(inFlight, asks)),
    ...sizes.flatMap((bytes) => sizeCases(bytes, Math.min(asks, Math.ceil(ASKED_BYTES / bytes)))),
    ...latencyCases("apart", APART_MS, isQuick ? 50 : 500),
    ...POLLS_US.map((pollUs) => pollCase(pollUs, isQuick ? 50 : 500)),
    ...latencyCases("paced", PACED_MS, isQuick ? 2_000 : 20_000),
    idleCase(isQuick ? 200 : 2_000),
  ];
}

/** Questions that bring bytes: by codec, beside whoever copies them by structured clone. */
function sizeCases(bytes: number, asks: number): readonly Case[] {
  const what = `${bytes / 1_024} KiB, ${IN_FLIGHT_MOST} at a time`;
  const params = { asks, bytes, pace: "together", inFlight: IN_FLIGHT_MOST, everyMs: 0 } as const;
  const rivalName = (by: Rival) => `round trip by ${by}, ${what}`;
  const common = { figures: RATE, repetitions: REPETITIONS };
  return [
    ...(["layout", "default"] as const).map((codec) =>
      caseOf(askRound, {
        name: `ask across threads, ${what}, ${CODEC_NAMES[codec]}`,
        params: { ...params, codec, where: "across", pollUs: POLL_US },
        rivals: Object.fromEntries(WORKER_RIVALS.map((by) => [by, rivalName(by)])),
        ...common,
      }),
    ),
    ...WORKER_RIVALS.map((by) =>
      caseOf(roundTripRound, {
        name: rivalName(by),
        params: { ...params, by },
        absent: absenceOf(by),
        isRival: true,
        ...common,
      }),
    ),
  ];
}

function rateCases(inFlight: number, asks: number): readonly Case[] {
  const at = inFlight === 1 ? "one at a time" : `${inFlight} at a time`;
  const params = { asks, bytes: 0, pace: "together", inFlight, everyMs: 0 } as const;
  const rivalName = (by: Rival) => `round trip by ${by}, ${at}`;
  const workers = Object.fromEntries(WORKER_RIVALS.map((by) => [by, rivalName(by)]));
  const ours = (name: string, where: AskParams["where"], rivals: Case["rivals"]) =>
    caseOf(askRound, {
      name: `${name}, ${at}`,
      params: { ...params, codec: "layout", where, pollUs: POLL_US },
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
  const params = { asks, bytes: 0, pace, inFlight: 1, everyMs } as const;
  const how = pace === "apart" ? "parked" : `paced, ${1_000 / everyMs}/s`;
  const rival = `round trip time by postMessage, ${how}`;
  const common = { figures: LATENCIES, repetitions: TIMES };
  return [
    caseOf(askRound, {
      name: `ask time across threads, ${how}`,
      params: { ...params, codec: "layout", where: "across", pollUs: POLL_US },
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
    params: {
      asks,
      bytes: 0,
      codec: "layout",
      pace: "apart",
      inFlight: 1,
      everyMs: APART_MS,
      where: "across",
      pollUs,
    },
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
