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
import { MS_PER_SEED, runKept, runSeeds } from "./planted/seed-runs.mjs";
import { checkOrders, checkSchedules, orderName, tryOrder } from "./planted/written-orders.mjs";

const root = fileURLToPath(new URL("..", import.meta.url));
const TABLE = "scripts/planted/cluster.md";
const SCHEDULES = "packages/store/src/sim/schedules";
const SEEDS = "40";
const SHRINK_MINUTES = "3";

const HELP = `npm run planted:cluster                 plants every fault of ${TABLE}, one at a time
npm run planted:cluster -- --bug NAME   only that one; may be repeated
npm run planted:cluster -- --seeds N    seeds for each, 1 to 10000 (default ${SEEDS})
npm run planted:cluster -- --first S    the first seed (default 1)
npm run planted:cluster -- --list       the faults, the profile each is looked for with, what meets it else
npm run planted:cluster -- --check      plants nothing: does every patch fit, once, and compile, and is each
                                        test or schedule that a fault names there, and passes?
npm run planted:cluster -- --kept       no seeds: do the kept schedules, and the tests that faults name, still
                                        meet their faults?
npm run planted:cluster -- --shrink FOLDER  writes what each fault was found by, made small, to NAME.json
npm run planted:cluster -- --minutes M  for making one small, 1 to 600 (default ${SHRINK_MINUTES})
npm run planted:cluster -- --json FILE  the table as JSON, too
npm run planted:cluster -- --table FILE another table of the same form

The work tree is never touched: a copy is broken and built. A fault that seeds do not find says so in the
table ("Missed:"), and may give one of two proofs that it is not harmless:
  Guarded by: NAME             a second guard holds; planted together with the fault that takes that one out,
                               it has to be found
  Met by: TEST FILE, "NAME"    an order of events that was written down meets it: the test passes without the
  Met by: KEPT SCHEDULE        fault and fails with it. That alone is run, seeds only when the fault is named
What is missed without a proof is planted only when it is named, and counts as not found. Exit code 0 when every
fault is found, alone or with its second guard out, or met by its written order, 1 when one is not, 2 when an
option or the table has no sense.`;

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
  table: { type: "string" },
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

function chooseBugs(all, names) {
  for (const name of names)
    if (!all.some((bug) => bug.name === name)) throw new PlantedError(`no fault is named ${name}`);
  return names.length === 0 ? all : all.filter(({ name }) => names.includes(name));
}

function printList(bugs) {
  for (const { part, name, sentence, profile, missed, guard, met } of bugs) {
    console.log(`${part}: ${name} (${profile})\n    ${sentence}`);
    if (guard !== undefined) console.log(`    guarded by: ${guard}`);
    if (met !== undefined) console.log(`    met by: ${orderName(met)}`);
    if (missed !== undefined) console.log(`    missed: ${missed}`);
  }
  console.log(`${bugs.length} faults`);
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
  await checkOrders(scratch, bugs);
  const answers = [];
  for (const file of readdirSync(join(root, SCHEDULES)).filter((name) => name.endsWith(".json"))) {
    const path = join(root, SCHEDULES, file);
    const { planted, oracle } = JSON.parse(readFileSync(path, "utf8"));
    const bug = bugs.find(({ name }) => name === planted);
    if (bug === undefined) continue;
    const violation = await withPlanted(scratch, [bug], () => runKept(scratch, path));
    const isMet = violation?.oracle === oracle;
    const said = violation === undefined ? "nothing" : `${violation.oracle}: ${violation.what}`;
    answers.push({ file, planted, isMet, oracle, violation });
    printMet(isMet, file, `${planted}, step ${violation?.step}, ${said}`);
  }
  for (const bug of bugs.filter(({ met }) => met?.test !== undefined)) {
    const answer = await withPlanted(scratch, [bug], () => tryOrder(scratch, bug));
    answers.push({ ...bug.met, planted: bug.name, ...answer });
    printMet(answer.isMet, orderName(bug.met), `${bug.name}, ${answer.said}`);
  }
  const met = answers.filter(({ isMet }) => isMet).length;
  console.log(`${met} of ${answers.length} kept schedules and tests meet their faults`);
  return { answers, isGood: met === answers.length };
}

