/** The same scripts on cores without a sink for their events: but for log lines, nothing changes. */
import { join, relative } from "node:path";
import { expect, test } from "vitest";
import { fileTree } from "../../src/platform/file-tree.ts";
import { Interaction } from "../../src/sim/raft-conformance/interaction.ts";
import { parseScript } from "../../src/sim/raft-conformance/script.ts";
import { defaultSuite } from "../../src/sim/raft-conformance/suite.ts";

const root = join(import.meta.dirname, "../../../..");
const scripts = defaultSuite(root, process.env)
  .scripts.filter(({ kind }) => kind === "interaction")
  .map(({ path }) => [relative(root, path), path] as const);

/** "ok" stands for no output, which what was nothing but log lines is without them. */
function withoutLogLines(output: string): string {
  const lines = output.split("\n").filter((line) => !/^ *(DEBUG|INFO|WARN|ERROR) /.test(line));
  return lines.join("\n").trim().replace(/^ok$/, "");
}

test.each(scripts)("%s", (_, path) => {
  const interaction = new Interaction(false);
  for (const directive of parseScript(fileTree.read(path))) {
    const output = interaction.run(directive);
    expect(withoutLogLines(output)).toBe(withoutLogLines(directive.expected));
  }
});
