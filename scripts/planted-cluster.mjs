// Breaks the code of stores, placement driver and client by one line at a time, and lets the cluster
// simulator look for it, seed after seed, as if nobody knew where. Ends with 1 when one is not found.
import { mkdirSync, readdirSync, readFileSync, writeFileSync } from "node:fs";
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
const SCHEDULES = "packages/store/src/sim/schedules";
const SEEDS = "40";
const SHRINK_MINUTES = "3";
/** A planted fault may loop for ever; a seed takes some seconds. */
const MS_PER_SEED = 60_000;

const HELP = `npm run planted:cluster                 plants every fault of ${TABLE}, one at a time
npm run planted:cluster -- --bug NAME   only that one; may be repeated
npm run planted:cluster -- --seeds N    seeds for each, 1 to 10000 (default ${SEEDS})
npm run planted:cluster -- --first S    the first seed (default 1)
npm run planted:cluster -- --list       the faults, and the profile each is looked for with
npm run planted:cluster -- --check      plants nothing: does every patch fit, once, and compile?
npm run planted:cluster -- --kept       no seeds: does each kept schedule that names a fault still meet it?
npm run planted:cluster -- --shrink FOLDER  writes what each fault was found by, made small, to NAME.json
npm run planted:cluster -- --minutes M  for making one small, 1 to 600 (default ${SHRINK_MINUTES})
npm run planted:cluster -- --json FILE  the table as JSON, too

The work tree is never touched: a copy is broken and built. A fault behind a second guard is planted
together with the fault that takes that one out. One that is listed as missed without a second guard is
planted only when it is named, and counts as not found. Exit code 0 when every fault is found, alone or with
its second guard out, 1 when one is not found or met, 2 when an option or the table has no sense.`;

const OPTIONS = {
  bug: { type: "string", multiple: true, default: [] },
  seeds: { type: "string", default: SEEDS },
  first: { type: "string", default: "1" },
  list: { type: "boolean" },
  check: { type: "boolean" },
  kept: { type: "boolean" },
  shrink: { type: "string" },
  minutes: { type: "string", default: SHRINK_MINUTES },
  json: { type: "string" },
  help: { type: "boolean" },
};

