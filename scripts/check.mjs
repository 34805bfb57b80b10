// Every check of the repository, in the order in which a failure is cheapest to learn. The last
// line is "N passed, N failed", and counts each test and each static check.
import { spawnSync } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";

const root = fileURLToPath(new URL("..", import.meta.url));
const bin = (name) => join(root, "node_modules", ".bin", name);

if (process.argv.includes("--help")) {
  console.log("npm test            set-up, types, lint and format, every test");
  console.log("npm test -- FILTER  only the test files whose path contains FILTER");
  process.exit(0);
}

let passed = 0;
let failed = 0;

function runs(name, command, args) {
  console.log(`\n== ${name}`);
  const { status } = spawnSync(command, args, { cwd: root, stdio: ["ignore", 1, 2] });
  return status === 0;
}

function check(name, command, args) {
  if (runs(name, command, args)) passed += 1;
  else failed += 1;
}

if (!runs("setup", process.execPath, [join(root, "scripts", "setup.mjs")])) {
  console.log("0 passed, 1 failed");
  process.exit(1);
}
check("types, tests included", bin("tsc"), ["-p", "tsconfig.test.json"]);
check("lint and format", bin("biome"), ["ci", "--colors=off", "--error-on-warnings", "."]);

const scratch = mkdtempSync(join(tmpdir(), "multiraft-check-"));
try {
  const report = join(scratch, "vitest.json");
  const args = ["run", "--reporter=default", "--reporter=json", `--outputFile.json=${report}`];
  const isGreen = runs("tests", bin("vitest"), [...args, ...process.argv.slice(2)]);
  const result = JSON.parse(readFileSync(report, "utf8"));
  passed += result.numPassedTests;
  failed += result.numFailedTests;
  // A file that could not be loaded, or an error outside any test, has no test to count.
  if (!isGreen && result.numFailedTests === 0) failed += 1;
  if (result.numTotalTests === 0) failed += 1;
} catch (error) {
  console.error(`the test report could not be read: ${error.message}`);
  failed += 1;
} finally {
  rmSync(scratch, { recursive: true, force: true });
}

console.log(`\n${passed} passed, ${failed} failed`);
process.exit(failed === 0 ? 0 : 1);
