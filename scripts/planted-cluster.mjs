// Breaks the code of stores, placement driver and client by one line at a time, and lets the cluster
// simulator look for it, seed after seed, as if nobody knew where. Ends with 1 when one is not found.
import { writeFileSync } from "node:fs";
import { join, resolve } from "node:path";
import { fileURLToPath } from "node:url";
import { parseArgs } from "node:util";
import { BuiltScratch } from "./planted/built-scratch.mjs";
import { batchesByLine, checkPatches } from "./planted/check.mjs";
import { readBugs } from "./planted/cluster-bugs.mjs";
import { endProcesses, runProcess } from "./planted/processes.mjs";
import { PlantedError } from "./planted/rules.mjs";

const root = fileURLToPath(new URL("..", import.meta.url));
const TABLE = "scripts/planted/cluster.md";
const SEEDS = "40";
/** A planted fault may loop for ever; a seed takes some seconds. */
const MS_PER_SEED = 60_000;

const HELP = `npm run planted:cluster                 plants every fault of ${TABLE}, one at a time
npm run planted:cluster -- --bug NAME   only that one; may be repeated
npm run planted:cluster -- --seeds N    seeds for each, 1 to 10000 (default ${SEEDS})
npm run planted:cluster -- --first S    the first seed (default 1)
npm run planted:cluster -- --list       the faults, and the profile each is looked for with
npm run planted:cluster -- --check      plants nothing: does every patch fit, once, and compile?
npm run planted:cluster -- --json FILE  the table as JSON, too

The work tree is never touched: a copy is broken and built. A fault that is listed as missed is planted
only when it is named. Exit code 1 when a fault is not found, 2 when an option or the table has no sense.`;

const OPTIONS = {
  bug: { type: "string", multiple: true, default: [] },
  seeds: { type: "string", default: SEEDS },
  first: { type: "string", default: "1" },
  list: { type: "boolean" },
  check: { type: "boolean" },
  json: { type: "string" },
  help: { type: "boolean" },
};

function parse() {
  try {
    const { values } = parseArgs({ options: OPTIONS });
    if (!/^([1-9]\d{0,3}|10000)$/.test(values.seeds))
      throw new PlantedError("--seeds takes a whole number from 1 to 10000");
    if (!/^\d{1,9}$/.test(values.first)) throw new PlantedError("--first takes a whole number");
    return values;
  } catch (error) {
    console.error(`planted: ${error.message}\nSee npm run planted:cluster -- --help`);
    return process.exit(2);
  }
}

function chooseBugs(names) {
  const bugs = readBugs(join(root, TABLE));
  for (const name of names)
    if (!bugs.some((bug) => bug.name === name)) throw new PlantedError(`no fault is named ${name}`);
  return names.length === 0 ? bugs : bugs.filter(({ name }) => names.includes(name));
}

function printList(bugs) {
  for (const { part, name, sentence, profile, missed } of bugs) {
    console.log(`${part}: ${name} (${profile})\n    ${sentence}`);
    if (missed !== undefined) console.log(`    missed: ${missed}`);
  }
  console.log(`${bugs.length} faults`);
}

/** @returns how many seeds it took, and what the last of them says. */
async function look(scratch, { name, profile }, { seeds, first }) {
  const program = join(root, "scripts/planted/cluster-seeds.mjs");
  const { status, output, isTimeout } = await runProcess(
    process.execPath,
    [program, scratch.folder, profile, first, seeds],
    { cwd: scratch.folder },
    Number(seeds) * MS_PER_SEED,
  );
  const lines = output.split("\n").filter((line) => line.startsWith('{"seed"'));
  if (status !== 0 && !isTimeout)
    throw new PlantedError(`${name}: the seeds did not run:\n${output.slice(-2_000)}`);
  const last = lines.length === 0 ? undefined : JSON.parse(lines.at(-1));
  const seedsRun = lines.length + (isTimeout ? 1 : 0);
  const violation = isTimeout
    ? { seed: Number(first) + lines.length, step: 0, oracle: "ends", what: "a seed did not end" }
    : last?.violation;
  return { bug: name, profile, seeds: seedsRun, violation };
}

async function campaign(scratch, bugs, values) {
  const answers = [];
  for (const bug of bugs) {
    scratch.plant([bug]);
    await scratch.build();
    const answer = await look(scratch, bug, values);
    scratch.restore([bug]);
    answers.push(answer);
    console.log(lineOf(answer));
  }
  await scratch.build();
  return answers;
}

function lineOf({ bug, profile, seeds, violation }) {
  if (violation === undefined) return `NOT FOUND  ${bug}: ${seeds} seeds of ${profile}`;
  const { seed, step, oracle, what } = violation;
  const count = seeds === 1 ? "1 seed" : `${seeds} seeds`;
  return `found      ${bug}: ${count} of ${profile}, seed ${seed}, step ${step}, ${oracle}: ${what.slice(0, 160)}`;
}

async function setUp() {
  const { status, output } = await runProcess(process.execPath, [join(root, "scripts/setup.mjs")], {
    cwd: root,
  });
  if (status !== 0) throw new Error(output);
}

async function checkBuilds(scratch, bugs) {
  for (const batch of batchesByLine(bugs)) {
    scratch.plant(batch);
    await scratch.build();
    scratch.restore(batch);
  }
  console.log(`${bugs.length} faults may be planted`);
}

let scratch;

async function main(values) {
  const bugs = chooseBugs(values.bug);
  if (values.list) {
    printList(bugs);
    return 0;
  }
  checkPatches(root, bugs);
  const planted = values.bug.length > 0 ? bugs : bugs.filter(({ missed }) => missed === undefined);
  await setUp();
  scratch = new BuiltScratch(root);
  if (values.check) {
    await checkBuilds(scratch, bugs);
    return 0;
  }
  const answers = await campaign(scratch, planted, values);
  const found = answers.filter(({ violation }) => violation !== undefined).length;
  console.log(`${found} of ${planted.length} faults found`);
  if (values.json !== undefined) {
    const path = resolve(process.env.INIT_CWD ?? ".", values.json);
    writeFileSync(path, `${JSON.stringify(answers, undefined, 2)}\n`);
  }
  return found === planted.length ? 0 : 1;
}

function stop() {
  endProcesses();
  scratch?.remove();
  process.exit(130);
}

const values = parse();
if (values.help) {
  console.log(HELP);
  process.exit(0);
}
for (const signal of ["SIGINT", "SIGTERM"]) process.on(signal, stop);
try {
  process.exitCode = await main(values);
} catch (error) {
  if (!(error instanceof PlantedError)) throw error;
  console.error(`planted: ${error.message}`);
  process.exitCode = 2;
} finally {
  endProcesses();
  scratch?.remove();
}
