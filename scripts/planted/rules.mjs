// A table of rules (`rules.md`) as data. Its form, checked here: `## theme`, then for each rule
// `### name`, the rule in a sentence with its source, a diff of one line, and who catches it.
import { readFileSync } from "node:fs";

export const CORE_FOLDER = "packages/store/src/raft";

const RULE = new RegExp(
  [
    /^### (?<name>[a-z][a-z0-9-]*)\n\n/,
    /(?<sentence>[^\n]+)\n\n/,
    /```diff (?<file>[a-z-]+\.ts)\n- (?<line>[^\n]+)\n(?:\+ (?<patch>[^\n]+)\n)?```\n/,
    /(?<catchers>(?:\nCaught by `[^`\n]+`: [^\n]+\n)+)$/,
  ]
    .map(({ source }) => source)
    .join(""),
);
const CATCHER = /Caught by `(?<file>[^`]+)`: (?<test>[^\n]+)\n/g;

/** What is wrong with the table, or does not fit the sources: said, and no fault of this program. */
export class PlantedError extends Error {}

/** @returns the rules of the table at `path`, in its order. */
export function readRules(path) {
  const text = readText(path);
  const rules = [];
  for (const chapter of text.split(/^## /m).slice(1)) {
    const [theme] = chapter.split("\n", 1);
    for (const part of chapter.split(/^(?=### )/m).slice(1))
      rules.push({ theme, ...parseRule(part) });
  }
  if (rules.length === 0) throw new PlantedError(`${path} holds no rule`);
  for (const { name } of rules)
    if (rules.filter((rule) => rule.name === name).length > 1)
      throw new PlantedError(`two rules are named ${name}`);
  return rules;
}

function readText(path) {
  try {
    return readFileSync(path, "utf8");
  } catch (error) {
    throw new PlantedError(error.message);
  }
}

function parseRule(part) {
  const text = `${part.trimEnd()}\n`;
  const match = RULE.exec(text);
  if (match === null) throw new PlantedError(`not the form of a rule:\n${text}`);
  const { name, sentence, file, line, patch, catchers } = match.groups;
  return {
    name,
    sentence,
    file: `${CORE_FOLDER}/${file}`,
    line,
    patch: patch ?? "",
    catchers: [...catchers.matchAll(CATCHER)].map(({ groups }) => catcherOf(groups)),
  };
}

/** A bare file name is one of the core's own tests. */
function catcherOf({ file, test }) {
  return { file: file.includes("/") ? file : `${CORE_FOLDER}/${file}`, test };
}

/** The text of `rule.file` with its one line replaced, at the indentation that it has. */
export function applyPatch(rule, text) {
  const lines = text.split("\n");
  const places = lines.flatMap((line, place) => (line.trim() === rule.line ? [place] : []));
  if (places.length !== 1)
    throw new PlantedError(
      `${rule.name}: ${rule.file} has this line ${places.length} times, not once:\n    ${rule.line}`,
    );
  const [place] = places;
  lines[place] = lines[place].replace(rule.line, () => rule.patch);
  return lines.join("\n");
}
