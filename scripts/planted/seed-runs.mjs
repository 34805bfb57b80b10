// Seeds, and kept schedules, run in a copy of the packages, in a process of their own.
import { fileURLToPath } from "node:url";
import { PATIENT_MS_MAX, runProcess } from "./processes.mjs";
import { PlantedError } from "./rules.mjs";

/** A planted fault may loop for ever; a seed takes some seconds. */
export const MS_PER_SEED = 60_000;

/**
 * @param args as `cluster-seeds.mjs` takes them, after the folder
 * @returns the lines that seeds printed, as data, and whether they did not end
 */
export async function runSeeds(scratch, name, args, timeoutMs) {
  const program = fileURLToPath(new URL("cluster-seeds.mjs", import.meta.url));
  const { status, output, isTimeout } = await runProcess(
    process.execPath,
    [program, scratch.folder, ...args],
    { cwd: scratch.folder },
    timeoutMs,
  );
  if (status !== 0 && !isTimeout)
    throw new PlantedError(`${name}: the seeds did not run:\n${output.slice(-2_000)}`);
  const lines = output.split("\n").filter((line) => line.startsWith('{"seed"'));
  return { isTimeout, seeds: lines.map((line) => JSON.parse(line)) };
}

/** @returns what an oracle says of the kept schedule at `path`, if one speaks. */
export async function runKept(scratch, path) {
  const { seeds } = await runSeeds(scratch, path, ["kept", path], PATIENT_MS_MAX);
  return seeds[0]?.violation;
}