function printMet(isMet, what, said) {
  console.log(`${isMet ? "met      " : "NOT MET  "} ${what}: ${said.slice(0, 200)}`);
}

/** With the faults in the copy, and built: what `run` says. */
async function withPlanted(scratch, bugs, run) {
  scratch.plant(bugs);
  await scratch.build();
  const answer = await run();
  scratch.restore(bugs);
  return answer;
}

/** @param plans Each the faults that are planted together, the one that is looked for first. */
async function campaign(scratch, plans, values) {
  const answers = [];
  for (const plan of plans) {
    const answer = await withPlanted(scratch, plan, () => seek(scratch, plan, values));
    answers.push(answer);
    console.log(lineOf(answer));
  }
  await scratch.build();
  return answers;
}

/** Seeds, and where they find nothing, or are said to, the order that was written down. */
async function seek(scratch, [bug, guard], values) {
  const { name, profile, met } = bug;
  const isForSeeds = met === undefined || values.bug.length > 0;
  const seen = isForSeeds ? await look(scratch, bug, values) : { bug: name, profile, seeds: 0 };
  const answer = guard === undefined ? seen : { ...seen, without: guard.name };
  if (met === undefined || seen.violation !== undefined) return answer;
  return { ...answer, met: { ...met, ...(await tryOrder(scratch, bug)) } };
}

function lineOf(answer) {
  const { profile, seeds, violation, without, met } = answer;
  const bug = without === undefined ? answer.bug : `${answer.bug} and ${without}`;
  if (met !== undefined) {
    const missed = seeds === 0 ? "" : `not found in ${seeds} seeds of ${profile}; `;
    const by = `${bug}: ${missed}${orderName(met)}: ${met.said.slice(0, 160)}`;
    return `${met.isMet ? "met       " : "NOT MET   "} ${by}`;
  }
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
  const { table } = values;
  const path =
    table === undefined ? join(root, TABLE) : resolve(process.env.INIT_CWD ?? ".", table);
  const all = readBugs(path);
  const bugs = chooseBugs(all, values.bug);
  if (values.list) {
    printList(bugs);
    return 0;
  }
  checkPatches(root, bugs);
  checkSchedules(root, bugs);
  await setUp();
  scratch = new BuiltScratch(root);
  if (values.check) {
    const orders = await checkOrders(scratch, bugs);
    console.log(`${orders} written orders are there, and end well without their faults`);
    await checkBuilds(scratch, bugs);
    return 0;
  }
  const { answers, isGood } = values.kept
    ? await campaignOfKept(scratch, bugs)
    : await campaignOfSeeds(scratch, all, bugs, values);
  if (values.json !== undefined) {
    const path = resolve(process.env.INIT_CWD ?? ".", values.json);
    writeFileSync(path, `${JSON.stringify(answers, undefined, 2)}\n`);
  }
  return isGood ? 0 : 1;
}

async function campaignOfSeeds(scratch, all, bugs, values) {
  const isNamed = values.bug.length > 0;
  const isUnproven = ({ missed, guard, met }) => missed && guard === undefined && met === undefined;
  const unproven = isNamed ? [] : bugs.filter(isUnproven);
  const plans = bugs
    .filter((bug) => !unproven.includes(bug))
    .map((bug) => [bug, ...all.filter(({ name }) => name === bug.guard)]);
  await checkOrders(scratch, bugs);
  const answers = await campaign(scratch, plans, values);
  for (const { name, missed } of unproven) console.log(`MISSED     ${name}: ${missed}`);
  const found = answers.filter(({ violation }) => violation !== undefined).length;
  const met = answers.filter((answer) => answer.met?.isMet).length;
  console.log(
    `${found} of ${bugs.length} faults found by seeds, ${met} met by a written order alone, ${unproven.length} listed as missed`,
  );
  return { answers, isGood: found + met === bugs.length };
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
