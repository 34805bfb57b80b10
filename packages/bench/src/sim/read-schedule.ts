// A schedule that was written to a file, by `--shrink` or by hand.
import { readFileSync } from "node:fs";
import type { Schedule } from "@multiraft/store/sim";
import { UsageError } from "../cli/usage-error.ts";

export type KeptSchedule = {
  readonly schedule: Schedule;
  /** Of its run, when it was written. */
  readonly hash?: string;
};

/** @throws UsageError */
export function readKept(file: string): KeptSchedule {
  const kept = parse(file);
  const { seed, profile, script } = kept.schedule ?? {};
  const isWhole = typeof seed === "number" && typeof profile === "string";
  const isScript = script === undefined || Array.isArray(script.delays);
  if (isWhole && isScript) return kept;
  throw new UsageError(`no schedule in ${file}: wanted is what --shrink has written`);
}

/** @throws UsageError */
export function readSchedule(file: string): Schedule {
  return readKept(file).schedule;
}

function parse(file: string): KeptSchedule {
  try {
    return JSON.parse(readFileSync(file, "utf8"));
  } catch (error) {
    throw new UsageError(`no schedule in ${file}: ${error instanceof Error ? error.message : ""}`);
  }
}
