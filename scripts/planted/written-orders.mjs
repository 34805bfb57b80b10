// What meets a fault that no seed meets: an order of events that somebody wrote down, as a test or as a kept
// schedule. It counts only when it ends well on the intact code, and notices the fault when that is planted.
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { checkCatchers } from "./check.mjs";
import { PATIENT_MS_MAX } from "./processes.mjs";
import { PlantedError } from "./rules.mjs";
import { runKept } from "./seed-runs.mjs";
import { runTests, verdictOf } from "./test-run.mjs";

/** @throws PlantedError with the first schedule that is not there, or was kept for another fault */
export function checkSchedules(root, bugs) {
  for (const { name, met } of bugs.filter(isBySchedule)) {
    const { planted } = readSchedule(root, name, met.file);
    if (planted !== name) throw new PlantedError(`${name}: ${met.file} was kept for ${planted}`);
  }
}

function isBySchedule({ met }) {
  return met !== undefined && met.test === undefined;
}

function isByTest({ met }) {
  return met?.test !== undefined;
}

function readSchedule(root, name, file) {
  try {
    return JSON.parse(readFileSync(join(root, file), "utf8"));
  } catch (error) {
    throw new PlantedError(`${name}: ${error.message}`);
  }
}

/**
 * @param scratch as the work tree is, and built
 * @returns how many orders there are; throws with the first that does not end well, or a test that is not there
 */
export async function checkOrders(scratch, bugs) {
  const byTest = bugs.filter(isByTest);
  const rules = byTest.map(({ name, met }) => ({ name, catchers: [met] }));
  // Without a file all tests of the project would be run.
  if (rules.length > 0) await checkCatchers(scratch, rules, PATIENT_MS_MAX);
  const bySchedule = bugs.filter(isBySchedule);
  for (const { name, met } of bySchedule) {
    const violation = await runKept(scratch, join(scratch.folder, met.file));
    if (violation !== undefined)
      throw new PlantedError(`${name}: ${met.file} is violated without it: ${violation.what}`);
  }
  return byTest.length + bySchedule.length;
}

/**
 * @param scratch with the fault in it, and built
 * @returns whether the order that the fault names meets it, and what was said
 */
export async function tryOrder(scratch, { name, met: { file, test } }) {
  if (test === undefined) {
    const { oracle } = readSchedule(scratch.folder, name, file);
    const violation = await runKept(scratch, join(scratch.folder, file));
    const said = violation === undefined ? "nothing" : `${violation.oracle}: ${violation.what}`;
    return { isMet: violation?.oracle === oracle, said };
  }
  const { isCaught, message } = verdictOf(await runTests(scratch, [file], test, PATIENT_MS_MAX));
  return { isMet: isCaught, said: message };
}

/** As the table has it. */
export function orderName({ file, test }) {
  return test === undefined ? file : `${file}, "${test}"`;
}
