// Which kinds of tests notice which rule, measured: every test of the core against every fault.
import { existsSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { forEachBroken } from "./campaign.mjs";
import { CORE_FOLDER, PlantedError } from "./rules.mjs";
import { failsByAssertion, runTests } from "./test-run.mjs";

const PAGE = "docs/raft-planted.md";

/** Every test of the core, by the path and the name of a test; what comes first counts. */
const KINDS = [
  {
    name: "own files",
    matches: ({ file, name }) => isScript(file) && name.startsWith("packages/"),
  },
  { name: "given files", matches: ({ file }) => isScript(file) },
  { name: "simulation", matches: ({ file }) => /\/(raft-seeds|safety)\.test\.ts$/.test(file) },
  { name: "unit tests", matches: () => true },
];
const COLUMNS = ["unit tests", "given files", "own files", "simulation"];

function isScript(file) {
  return file.endsWith("/raft-conformance/conformance.test.ts");
}

/** What tests of memory and of the repository's own pages say, they say of no rule. */
const NO_ORACLE = /allocate|behaviours\.test|boundary\.test/;

/**
 * Two runs: a fault that keeps the simulation from ending leaves the other tests their say. The
 * seeds stand for the simulation; what lies beside its sources tests the simulation itself.
 */
const RUNS = [
  [`${CORE_FOLDER}/`, "packages/store/test/raft-conformance/"],
  ["packages/store/test/raft-seeds.test.ts"],
];

/** @returns whether every rule is noticed by something. */
export async function writeMatrix(root, scratches, rules) {
  useGivenFiles(root);
  const intact = await runAll(scratches[0]);
  const failed = intact.find(({ status }) => status === "failed");
  if (failed !== undefined) throw new PlantedError(`fails on the intact code: ${failed.name}`);
  let done = 0;
  const counts = await forEachBroken(scratches, rules, async (scratch, rule) => {
    const count = countByKind((await runAll(scratch)).filter(failsByAssertion));
    done += 1;
    const text = COLUMNS.map((kind) => `${kind} ${count[kind]}`).join(", ");
    console.error(`planted: ${done}/${rules.length} ${rule.name}: ${text}`);
    return count;
  });
  writeFileSync(join(root, PAGE), pageOf(rules, counts, countByKind(intact)));
  console.log(`${PAGE}: ${rules.length} rules`);
  return counts.every((count) => COLUMNS.some((kind) => count[kind] > 0));
}

async function runAll(scratch) {
  const tests = [];
  for (const filters of RUNS) tests.push(...(await runTests(scratch, filters)).tests);
  return tests.filter(({ file, name }) => !NO_ORACLE.test(`${file} ${name}`));
}

/** They are not ours to keep here: without them a column would say nothing. */
function useGivenFiles(root) {
  process.env.MULTIRAFT_CONFORMANCE_DIR ??= join(root, "../shared/conformance/etcd-raft");
  if (existsSync(process.env.MULTIRAFT_CONFORMANCE_DIR)) return;
  throw new PlantedError("--matrix needs the folder of the given files: MULTIRAFT_CONFORMANCE_DIR");
}

function kindOf(test) {
  return KINDS.find(({ matches }) => matches(test)).name;
}

function countByKind(tests) {
  const count = Object.fromEntries(COLUMNS.map((kind) => [kind, 0]));
  for (const test of tests) count[kindOf(test)] += 1;
  return count;
}

function pageOf(rules, counts, totals) {
  const rows = rules.map((rule, place) => ({ rule, count: counts[place] }));
  const themes = [...new Set(rules.map(({ theme }) => theme))];
  return `${[
    INTRODUCTION,
    summaryOf(rows, totals),
    ...themes.map((theme) => tableOf(theme, rows)),
  ].join("\n\n")}\n`;
}

const INTRODUCTION = `# Rules of safety, and what notices that they are broken

Written by \`npm run planted -- --matrix\`; not to be edited by hand. Each rule of
\`scripts/planted/rules.md\` was broken by its one-line patch in a copy of the sources, and every test
of the Raft core was run against it. A figure is the number of tests that then failed by an assertion.
\`npm run planted\` shows the same for the one test that stands for each rule.`;

function summaryOf(rows, totals) {
  const only = (...kinds) =>
    rows.filter(({ count }) => COLUMNS.every((kind) => count[kind] > 0 === kinds.includes(kind)));
  const without = (kind) => rows.filter(({ count }) => count[kind] === 0);
  const lines = [
    `- ${rows.length} rules; tests: ${COLUMNS.map((kind) => `${totals[kind]} ${kind}`).join(", ")}`,
    `- noticed by no given file: ${without("given files").length}`,
    `- noticed by no unit test: ${namesOf(without("unit tests"))}`,
    `- noticed by unit tests alone: ${only("unit tests").length}`,
    `- noticed by the simulation: ${rows.length - without("simulation").length}; by it alone: ${namesOf(only("simulation"))}`,
    `- noticed by nothing: ${namesOf(only())}`,
  ];
  return lines.join("\n");
}

function namesOf(rows) {
  if (rows.length === 0) return "none";
  return rows.map(({ rule }) => `\`${rule.name}\``).join(", ");
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
