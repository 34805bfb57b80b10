// Breaks the Raft core one small change at a time and counts the changes that no test notices. What is
// done is kept, a few source files at a time: an interrupted run goes on where it ended.
import { spawnSync } from "node:child_process";
import { existsSync, readdirSync, readFileSync, writeFileSync } from "node:fs";
import { join, resolve } from "node:path";
import { fileURLToPath } from "node:url";
import { parseArgs } from "node:util";
import { parseListed, rowOf } from "./mutate/listed.mjs";
import { Runs } from "./mutate/runs.mjs";
import { compare, mutantsOf, tally } from "./mutate/score.mjs";

const SCORE_PERCENT_MIN = 92;
const root = fileURLToPath(new URL("..", import.meta.url));
const core = "packages/store/src/raft";
const listPath = "docs/raft-mutants.md";
const foreignScripts = resolve(
  process.env.MULTIRAFT_CONFORMANCE_DIR || join(root, "../shared/conformance/etcd-raft"),
);
/** What decides the outcome: a kept result of other inputs is not taken for one of these. */
const INPUTS = [
  core,
  "packages/store/src/sim/raft",
  "packages/store/src/sim/raft-conformance",
  "packages/store/test",
  "scripts/mutate",
  "pnpm-lock.yaml",
  foreignScripts,
];

const HELP = `npm run mutate                      every source file of ${core}
npm run mutate -- --file PATH       only this one; may be given again
npm run mutate -- --fresh           reuse nothing of earlier runs of these files
npm run mutate -- --concurrency N   test processes at a time (2)
npm run mutate -- --json FILE       the result as JSON, too

The score is (killed + timed out) / (all, less texts of messages and the equivalents listed in
${listPath}). Ends with 1 below ${SCORE_PERCENT_MIN} % or when a survivor is not listed, with 2 for bad input.`;

function refuse(message) {
  console.error(`mutate: ${message}\nSee npm run mutate -- --help`);
  process.exit(2);
}

function parse() {
  const options = {
    file: { type: "string", multiple: true },
    fresh: { type: "boolean" },
    concurrency: { type: "string", default: "2" },
    json: { type: "string" },
    help: { type: "boolean" },
  };
  try {
    const { values } = parseArgs({ options });
    if (!/^[1-9]\d?$/.test(values.concurrency)) refuse("--concurrency is a number from 1 to 99");
    return values;
  } catch (error) {
    return refuse(error.message);
  }
}

const sources = readdirSync(join(root, core))
  .filter((name) => name.endsWith(".ts") && !name.endsWith(".test.ts"))
  .sort();

/** A path from where the user stands, from the repository's root, or a name within the core. */
function sourceOf(given) {
  const places = [resolve(process.env.INIT_CWD ?? ".", given), resolve(root, given)];
  const name = sources.find((source) => places.includes(join(root, core, source)));
  return name ?? sources.find((source) => source === given) ?? refuse(`no source file: ${given}`);
}

function readListed() {
  const path = join(root, listPath);
  try {
    return existsSync(path) ? parseListed(readFileSync(path, "utf8")) : [];
  } catch (error) {
    return refuse(`${listPath}, ${error.message}`);
  }
}

const COLUMNS = ["killed", "timedOut", "survived", "noCoverage", "equivalent", "ignored"];
const TITLES = ["killed", "timed out", "survived", "no coverage", "equivalent", "messages"];

function lineOf(name, cells, score) {
  return [name.padEnd(20), ...cells.map((cell) => `${cell}`.padStart(12)), score.padStart(9)].join(
    "",
  );
}

function rowOfTally(name, counts) {
  const cells = COLUMNS.map((column) => counts[column]);
  return lineOf(name, cells, `${counts.scorePercent.toFixed(2)} %`);
}

const values = parse();
if (values.help) {
  console.log(HELP);
  process.exit(0);
}
const names = values.file === undefined ? sources : [...new Set(values.file.map(sourceOf))];
const listed = readListed().filter(({ file }) => values.file === undefined || names.includes(file));
const setup = spawnSync(process.execPath, [join(root, "scripts", "setup.mjs")], {
  stdio: "inherit",
});
if (setup.status !== 0) process.exit(1);
if (!existsSync(foreignScripts)) console.error(`mutate: no scripts in ${foreignScripts}`);

const startMs = Date.now();
const runs = new Runs({
  root,
  core,
  inputs: INPUTS,
  environment: {
    MULTIRAFT_CONFORMANCE_DIR: existsSync(foreignScripts) ? foreignScripts : "",
    MULTIRAFT_SAFETY_SEEDS: "4",
  },
  concurrency: values.concurrency,
});
if (values.fresh) runs.forget(names);
const untested = runs.runAll(names);
const rows = names
  .filter((name) => !untested.includes(name))
  .map((name) => {
    const mutants = mutantsOf(name, runs.reportOf(name));
    return { name, mutants, counts: tally(mutants, listed) };
  });

const mutants = rows.flatMap((row) => row.mutants);
const total = tally(mutants, listed);
const { unlisted, stale } = compare(
  mutants,
  listed.filter(({ file }) => !untested.includes(file)),
);
console.log(lineOf("file", TITLES, "score"));
for (const { name, counts } of rows) console.log(rowOfTally(name, counts));
console.log(rowOfTally("all", total));

for (const file of new Set(unlisted.map((mutant) => mutant.file))) {
  console.log(`\nnot listed in ${listPath}:\n## ${file}`);
  for (const mutant of unlisted)
    if (mutant.file === file) console.log(`${rowOf(mutant)} line ${mutant.lineNumber}`);
}
if (stale.length > 0) console.log("\nlisted, but no survivor any more:");
for (const row of stale) console.log(`${row.file}, ${row.status}: ${rowOf(row)}`);

const score = total.scorePercent;
const detected = total.killed + total.timedOut;
console.log(
  `\n${Math.round((Date.now() - startMs) / 1000)} s; ${unlisted.length} survivors not listed, ${stale.length} listed ones gone`,
);
console.log(`score ${score.toFixed(2)} % = ${detected} / ${total.counted}`);
if (values.json !== undefined) {
  const result = {
    ...total,
    files: rows.map(({ name, counts }) => ({ file: name, ...counts })),
    survivors: mutants.filter(({ status }) => status === "Survived" || status === "NoCoverage"),
    untested,
    unlisted: unlisted.length,
    stale: stale.length,
  };
  const path = resolve(process.env.INIT_CWD ?? ".", values.json);
  writeFileSync(path, `${JSON.stringify(result, undefined, 2)}\n`);
}
if (untested.length > 0) console.log(`not tested: ${untested.join(", ")}`);
const isGood = score >= SCORE_PERCENT_MIN && untested.length === 0 && unlisted.length === 0;
process.exit(isGood ? 0 : 1);
