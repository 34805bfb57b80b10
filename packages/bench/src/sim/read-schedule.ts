// A schedule that was written to a file, by `--shrink` or by hand.
import { readFileSync } from "node:fs";
import { profileByName, type Schedule } from "@multiraft/store/sim";
import { UsageError } from "../cli/usage-error.ts";

export type KeptSchedule = {
  readonly schedule: Schedule;
  /** Of its run, when it was written. */
  readonly hash?: string;
};

/** @throws UsageError */
export function readKept(file: string): KeptSchedule {
  const kept = parse(file);
  const wrong = wrongIn(kept?.schedule);
  if (wrong === undefined) return kept as KeptSchedule;
  throw new UsageError(`no schedule in ${file}: ${wrong}; wanted is what --shrink has written`);
}

/** @throws UsageError */
export function readSchedule(file: string): Schedule {
  return readKept(file).schedule;
}

function wrongIn(schedule: Partial<Schedule> | undefined): string | undefined {
  if (typeof schedule !== "object" || schedule === null) return "it has none";
  const { seed, profile, steps, script } = schedule;
  if (!Number.isSafeInteger(seed)) return "its seed is no whole number";
  if (profileByName(profile ?? "") === undefined) return `its profile is unknown: ${profile}`;
  if (!Number.isSafeInteger(steps)) return "its steps are no whole number";
  const { delays, faults, clients } = script ?? { delays: [], faults: [], clients: [] };
  const lists: readonly unknown[] = [delays, faults, clients];
  return lists.every(Array.isArray) ? undefined : "its script is not whole";
}

function parse(file: string): Partial<KeptSchedule> | null {
  try {
    return JSON.parse(readFileSync(file, "utf8"));
  } catch (error) {
    throw new UsageError(`no schedule in ${file}: ${error instanceof Error ? error.message : ""}`);
  }
}
