// Which kinds of tests notice which rule, measured: the named tests, the conformance files and a
// slice of the simulation against every fault.
import { existsSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { forEachBroken } from "./campaign.mjs";
import { PlantedError } from "./rules.mjs";
import { failsByAssertion, runTests } from "./test-run.mjs";

const PAGE = "docs/raft-planted.md";
const CONFORMANCE = "packages/store/test/raft-conformance/conformance.test.ts";
const SEEDS = "packages/store/test/raft-seeds.test.ts";

/** Beside the named tests; a test is of the first kind that it matches. */
const KINDS = [
  {
    name: "own files",
    matches: ({ file, name }) => file === CONFORMANCE && name.startsWith("packages/"),
  },
  { name: "given files", matches: ({ file }) => file === CONFORMANCE },
  { name: "simulation", matches: ({ file }) => file === SEEDS },
];
const COLUMNS = ["named test", "given files", "own files", "simulation"];

/** @returns whether every rule is noticed by its named test. */
export async function writeMatrix(root, scratches, rules) {
  useGivenFiles(root);
  const intact = await runKinds(scratches[0]);
  if (intact.length === 0) throw new PlantedError("no test runs on the intact code");
  const failed = intact.find(({ status }) => status === "failed");
  if (failed !== undefined) throw new PlantedError(`fails on the intact code: ${failed.name}`);
  let done = 0;
  const counts = await forEachBroken(scratches, rules, async (scratch, rule) => {
    const count = await countFor(scratch, rule);
    done += 1;
    const text = COLUMNS.map((kind) => `${kind} ${count[kind]}`).join(", ");
    console.error(`planted: ${done}/${rules.length} ${rule.name}: ${text}`);
    return count;
  });
  writeFileSync(join(root, PAGE), pageOf(rules, counts, countByKind(intact)));
  console.log(`${PAGE}: ${rules.length} rules`);
  return counts.every((count) => count["named test"] > 0);
}

async function countFor(scratch, { catchers }) {
  const tests = await runKinds(
    scratch,
    catchers.map(({ file }) => file),
  );
  const failed = tests.filter(failsByAssertion);
  const isCaught = catchers.every(({ file, test }) =>
    failed.some((each) => each.file === file && each.name.includes(test)),
  );
  return { ...countByKind(failed), "named test": isCaught ? 1 : 0 };
}

/** A fault that keeps the simulation from ending leaves the other tests their say. */
async function runKinds(scratch, files = []) {
  const { tests, fault } = await runTests(scratch, [CONFORMANCE, SEEDS, ...files]);
  if (tests.length > 0 || fault === undefined) return tests;
  return (await runTests(scratch, [CONFORMANCE, ...files])).tests;
}

/** They are not ours to keep here: without them a column would say nothing. */
function useGivenFiles(root) {
  process.env.MULTIRAFT_CONFORMANCE_DIR ??= join(root, "../shared/conformance/etcd-raft");
  if (existsSync(process.env.MULTIRAFT_CONFORMANCE_DIR)) return;
  throw new PlantedError("--matrix needs the folder of the given files: MULTIRAFT_CONFORMANCE_DIR");
}

function countByKind(tests) {
  const count = Object.fromEntries(COLUMNS.map((kind) => [kind, 0]));
  for (const test of tests) {
    const kind = KINDS.find(({ matches }) => matches(test));
    if (kind !== undefined) count[kind.name] += 1;
  }
  return count;
}

function pageOf(rules, counts, totals) {
  const rows = rules.map((rule, place) => ({ rule, count: counts[place] }));
  const themes = [...new Set(rules.map(({ theme }) => theme))];
  const tables = themes.map((theme) => tableOf(theme, rows));
  return `${[INTRODUCTION, summaryOf(rows, totals), ...tables].join("\n\n")}\n`;
}

const INTRODUCTION = `# Rules of safety, and what notices that they are broken

Written by \`npm run planted -- --matrix\`; not to be edited by hand. Each rule of
\`scripts/planted/rules.md\` was broken by its one-line patch in a copy of the sources. A figure is the
number of tests that then failed by an assertion: the unit test that stands for the rule; etcd's data
files; the repository's own files in the same formats; and the first seeds of the simulation, in
groups of ten.`;

function summaryOf(rows, totals) {
  const without = (kind) => rows.filter(({ count }) => count[kind] === 0);
  const files = rows.filter((row) => sumOf(row, ["given files", "own files"]) === 0);
  const others = files.filter(({ count }) => count.simulation === 0);
  const rescued = files.filter(({ count }) => count.simulation > 0);
  return [
    `- ${rows.length} rules; ${totals["given files"]} given files, ${totals["own files"]} own files, ${totals.simulation} groups of seeds`,
    `- not noticed by their named test: ${namesOf(without("named test"))}`,
    `- noticed by no given file: ${without("given files").length}`,
    `- noticed by no file, given or own, but by the simulation: ${namesOf(rescued)}`,
    `- noticed by neither files nor simulation, but by unit tests alone: ${namesOf(others)}`,
    `- not noticed by the simulation: ${without("simulation").length}`,
  ].join("\n");
}

function sumOf({ count }, kinds) {
  return kinds.reduce((sum, kind) => sum + count[kind], 0);
}

function namesOf(rows) {
  if (rows.length === 0) return "none";
  return `${rows.length} (${rows.map(({ rule }) => `\`${rule.name}\``).join(", ")})`;
}

function tableOf(theme, rows) {
  const lines = rows
    .filter(({ rule }) => rule.theme === theme)
    .map(({ rule, count }) => {
      const figures = COLUMNS.map((kind) => (count[kind] === 0 ? "-" : count[kind]));
      return `| \`${rule.name}\` | ${rule.sentence} | ${figures.join(" | ")} |`;
    });
  const head = `| rule | in a sentence | ${COLUMNS.join(" | ")} |`;
  return [`## ${theme}\n`, head, "| --- | --- | --: | --: | --: | --: |", ...lines].join("\n");
}
