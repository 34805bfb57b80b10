// Breaks the Raft core one small change at a time and counts the changes that no test notices. One
// run of Stryker a source file: what is done is kept, and an interrupted run goes on with the next.
import { spawnSync } from "node:child_process";
import { createHash } from "node:crypto";
import {
  closeSync,
  existsSync,
  mkdirSync,
  openSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  writeFileSync,
} from "node:fs";
import { basename, join, relative, resolve } from "node:path";
import { fileURLToPath } from "node:url";
import { parseArgs } from "node:util";
import { parseListed, rowOf } from "./mutate/listed.mjs";
import { compare, mutantsOf, tally } from "./mutate/score.mjs";

const SCORE_PERCENT_MIN = 92;
const root = fileURLToPath(new URL("..", import.meta.url));
const core = "packages/store/src/raft";
const stateDir = join(root, ".mutate");
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
npm run mutate -- --fresh           reuse nothing of earlier runs
npm run mutate -- --concurrency N   test processes at a time (2)
npm run mutate -- --json FILE       the result as JSON, too

The score is (killed + timed out) / (all, less texts of messages and the equivalents listed in
${listPath}). Ends with 1 below ${SCORE_PERCENT_MIN} %, with 2 for bad input.`;

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

function filesBelow(path) {
  if (!existsSync(path)) return [];
  if (!statSync(path).isDirectory()) return [path];
  return readdirSync(path)
    .sort()
    .flatMap((name) => filesBelow(join(path, name)));
}

function stampOfInputs() {
  const hash = createHash("sha256").update(process.version);
  for (const file of INPUTS.flatMap((input) => filesBelow(resolve(root, input))))
    hash.update(relative(root, file)).update("\0").update(readFileSync(file));
  return hash.digest("hex");
}

/**
 * Stryker's report of one file, from an earlier run when nothing has changed since; undefined if it
 * could not be tested.
 */
function reportOf(source, concurrency) {
  const stamp = stampOfInputs();
  const place = join(stateDir, basename(source, ".ts"));
  const [report, stampFile] = [`${place}.report.json`, `${place}.stamp`];
  const isKept = existsSync(stampFile) && readFileSync(stampFile, "utf8") === stamp;
  if (!isKept) {
    rmSync(stampFile, { force: true });
    if (!runStryker(source, report, `${place}.log`, concurrency)) return undefined;
    writeFileSync(stampFile, stamp);
  }
  const { files = {} } = existsSync(report) ? JSON.parse(readFileSync(report, "utf8")) : {};
  return { isKept, ...(files[`${core}/${source}`] ?? { source: "", mutants: [] }) };
}

/** @returns whether it could be tested; what went wrong is told. */
function runStryker(source, report, log, concurrency) {
  const args = ["run", "scripts/mutate/stryker.json", "--mutate", `${core}/${source}`];
  args.push("--incrementalFile", relative(root, report), "--concurrency", concurrency);
  const env = {
    ...process.env,
    MULTIRAFT_MUTATED: basename(source, ".ts"),
    MULTIRAFT_CONFORMANCE_DIR: existsSync(foreignScripts) ? foreignScripts : "",
    MULTIRAFT_SAFETY_SEEDS: "4",
  };
  const output = openSync(log, "w");
  const stryker = join(root, "node_modules", "@stryker-mutator", "core", "bin", "stryker.js");
  const { status, signal } = spawnSync(process.execPath, [stryker, ...args], {
    cwd: root,
    stdio: ["ignore", output, output],
    env,
  });
  closeSync(output);
  if (signal !== null || status === 130) process.exit(130);
  if (status === 0) return true;
  console.error(readFileSync(log, "utf8").split("\n").slice(-20).join("\n"));
  console.error(`mutate: ${source} could not be tested, see ${relative(root, log)}`);
  return false;
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

if (values.fresh) rmSync(stateDir, { recursive: true, force: true });
mkdirSync(stateDir, { recursive: true });
const startMs = Date.now();
const rows = [];
const untested = [];
for (const name of names) {
  const beganMs = Date.now();
  const report = reportOf(name, values.concurrency);
  if (report === undefined) {
    untested.push(name);
    continue;
  }
  const mutants = mutantsOf(name, report);
  rows.push({ name, mutants, counts: tally(mutants, listed) });
  const took = report.isKept ? "kept" : `${Math.round((Date.now() - beganMs) / 1000)} s`;
  console.error(`mutate: ${name}, ${mutants.length} mutants, ${took}`);
}

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
process.exit(score >= SCORE_PERCENT_MIN && untested.length === 0 ? 0 : 1);
