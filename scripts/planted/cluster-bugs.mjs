// The table of faults for whole clusters (`cluster.md`) as data. Its form, checked here: `## part`, then
// for each fault `### name`, what is wrong in a sentence, a diff of one line of a source file, and
// `Profile: name`; or, for what no seed finds, `Missed: why`.
import { readFileSync } from "node:fs";
import { PlantedError } from "./rules.mjs";

const BUG = new RegExp(
  [
    /^### (?<name>[a-z][a-z0-9-]*)\n\n/,
    /(?<sentence>[^\n]+)\n\n/,
    /```diff (?<file>packages\/[a-z0-9/-]+\.ts)\n- (?<line>[^\n]+)\n(?:\+ (?<patch>[^\n]+)\n)?```\n\n/,
    /Profile: (?<profile>[a-z]+)\n(?:\nMissed: (?<missed>[^\n]+)\n)?$/,
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
  return bugs;
}

function parseBug(part) {
  const text = `${part.trimEnd()}\n`;
  const match = BUG.exec(text);
  if (match === null) throw new PlantedError(`not the form of a fault:\n${text}`);
  return { ...match.groups, patch: match.groups.patch ?? "" };
}
