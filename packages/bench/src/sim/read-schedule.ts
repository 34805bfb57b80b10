// A schedule that was written to a file, by `--shrink` or by hand.
import { readFileSync } from "node:fs";
import type { Schedule } from "@multiraft/store/sim";
import { UsageError } from "../cli/usage-error.ts";

/** @throws UsageError */
export function readSchedule(file: string): Schedule {
  const { schedule } = parse(file);
  if (typeof schedule?.seed === "number" && typeof schedule.profile === "string") return schedule;
  throw new UsageError(`no schedule in ${file}: wanted is what --shrink has written`);
}

function parse(file: string): { readonly schedule?: Schedule } {
  try {
    return JSON.parse(readFileSync(file, "utf8"));
  } catch (error) {
    throw new UsageError(`no schedule in ${file}: ${error instanceof Error ? error.message : ""}`);
  }
}
