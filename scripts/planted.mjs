// Breaks the rules of safety of the Raft core one at a time, each by a line of its own, and shows
// that the test which stands for the rule misses it. Ends with 1 when one is not missed.
import { writeFileSync } from "node:fs";
import { availableParallelism } from "node:os";
import { basename, join, resolve } from "node:path";
import { fileURLToPath } from "node:url";
import { parseArgs } from "node:util";
import { askCatchers, forEachBroken } from "./planted/campaign.mjs";
import { checkCatchers, checkPatches, checkTypes } from "./planted/check.mjs";
import { writeMatrix } from "./planted/matrix.mjs";
import { endProcesses, runProcess } from "./planted/processes.mjs";
import { PlantedError, readRules } from "./planted/rules.mjs";
import { Scratch } from "./planted/scratch.mjs";

const root = fileURLToPath(new URL("..", import.meta.url));
const TABLE = "scripts/planted/rules.md";
const HELP = `npm run planted                 breaks every rule of ${TABLE}, one at a time
npm run planted -- --rule NAME  only that one; may be repeated
npm run planted -- --list       the rules, and who must miss each
npm run planted -- --check      breaks nothing: patches fit and compile, named tests exist and pass
npm run planted -- --json FILE  the table as JSON, too
npm run planted -- --matrix     which kinds of tests notice which rule: docs/raft-planted.md
npm run planted -- --rules FILE another table of rules, in the form of that one
npm run planted -- --jobs N     rules broken at a time, 1 to 16 (default: cores, 2 at most)

The work tree is never touched: each job breaks a copy of its own. Exit code 1 when a rule is not
missed, 2 when an option or the table of rules has no sense.`;

const OPTIONS = {
  rule: { type: "string", multiple: true, default: [] },
  list: { type: "boolean" },
  check: { type: "boolean" },
  json: { type: "string" },
  matrix: { type: "boolean" },
  rules: { type: "string" },
  jobs: { type: "string", default: `${Math.min(2, availableParallelism())}` },
  help: { type: "boolean" },
};

function refuse(message) {
  console.error(`planted: ${message}\nSee npm run planted -- --help`);
  process.exit(2);
}

function parse() {
  try {
    const { values } = parseArgs({ options: OPTIONS });
    if (!/^([1-9]|1[0-6])$/.test(values.jobs)) refuse("--jobs takes a whole number from 1 to 16");
    refuseNonsense(values);
    return values;
  } catch (error) {
    return refuse(error.message);
  }
}

/** The page that a matrix writes is of the whole table: part of it must not replace it. */
function refuseNonsense(values) {
  const [mode, another] = ["list", "check", "matrix"].filter((name) => values[name]);
  if (another !== undefined) refuse(`--${mode} and --${another} cannot go together`);
  if (mode !== undefined && values.json !== undefined) refuse(`--${mode} writes no JSON`);
  if (values.matrix && (values.rule.length > 0 || values.rules !== undefined))
    refuse("--matrix is of all rules");
}

/** npm starts this in the root of the package: a user's paths are from where he stands. */
function pathOf(name) {
  return resolve(process.env.INIT_CWD ?? ".", name);
}

function chooseRules(table, names) {
  const rules = readRules(table === undefined ? join(root, TABLE) : pathOf(table));
  for (const name of names)
    if (!rules.some((rule) => rule.name === name)) refuse(`no rule is named ${name}`);
  return names.length === 0 ? rules : rules.filter(({ name }) => names.includes(name));
}

function printList(rules) {
  for (const { name, sentence, catchers } of rules) {
    console.log(`${name}\n    ${sentence}`);
    for (const { file, test } of catchers) console.log(`    ${basename(file)}: ${test}`);
  }
  console.log(`${rules.length} rules`);
}

const scratches = [];

function removeScratches() {
  for (const scratch of scratches.splice(0)) scratch.remove();
}

/** Whoever is waited for is ended too, and what was copied is removed. */
function stop() {
  endProcesses();
  removeScratches();
  process.exit(130);
}

async function setUp() {
  const { status, output } = await runProcess(
    process.execPath,
    [resolve(root, "scripts/setup.mjs")],
    {},
  );
  if (status === 0) return;
  console.error(output);
  process.exit(1);
}

async function check(rules) {
  const [scratch] = scratches;
  console.error(`planted: do ${rules.length} patches compile, do their tests pass without them?`);
  await checkTypes(scratch, rules);
  await checkCatchers(scratch, rules);
}

async function campaign(rules) {
  let done = 0;
  const answers = await forEachBroken(scratches, rules, async (scratch, rule) => {
    const given = await askCatchers(scratch, rule);
    done += 1;
    console.error(`planted: ${done}/${rules.length} ${rule.name}: ${wordOf(given)}`);
    return given;
  });
  printTable(answers.flat());
  const caught = answers.filter((given) => given.every(({ isCaught }) => isCaught)).length;
  console.log(`${caught} of ${rules.length} rules caught`);
  return { answers: answers.flat(), isWhole: caught === rules.length };
}

function wordOf(answers) {
  return answers.every(({ isCaught }) => isCaught) ? "caught" : "NOT CAUGHT";
}

function printTable(answers) {
  const width = Math.max(...answers.map(({ rule }) => rule.length));
  for (const { rule, file, test, isCaught, message } of answers) {
    const word = isCaught ? "caught    " : "NOT CAUGHT";
    const seed = /seed \d+, step \d+/.exec(message)?.[0];
    const place = seed === undefined ? "" : ` (${seed})`;
    console.log(`${word}  ${rule.padEnd(width)}  ${basename(file)}: ${test}${place}`);
    if (!isCaught) console.log(`            ${message}`);
  }
}

async function main(values) {
  const rules = chooseRules(values.rules, values.rule);
  if (values.list) {
    printList(rules);
    return 0;
  }
  checkPatches(root, rules);
  await setUp();
  const jobs = Math.min(Number(values.jobs), rules.length);
  for (let job = 0; job < jobs; job++) scratches.push(new Scratch(root));
  if (values.matrix) return (await writeMatrix(root, scratches, rules)) ? 0 : 1;
  await check(rules);
  if (values.check) {
    console.log(`${rules.length} rules may be broken`);
    return 0;
  }
  const { answers, isWhole } = await campaign(rules);
  if (values.json !== undefined)
    writeFileSync(pathOf(values.json), `${JSON.stringify(answers, undefined, 2)}\n`);
  return isWhole ? 0 : 1;
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
  removeScratches();
}