function parse() {
  try {
    const { values } = parseArgs({ options: OPTIONS });
    if (!/^([1-9]\d{0,3}|10000)$/.test(values.seeds))
      throw new PlantedError("--seeds takes a whole number from 1 to 10000");
    if (!/^([1-9]\d?|[1-5]\d\d|600)$/.test(values.minutes))
      throw new PlantedError("--minutes takes a whole number from 1 to 600");
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
  for (const { part, name, sentence, profile, missed, guard } of bugs) {
    console.log(`${part}: ${name} (${profile})\n    ${sentence}`);
    if (guard !== undefined) console.log(`    guarded by: ${guard}`);
    if (missed !== undefined) console.log(`    missed: ${missed}`);
  }
  console.log(`${bugs.length} faults`);
}

/** @returns the lines that seeds printed, as data, and whether they did not end. */
async function runSeeds(scratch, name, args, timeoutMs) {
  const program = join(root, "scripts/planted/cluster-seeds.mjs");
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

/** @returns how many seeds it took, and what the last of them says. */
async function look(scratch, { name, profile }, values) {
  const { seeds: count, first, shrink, minutes } = values;
  const shrinkMinutes = shrink === undefined ? "0" : minutes;
  const limitMs = Number(count) * MS_PER_SEED + 2 * Number(shrinkMinutes) * 60_000;
  const args = [profile, first, count, shrinkMinutes];
  const { isTimeout, seeds } = await runSeeds(scratch, name, args, limitMs);
  const ran = seeds.filter(({ shrunk }) => shrunk === undefined);
  const seedsRun = ran.length + (isTimeout ? 1 : 0);
  const violation = isTimeout
    ? { seed: Number(first) + ran.length, step: 0, oracle: "ends", what: "a seed did not end" }
    : ran.at(-1)?.violation;
  const answer = { bug: name, profile, seeds: seedsRun, violation };
  const small = seeds.find(({ shrunk }) => shrunk !== undefined);
  return small === undefined ? answer : { ...answer, ...keep(name, small, shrink) };
}

/** As a file of the kept schedules. @returns What was cut, and whether it is the same run again. */
function keep(name, { shrunk, againHash }, folder) {
  const { schedule, violation, hash, before, after, runs } = shrunk;
  const { oracle, what } = violation;
  const path = resolve(process.env.INIT_CWD ?? ".", folder);
  mkdirSync(path, { recursive: true });
  const kept = { found: `By ${oracle}: ${what}`, planted: name, oracle, hash, schedule };
  writeFileSync(join(path, `${name}.json`), `${JSON.stringify(kept, undefined, 2)}\n`);
  return { before, after, runs, isSameAgain: hash === againHash };
}

/** Kept schedules that name the fault that they were found by, each with what it says of it now. */
async function campaignOfKept(scratch, bugs) {
  const answers = [];
  for (const file of readdirSync(join(root, SCHEDULES)).filter((name) => name.endsWith(".json"))) {
    const path = join(root, SCHEDULES, file);
    const { planted, oracle } = JSON.parse(readFileSync(path, "utf8"));
    const bug = bugs.find(({ name }) => name === planted);
    if (bug === undefined) continue;
    scratch.plant([bug]);
    await scratch.build();
    const { seeds } = await runSeeds(scratch, file, ["kept", path], 2 * MS_PER_SEED);
    scratch.restore([bug]);
    const violation = seeds[0]?.violation;
    answers.push({ file, planted, oracle, violation });
    const said = violation === undefined ? "nothing" : `${violation.oracle}: ${violation.what}`;
    const verdict = violation?.oracle === oracle ? "met      " : "NOT MET  ";
    console.log(`${verdict} ${file}: ${planted}, step ${violation?.step}, ${said.slice(0, 160)}`);
  }
  const met = answers.filter(({ oracle, violation }) => violation?.oracle === oracle).length;
  console.log(`${met} of ${answers.length} kept schedules meet their faults`);
  return { answers, isGood: met === answers.length };
}

/** @param plans Each the faults that are planted together, the one that is looked for first. */
async function campaign(scratch, plans, values) {
  const answers = [];
  for (const plan of plans) {
    scratch.plant(plan);
    await scratch.build();
    const [bug, guard] = plan;
    const given = await look(scratch, bug, values);
    const answer = guard === undefined ? given : { ...given, without: guard.name };
    scratch.restore(plan);
    answers.push(answer);
    console.log(lineOf(answer));
  }
  await scratch.build();
  return answers;
}

function lineOf(answer) {
  const { profile, seeds, violation, without } = answer;
  const bug = without === undefined ? answer.bug : `${answer.bug} and ${without}`;
  if (violation === undefined) return `NOT FOUND  ${bug}: ${seeds} seeds of ${profile}`;
  const { seed, step, oracle, what } = violation;
  const count = seeds === 1 ? "1 seed" : `${seeds} seeds`;
  const found = `found      ${bug}: ${count} of ${profile}, seed ${seed}, step ${step}, ${oracle}: ${what.slice(0, 160)}`;
  return answer.after === undefined ? found : `${found}\n           ${cutsOf(answer)}`;
}

function cutsOf({ before, after, runs, isSameAgain }) {
  const cuts = Object.keys(before).map((name) => `${before[name]} to ${after[name]} ${name}`);
  const again = isSameAgain ? "the same hash again" : "ANOTHER HASH AGAIN";
  return `made small in ${runs} runs: ${cuts.join(", ")}; ${again}`;
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
  await setUp();
  scratch = new BuiltScratch(root);
  if (values.check) {
    await checkBuilds(scratch, bugs);
    return 0;
  }
  const { answers, isGood } = values.kept
    ? await campaignOfKept(scratch, bugs)
    : await campaignOfSeeds(scratch, bugs, values);
  if (values.json !== undefined) {
    const path = resolve(process.env.INIT_CWD ?? ".", values.json);
    writeFileSync(path, `${JSON.stringify(answers, undefined, 2)}\n`);
  }
  return isGood ? 0 : 1;
}

async function campaignOfSeeds(scratch, bugs, values) {
  const isNamed = values.bug.length > 0;
  const unproven = isNamed ? [] : bugs.filter((bug) => bug.missed && bug.guard === undefined);
  const planted = bugs.filter((bug) => !unproven.includes(bug));
  const all = readBugs(join(root, TABLE));
  const plans = planted.map((bug) => {
    const guard = all.find(({ name }) => name === bug.guard);
    return guard === undefined ? [bug] : [bug, guard];
  });
  const answers = await campaign(scratch, plans, values);
  for (const { name, missed } of unproven) console.log(`MISSED     ${name}: ${missed}`);
  const found = answers.filter(({ violation }) => violation !== undefined).length;
  console.log(`${found} of ${bugs.length} faults found, ${unproven.length} listed as missed`);
  return { answers, isGood: found === bugs.length };
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
