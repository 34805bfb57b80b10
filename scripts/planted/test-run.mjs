// One run of vitest in a scratch copy, and what its report says of a planted fault.
import { readFileSync, rmSync } from "node:fs";
import { join, relative } from "node:path";
import { runProcess } from "./processes.mjs";

/**
 * How a fault may show itself: a test's expectation, an invariant that the core asserts, or what a
 * seeded world checks. Everything else (a name that is not there, a file that cannot be loaded, a
 * loop without end) says that the patch is broken code, not that the rule was missed.
 */
const BY_ASSERTION =
  /^(?:AssertionError|RaftInvariantError|Error: seed \d+: (?!\w*TypeError|RangeError))/;

/**
 * @param filters files, by path; all tests in them, or those whose name holds `testName`
 * @param msMax then they are ended; a bound for tests of the core by default
 * @returns the tests that ran, each `{file, name, status, messages}`, and why there are none
 */
export async function runTests(scratch, filters, testName, msMax) {
  const report = join(scratch.folder, "report.json");
  rmSync(report, { force: true });
  const args = ["run", "--no-isolate", "--reporter=json", `--outputFile=${report}`, ...filters];
  if (testName !== undefined) args.push("-t", escapeRegExp(testName));
  const { output, isTimeout } = await runProcess(
    join(scratch.folder, "node_modules/.bin/vitest"),
    args,
    { cwd: scratch.folder, env: environment() },
    msMax,
  );
  if (isTimeout) return { tests: [], fault: "the tests did not end" };
  return readReport(scratch, report, output);
}

/**
 * A loop that collects things for ever ends soon. Called from a test, this vitest is not part of the
 * one around it.
 */
function environment() {
  const own = Object.entries(process.env).filter(([name]) => !name.startsWith("VITEST"));
  const heap = "--max-old-space-size=1024";
  return { ...Object.fromEntries(own), NO_COLOR: "1", NODE_OPTIONS: heap };
}

function readReport(scratch, path, output) {
  let report;
  try {
    report = JSON.parse(readFileSync(path, "utf8"));
  } catch {
    return { tests: [], fault: `no report: ${output.slice(-500)}` };
  }
  const tests = report.testResults.flatMap((file) =>
    file.assertionResults
      .filter(({ status }) => status === "passed" || status === "failed")
      .map(({ fullName, status, failureMessages }) => ({
        file: relative(scratch.folder, file.name),
        name: fullName,
        status,
        messages: failureMessages,
      })),
  );
  const unloaded = report.testResults.find(
    ({ status, assertionResults }) => status === "failed" && assertionResults.length === 0,
  );
  return { tests, fault: unloaded?.message };
}

function escapeRegExp(text) {
  return text.replace(/[.*+?^${}()|[\]\\]/g, "\\$&");
}

export function failsByAssertion({ status, messages }) {
  return status === "failed" && messages.some((message) => BY_ASSERTION.test(message));
}

/** @returns whether one of the tests noticed the fault, with the first line of what it said. */
export function verdictOf({ tests, fault }) {
  const noticed = tests.find(failsByAssertion);
  if (noticed !== undefined)
    return { isCaught: true, by: noticed.name, message: firstLine(noticed.messages[0]) };
  const failed = tests.find(({ status }) => status === "failed");
  const message = fault ?? failed?.messages[0] ?? "every named test passed";
  return { isCaught: false, by: undefined, message: firstLine(message) };
}

function firstLine(text) {
  return text.split("\n", 1)[0].slice(0, 200);
}
