// Kills loaded processes again and again: `npm run kill9 -- --rounds 100 --seed 3`.
import { spawnSync } from "node:child_process";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { parseArgs } from "node:util";

const root = fileURLToPath(new URL("..", import.meta.url));
const HELP = `npm run kill9 -- --rounds N  kills N processes while they load and stream (default 20)
npm run kill9 -- --seed S    draws other moments (default 7)

After each kill the data are opened again: every acknowledged write must be there, replicas must
agree, and no file may be left that no record names. Exit code 1 when something is not so.`;

function refuse(message) {
  console.error(`kill9: ${message}\nSee npm run kill9 -- --help`);
  process.exit(2);
}

function parse() {
  const rounds = { type: "string", default: "20" };
  const seed = { type: "string", default: "7" };
  try {
    return parseArgs({ options: { rounds, seed, help: { type: "boolean" } } }).values;
  } catch (error) {
    return refuse(error.message);
  }
}

const values = parse();
if (values.help) {
  console.log(HELP);
  process.exit(0);
}
if (!/^[1-9]\d{0,5}$/.test(values.rounds)) refuse("--rounds takes a whole number from 1 to 999999");
if (!/^\d{1,9}$/.test(values.seed)) refuse("--seed takes a whole number from 0 to 999999999");

const setup = spawnSync(process.execPath, [join(root, "scripts", "setup.mjs")], {
  stdio: "inherit",
});
if (setup.status !== 0) process.exit(1);

const bin = (name) => join(root, "node_modules", ".bin", name);
const env = {
  ...process.env,
  MULTIRAFT_KILL9_ROUNDS: values.rounds,
  MULTIRAFT_KILL9_SEED: values.seed,
};
const args = ["run", "test/kill9.test.ts"];
const { status } = spawnSync(bin("vitest"), args, { cwd: root, env, stdio: "inherit" });
process.exit(status ?? 1);
