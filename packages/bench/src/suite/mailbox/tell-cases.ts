// The cases of telling: by place, size and codec, and the rivals of each.
import { type Case, caseOf, rateIn } from "../case.ts";
import { LATENCY_FIGURES } from "../latency.ts";
import { hasLayout, type ItemShape, LISTS_BYTES, NUMBERS_BYTES } from "./items.ts";
import { absentLibrary } from "./rival/askers.ts";
import { nactTellRound } from "./rival/nact-tell.ts";
import { postRound } from "./rival/post-message.ts";
import { SECONDS_MAX } from "./seconds-max.ts";
import { nameOfShape, tellRound } from "./tell-round.ts";
import { tellTimeRound } from "./tell-time-round.ts";

const FIGURES = rateIn("messages/s");
const REPETITIONS = { warmUps: 2, iterations: 3, secondsMax: SECONDS_MAX };
const BATCH = 64;
/** Long enough for every thread to fall asleep. */
const PARKED_MS = 2;

const NUMBERS: ItemShape = { shape: "numbers", bytes: NUMBERS_BYTES };
const SHAPES: readonly ItemShape[] = [
  NUMBERS,
  { shape: "text", bytes: 16 },
  { shape: "lists", bytes: LISTS_BYTES },
  { shape: "bytes", bytes: 64 },
  { shape: "bytes", bytes: 1_024 },
  { shape: "bytes", bytes: 65_536 },
];

/** By default small plain objects have a form of their own, and what holds bytes or lists goes by msgpackr. */
export const CODEC_NAMES = { layout: "layout", default: "default codec" };

/** Bounded by bytes: raw postMessage has no bound, and all of it may be queued at once. */
const BYTES_MAX = 128 * 2 ** 20;

export function tellCases(isQuick: boolean): readonly Case[] {
  const messagesMax = isQuick ? 20_000 : 500_000;
  const amountOf = ({ bytes }: ItemShape) =>
    Math.min(messagesMax, Math.floor((isQuick ? BYTES_MAX / 64 : BYTES_MAX) / bytes));
  return [
    withinCase(NUMBERS, amountOf(NUMBERS)),
    ...SHAPES.flatMap((shape) => acrossCases(shape, amountOf(shape))),
    ...SHAPES.flatMap((shape) => postCases(shape, amountOf(shape))),
    nactCase(NUMBERS, amountOf(NUMBERS)),
    ...parkedCases(isQuick ? 50 : 500),
  ];
}

/** One message at a time, to somebody who sleeps. */
function parkedCases(messages: number): readonly Case[] {
  const rival = "time of a postMessage, parked";
  const common = {
    figures: LATENCY_FIGURES,
    repetitions: { warmUps: 1, iterations: 3, secondsMax: SECONDS_MAX },
  };
  return [
    caseOf(tellTimeRound, {
      name: "tell time across threads, parked",
      params: { messages, pauseMs: PARKED_MS, by: "multiraft" },
      rivals: { postMessage: rival },
      ...common,
    }),
    caseOf(tellTimeRound, {
      name: rival,
      params: { messages, pauseMs: PARKED_MS, by: "postMessage" },
      isRival: true,
      ...common,
    }),
  ];
}

/** By reference, whatever the shape and the codec. */
function withinCase(shape: ItemShape, messages: number): Case {
  return caseOf(tellRound, {
    name: `tell within a thread, ${nameOfShape(shape)}`,
    params: { messages, where: "within", codec: "layout", ...shape },
    figures: FIGURES,
    repetitions: REPETITIONS,
    rivals: { ...postRivals(shape), nact: nactName(shape) },
  });
}

function acrossCases(shape: ItemShape, messages: number): readonly Case[] {
  const codecs = hasLayout(shape) ? (["layout", "default"] as const) : (["default"] as const);
  return codecs.map((codec) =>
    caseOf(tellRound, {
      name: `tell across threads, ${nameOfShape(shape)}, ${CODEC_NAMES[codec]}`,
      params: { messages, where: "across", codec, ...shape },
      figures: FIGURES,
      repetitions: REPETITIONS,
      rivals: postRivals(shape),
    }),
  );
}

function postCases(shape: ItemShape, messages: number): readonly Case[] {
  return [1, BATCH].map((batch) =>
    caseOf(postRound, {
      name: postName(shape, batch),
      params: { messages, batch, ...shape },
      figures: FIGURES,
      repetitions: REPETITIONS,
      isRival: true,
    }),
  );
}

function nactCase(shape: ItemShape, messages: number): Case {
  return caseOf(nactTellRound, {
    name: nactName(shape),
    params: { messages, ...shape },
    figures: FIGURES,
    repetitions: REPETITIONS,
    absent: absentLibrary("nact"),
    isRival: true,
  });
}

function postRivals(shape: ItemShape): Case["rivals"] {
  return {
    postMessage: postName(shape, 1),
    [`postMessage by ${BATCH}`]: postName(shape, BATCH),
  };
}

function postName(shape: ItemShape, batch: number): string {
  return `postMessage${batch === 1 ? "" : ` by ${batch}`}, ${nameOfShape(shape)}`;
}

function nactName(shape: ItemShape): string {
  return `nact within a thread, ${nameOfShape(shape)}`;
}
