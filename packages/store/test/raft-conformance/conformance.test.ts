/**
 * Every script below this folder, and below a folder of scripts from elsewhere: the one named by
 * MULTIRAFT_CONFORMANCE_DIR, or `shared/conformance/etcd-raft` beside the repository.
 */
import { existsSync, readdirSync, readFileSync } from "node:fs";
import { dirname, join, relative, resolve } from "node:path";
import { fileURLToPath } from "node:url";
import { describe, expect, test } from "vitest";
import { ConfChangeScript } from "./confchange-script.ts";
import { Interaction } from "./interaction.ts";
import { runQuorumDirective } from "./quorum-script.ts";
import { type Directive, parseScript, withFinalNewline } from "./script.ts";

const here = dirname(fileURLToPath(import.meta.url));
const repository = resolve(here, "../../../..");

/** The kind of a script is the folder it lies in. */
function runnerFor(file: string): (directive: Directive) => string {
  const folder = dirname(file).split(/[\\/]/).at(-1);
  switch (folder) {
    case "quorum":
      return runQuorumDirective;
    case "confchange": {
      const script = new ConfChangeScript();
      return (directive) => script.run(directive);
    }
    case "interaction": {
      const interaction = new Interaction();
      return (directive) => interaction.run(directive);
    }
    default:
      throw new Error(`no runner for scripts of a folder named ${folder}`);
  }
}

function scriptsBelow(folder: string): readonly string[] {
  return readdirSync(folder, { recursive: true, encoding: "utf8" })
    .filter((name) => name.endsWith(".txt"))
    .sort()
    .map((name) => join(folder, name));
}

/** The first difference ends the script: the state behind it is another one. */
function runScript(file: string): void {
  const run = runnerFor(file);
  const directives = parseScript(readFileSync(file, "utf8"));
  expect(directives.length, "a script without directives proves nothing").toBeGreaterThan(0);
  for (const directive of directives) {
    const place = `${relative(repository, file)}:${directive.line} ${directive.command}`;
    expect(withFinalNewline(run(directive)), place).toBe(directive.expected);
  }
}

describe("own scripts", () => {
  const folder = join(here, "scripts");
  test.each(scriptsBelow(folder).map((file) => [relative(folder, file), file]))("%s", (_, file) =>
    runScript(file),
  );
});

const foreign = [
  process.env["MULTIRAFT_CONFORMANCE_DIR"],
  join(repository, "../shared/conformance/etcd-raft"),
].find((folder) => folder !== undefined && folder !== "");

describe("etcd-raft scripts", () => {
  if (foreign === undefined || !existsSync(foreign)) {
    test.skip("no scripts: set MULTIRAFT_CONFORMANCE_DIR to their folder", () => {});
    return;
  }
  test.each(scriptsBelow(foreign).map((file) => [relative(foreign, file), file]))("%s", (_, file) =>
    runScript(file),
  );
});
