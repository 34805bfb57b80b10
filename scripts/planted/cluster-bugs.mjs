// The table of faults for whole clusters (`cluster.md`) as data. Its form, checked here: `## part`, then
// for each fault `### name`, what is wrong in a sentence, a diff of one line of a source file, and
// `Profile: name`; for what no seed finds also `Missed: why`, and then one of two: where another guard holds,
// `Guarded by: name`, the fault that takes that one out: planted together, the two have to be found. Where an
// order of events was written down that meets it, `Met by: path, "name of the test"`, or `Met by: path` of a kept
// schedule: it has to fail with the fault, and to pass without.
import { readFileSync } from "node:fs";
import { PlantedError } from "./rules.mjs";

const GUARD = /\nGuarded by: (?<guard>[a-z][a-z0-9-]*)\n/;
const TEST = /\nMet by: (?<testFile>packages\/[a-z0-9/-]+\.test\.ts), "(?<test>[^\n]+)"\n/;
const SCHEDULE = /\nMet by: (?<schedule>packages\/[a-z0-9/-]+\.json)\n/;
const PROOF = [GUARD, TEST, SCHEDULE].map(({ source }) => source).join("|");

const BUG = new RegExp(
  [
    /^### (?<name>[a-z][a-z0-9-]*)\n\n/,
    /(?<sentence>[^\n]+)\n\n/,
    /```diff (?<file>packages\/[a-z0-9/-]+\.ts)\n- (?<line>[^\n]+)\n(?:\+ (?<patch>[^\n]+)\n)?```\n\n/,
    /Profile: (?<profile>[a-z]+)\n/,
    new RegExp(`(?:\\nMissed: (?<missed>[^\\n]+)\\n(?:${PROOF})?)?$`),
  ]
    .map(({ source }) => source)
    .join(""),
);

/** @returns the faults of the table at `path`, in its order. */
export function readBugs(path) {
  const bugs = [];
  for (const chapter of readFileSync(path, "utf8").split(/^## /m).slice(1)) {
    const [part] = chapter.split("\n", 1);
    for (const text of chapter.split(/^(?=### )/m).slice(1)) bugs.push({ part, ...parseBug(text) });
  }
  if (bugs.length === 0) throw new PlantedError(`${path} holds no fault`);
  for (const { name } of bugs)
    if (bugs.filter((bug) => bug.name === name).length > 1)
      throw new PlantedError(`two faults are named ${name}`);
  for (const { name, guard } of bugs)
    if (guard !== undefined && !bugs.some((bug) => bug.name === guard))
      throw new PlantedError(`${name} is guarded by ${guard}, which is no fault`);
  return bugs;
}

function parseBug(part) {
  const text = `${part.trimEnd()}\n`;
  const match = BUG.exec(text);
  if (match === null) throw new PlantedError(`not the form of a fault:\n${text}`);
  const { testFile, test, schedule, patch, ...bug } = match.groups;
  const file = testFile ?? schedule;
  return { ...bug, patch: patch ?? "", met: file === undefined ? undefined : { file, test } };
}
