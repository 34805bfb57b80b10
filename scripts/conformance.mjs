// Runs data-driven scripts against the Raft core: npm run conformance -- [DIR...]. Ends with 1 when
// one fails, and with 2 when there is nothing to run or a file that no runner takes.
import { spawnSync } from "node:child_process";
import { relative, resolve } from "node:path";
import { fileURLToPath } from "node:url";
import { parseArgs } from "node:util";

function refuse(message) {
  console.error(`conformance: ${message}`);
  process.exit(2);
}

function parse() {
  try {
    const options = { help: { type: "boolean" } };
    return parseArgs({ options, allowPositionals: true });
  } catch (error) {
    return refuse(`${error.message}\nSee npm run conformance -- --help`);
  }
}

const { values, positionals } = parse();
if (values.help) {
  console.log("npm run conformance            the repository's scripts, and the given ones in");
  console.log("                               ../shared/conformance/etcd-raft if they are there");
  console.log(
    "npm run conformance -- DIR...  every .txt file below each DIR; the folder's name tells",
  );
  console.log("                               its kind: interaction, quorum or confchange");
  console.log("MULTIRAFT_CONFORMANCE_DIR=DIR      the given scripts are in DIR");
  console.log("MULTIRAFT_REQUIRE_GIVEN_SCRIPTS=1  it is an error if they are not there");
  process.exit(0);
}

const pathOf = (path) => fileURLToPath(new URL(path, import.meta.url));
const setup = spawnSync(process.execPath, [pathOf("./setup.mjs")], { stdio: "inherit" });
if (setup.status !== 0) process.exit(1);
const runner = new URL("../packages/store/dist/sim/raft-conformance/", import.meta.url);
const { resultText } = await import(new URL("report.js", runner));
const { defaultSuite, runFile, scriptsBelow, SuiteError } = await import(
  new URL("suite.js", runner)
);

const from = process.env.INIT_CWD ?? process.cwd();

function suite() {
  try {
    if (positionals.length === 0) return defaultSuite(resolve(pathOf("..")), process.env);
    const folders = positionals.map((folder) => resolve(from, folder));
    const scripts = folders.flatMap((folder) => scriptsBelow(folder));
    return { scripts, notice: undefined };
  } catch (error) {
    if (!(error instanceof SuiteError)) throw error;
    return refuse(error.message);
  }
}

const { scripts, notice } = suite();
let failed = 0;
for (const script of scripts) {
  const result = runFile(script);
  if (result.outcome !== "passed") failed += 1;
  console.log(resultText(relative(from, script.path), result));
}
if (notice !== undefined) console.log(`note: ${notice}`);
console.log(`${scripts.length - failed} passed, ${failed} failed`);
process.exitCode = failed === 0 ? 0 : 1;
