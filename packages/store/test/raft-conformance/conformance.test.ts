/** The scripts that `npm run conformance` runs, each as a test, against the sources. */
import { join, relative } from "node:path";
import { expect, test } from "vitest";
import { resultText } from "../../src/sim/raft-conformance/report.ts";
import { defaultSuite, runFile } from "../../src/sim/raft-conformance/suite.ts";

const root = join(import.meta.dirname, "../../../..");
const { scripts, notice } = defaultSuite(root, process.env);
const named = scripts.map((script) => [relative(root, script.path), script] as const);

test.each(named)("%s", (path, script) => {
  const result = runFile(script);
  expect(result.outcome, resultText(path, result)).toBe("passed");
});

if (notice !== undefined) {
  console.warn(`\nconformance: ${notice}\n`);
  test.skip(notice, () => {});
}
