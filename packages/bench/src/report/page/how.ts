// How the figures of a page came about, in words: many rounds and few are not to be taken for each other.
import type { Machine } from "../../suite/row.ts";

const CHECKED =
  "What a round did was counted and checked at its end, and a round whose work did not add up is not shown.";
const COMPARED = "Figures of different machines say little; ratios of one run say more.";
export const QUICK_LOOK =
  "This was a quick run, with small amounts: it shows that everything works, and its figures are not to be quoted.";

const PROFILED =
  "CPU profiles were taken meanwhile: code that is watched is slower, and its figures are not to be quoted.";

/** @param machine With `rounds` and `quick`, as a run of a suite notes them. */
export function howOf(machine: Machine): string {
  const said = [
    ...(machine["quick"] === true ? [QUICK_LOOK] : []),
    ...(machine["profiled"] === true ? [PROFILED] : []),
  ];
  return [...said, roundsOf(Number(machine["rounds"])), CHECKED, COMPARED].join(" ");
}

function roundsOf(rounds: number): string {
  if (rounds === 1)
    return "Every figure is of one round in a fresh process, so that nothing shows how much it varies.";
  return (
    `Every figure is the median of ${rounds} rounds that took turns with those of the others, each in a fresh ` +
    "process that warmed up and repeated its work; the thin line across a bar shows the lowest and the highest round."
  );
}
