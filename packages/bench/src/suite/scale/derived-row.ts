// Rows that follow from those of several cases, as outcomes.
import type { Figure } from "../case.ts";
import type { Outcome } from "../outcome.ts";
import type { RoundParams } from "../row.ts";

export type Derived = {
  readonly name: string;
  readonly figure: Figure;
  readonly value: number;
  /** Of the rounds; the value itself where there is no other. */
  readonly spread?: readonly [number, number];
  readonly params: RoundParams;
};

/** @param from The outcome that it follows from, or the last of several: whose CPU time it shows. */
export function derivedFrom(from: Outcome, derived: Derived): Outcome {
  const { name, figure, value, spread = [value, value], params } = derived;
  return {
    ...from,
    figure,
    row: {
      case: name,
      params,
      unit: figure.unit,
      median: value,
      spread,
      cpuSeconds: from.row.cpuSeconds,
      verified: true,
      ratios: {},
    },
  };
}
