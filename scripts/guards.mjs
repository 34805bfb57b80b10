// Takes each of the four remedies out of a test build and shows that its oracle speaks. Ends with 1 when
// one of them is not missed.
import { spawnSync } from "node:child_process";
import { writeFileSync } from "node:fs";
import { resolve } from "node:path";
import { fileURLToPath } from "node:url";
import { parseArgs } from "node:util";

function parse() {
  try {
    return parseArgs({ options: { json: { type: "string" }, help: { type: "boolean" } } }).values;
  } catch (error) {
    console.error(`guards: ${error.message}\nSee npm run guards -- --help`);
    return process.exit(2);
  }
}

const values = parse();
if (values.help) {
  console.log("npm run guards                 a table: remedy, what broke without it, caught");
  console.log("npm run guards -- --json FILE  the same as JSON, too");
  process.exit(0);
}

const pathOf = (relative) => fileURLToPath(new URL(relative, import.meta.url));
const setup = spawnSync(process.execPath, [pathOf("./setup.mjs")], { stdio: "inherit" });
if (setup.status !== 0) process.exit(1);
const { GUARDS, runGuard } = await import(pathOf("../packages/store/dist/sim/guards.js"));
const results = GUARDS.map((guard) => runGuard(guard));

for (const { remedy, scenario, violation, falseAlarm, isCaught } of results) {
  console.log(`${isCaught ? "caught" : "NOT CAUGHT"}  ${remedy}`);
  console.log(`    scenario   ${scenario}`);
  console.log(`    violation  ${violation ?? "none"}`);
  if (falseAlarm !== undefined) console.log(`    in place   ${falseAlarm}`);
}
const caught = results.filter(({ isCaught }) => isCaught).length;
console.log(
  `${caught} of ${results.length} remedies are missed by their own oracle when taken out`,
);
if (values.json !== undefined)
  writeFileSync(
    resolve(process.env.INIT_CWD ?? ".", values.json),
    `${JSON.stringify(results, undefined, 2)}\n`,
  );
process.exit(caught === results.length ? 0 : 1);
