/** The own scripts use the whole format, so that a file from elsewhere meets nothing untried. */
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import { type Directive, parseScript } from "../../src/sim/raft-conformance/script.ts";
import { scriptsBelow } from "../../src/sim/raft-conformance/suite.ts";

const COMMANDS = {
  interaction: [
    "_breakpoint",
    "add-nodes",
    "campaign",
    "compact",
    "deliver-msgs",
    "forget-leader",
    "log-level",
    "process-append-thread",
    "process-apply-thread",
    "process-ready",
    "propose",
    "propose-conf-change",
    "raft-log",
    "raft-state",
    "report-unreachable",
    "send-snapshot",
    "set-randomized-election-timeout",
    "stabilize",
    "status",
    "tick-election",
    "tick-heartbeat",
    "transfer-leadership",
  ],
  quorum: ["committed", "vote"],
  confchange: ["enter-joint", "leave-joint", "simple"],
};

const OPTIONS: Readonly<Record<string, readonly string[]>> = {
  "add-nodes": [
    "async-storage-writes",
    "checkquorum",
    "disable-conf-change-validation",
    "index",
    "inflight",
    "learners",
    "max-committed-size-per-ready",
    "prevote",
    "read-only",
    "step-down-on-removal",
    "voters",
  ],
  "deliver-msgs": ["drop", "type"],
  "enter-joint": ["autoleave"],
  "propose-conf-change": ["transition", "v1"],
  "set-randomized-election-timeout": ["timeout"],
  stabilize: ["log-level"],
  "transfer-leadership": ["from", "to"],
  committed: ["cfg", "cfgj", "idx"],
  vote: ["cfg", "cfgj", "votes"],
};

const scripts = scriptsBelow(join(import.meta.dirname, "scripts"));

function directives(kind: string): readonly Directive[] {
  return scripts
    .filter((script) => script.kind === kind)
    .flatMap(({ path }) => parseScript(readFileSync(path, "utf8")));
}

describe.each(Object.entries(COMMANDS))("own scripts of %s", (kind, commands) => {
  const used = directives(kind);

  test("use every command", () => {
    for (const command of commands)
      expect(
        used.some((directive) => directive.command === command),
        command,
      ).toBe(true);
  });

  test("use every option", () => {
    for (const command of commands)
      for (const option of OPTIONS[command] ?? []) {
        const isUsed = used
          .filter((directive) => directive.command === command)
          .some(({ args }) => args.some(({ key, values }) => key === option && values.length > 0));
        expect(isUsed, `${command} ${option}`).toBe(true);
      }
  });
});
