// Ends threads in the middle of what lmdb does, hundreds of times: `npm run endings -- --rounds 500`.
import { spawn, spawnSync } from "node:child_process";
import { once } from "node:events";
import { writeFileSync } from "node:fs";
import { join, resolve } from "node:path";
import { createInterface } from "node:readline";
import { fileURLToPath } from "node:url";
import { parseArgs } from "node:util";

const root = fileURLToPath(new URL("..", import.meta.url));
const PROGRAM = join(root, "packages/store/test/endings/rounds.mjs");
const MODES = ["commit", "large", "copy", "open", "read", "spin"];
/** A process that lives on does not prove more: a crash costs the rest of its rounds. */
const ROUNDS_PER_PROCESS = 20;
/** A round takes a fifth of a second; one that takes this long hangs. */
const ROUND_SECONDS_MAX = 60;
const HELP = `npm run endings                  ends a thread 20 times in the middle of each kind of work
npm run endings -- --rounds N    so often each (default 20)
npm run endings -- --mode MODE   only that work, may be repeated: ${MODES.join(", ")}
npm run endings -- --load N      beside N processes that compute (default 2)
npm run endings -- --jobs N      so many processes at a time (default 2)
npm run endings -- --seed S      draws other moments (default 1)
npm run endings -- --json FILE   the table as JSON, too

After each end the tablet is opened again: all that was acknowledged must be there, and nothing else.
A round that takes its process with it, hangs or finds a wrong tablet fails, and then the exit code is 1.`;

function refuse(message) {
  console.error(`endings: ${message}\nSee npm run endings -- --help`);
  process.exit(2);
}

function parse() {
  const number = (value) => ({ type: "string", default: value });
  try {
    return parseArgs({
      options: {
        rounds: number("20"),
        mode: { type: "string", multiple: true, default: [] },
        load: number("2"),
        jobs: number("2"),
        seed: number("1"),
        json: { type: "string" },
        help: { type: "boolean" },
      },
    }).values;
  } catch (error) {
    return refuse(error.message);
  }
}

function wholeNumber(name, text, least, most) {
  if (/^\d{1,6}$/.test(text) && Number(text) >= least && Number(text) <= most) return Number(text);
  return refuse(`--${name} takes a whole number from ${least} to ${most}, not ${text}`);
}

const children = new Set();

function start(args) {
  const child = spawn(process.execPath, args, { stdio: ["ignore", "pipe", "pipe"] });
  children.add(child);
  child.once("exit", () => children.delete(child));
  return child;
}

/** @returns Rounds that were passed, and why no more were. */
async function runProcess(mode, rounds, seed) {
  const child = start([PROGRAM, mode, `${rounds}`, `${seed}`]);
  let passed = 0;
  let errors = "";
  let isLate = false;
  const giveUp = () => {
    isLate = true;
    child.kill("SIGKILL");
  };
  let timer = setTimeout(giveUp, ROUND_SECONDS_MAX * 1_000);
  createInterface({ input: child.stdout }).on("line", () => {
    passed += 1;
    clearTimeout(timer);
    timer = setTimeout(giveUp, ROUND_SECONDS_MAX * 1_000);
  });
  child.stderr.on("data", (data) => {
    errors = `${errors}${data}`.slice(0, 4_000);
  });
  const [code, signal] = await once(child, "close");
  clearTimeout(timer);
  if (code === 0 && passed === rounds) return { passed };
  const words = errors.split("\n").find((line) => /error|assert/i.test(line)) ?? errors.trim();
  return { passed, fault: isLate ? "hangs" : `${signal ?? `exit ${code}`}: ${words}` };
}

/** A process that fails is followed by another one, so that as many rounds are tried. */
async function runMode(mode, rounds, firstSeed) {
  const result = { mode, rounds, passed: 0, failed: 0, faults: {} };
  for (let seed = firstSeed; result.passed + result.failed < rounds; seed += 1) {
    const left = rounds - result.passed - result.failed;
    const { passed, fault } = await runProcess(mode, Math.min(left, ROUNDS_PER_PROCESS), seed);
    result.passed += passed;
    if (fault !== undefined) {
      result.failed += 1;
      result.faults[fault] = (result.faults[fault] ?? 0) + 1;
    }
    const tried = `${result.passed + result.failed}/${rounds}`;
    console.error(`endings: ${mode} ${tried}, ${result.failed} failed`);
  }
  return result;
}

async function runAll(modes, rounds, seed, jobs) {
  const waiting = [...modes];
  const results = [];
  const work = async () => {
    for (let mode = waiting.shift(); mode !== undefined; mode = waiting.shift())
      results.push(await runMode(mode, rounds, seed * 1_000));
  };
  await Promise.all(Array.from({ length: jobs }, work));
  return results.sort((a, b) => modes.indexOf(a.mode) - modes.indexOf(b.mode));
}

function endAll() {
  for (const child of children) child.kill("SIGKILL");
}

const values = parse();
if (values.help) {
  console.log(HELP);
  process.exit(0);
}
const rounds = wholeNumber("rounds", values.rounds, 1, 100_000);
const jobs = wholeNumber("jobs", values.jobs, 1, 16);
const load = wholeNumber("load", values.load, 0, 16);
const seed = wholeNumber("seed", values.seed, 0, 100_000);
const unknown = values.mode.find((mode) => !MODES.includes(mode));
if (unknown !== undefined) refuse(`--mode is one of ${MODES.join(", ")}, not ${unknown}`);

const setup = spawnSync(process.execPath, [join(root, "scripts/setup.mjs")], { stdio: "inherit" });
if (setup.status !== 0) process.exit(1);
process.on("SIGINT", () => {
  endAll();
  process.exit(130);
});
for (let left = load; left > 0; left -= 1) start(["-e", "for(;;);"]);
const modes = values.mode.length === 0 ? MODES : MODES.filter((mode) => values.mode.includes(mode));
const results = await runAll(modes, rounds, seed, jobs);
endAll();
for (const { mode, rounds, passed, failed, faults } of results) {
  console.log(`${mode.padEnd(8)} ${passed} of ${rounds} rounds passed, ${failed} failed`);
  for (const [fault, count] of Object.entries(faults)) console.log(`    ${count} x ${fault}`);
}
const failed = results.reduce((sum, each) => sum + each.failed, 0);
console.log(`${results.length * rounds} rounds, ${failed} failed`);
if (values.json !== undefined)
  writeFileSync(
    resolve(process.env.INIT_CWD ?? ".", values.json),
    `${JSON.stringify({ seed, load, results }, undefined, 2)}\n`,
  );
process.exit(failed === 0 ? 0 : 1);
