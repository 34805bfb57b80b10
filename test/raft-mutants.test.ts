/** How `npm run mutate` reads its list of survivors, and what it counts. */
import { readFileSync } from "node:fs";
import { describe, expect, test } from "vitest";
import { keyOf, parseListed, rowOf, shown } from "../scripts/mutate/listed.mjs";
import { compare, mutantsOf, tally } from "../scripts/mutate/score.mjs";

const ROW = {
  file: "quorum.ts",
  line: "if (a || b) return `x`;",
  mutator: "LogicalOperator",
  from: "a || b",
  to: "a && b",
  ordinal: 2,
  verdict: "equivalent",
  reason: "both are false",
};

describe("the list of survivors", () => {
  test("a row is read back as it was written, with its bars and backticks", () => {
    const markdown = `# Title\n\n## quorum.ts\n\n| line | mutator | from | to | verdict | reason |\n| --- | --- | --- | --- | --- | --- |\n${rowOf(ROW)}\n`;
    expect(parseListed(markdown)).toEqual([ROW]);
  });

  test("a table below any other heading is not of the list", () => {
    expect(parseListed(`## quorum.ts\n### Other\n${rowOf(ROW)}\n## How\n${rowOf(ROW)}`)).toEqual(
      [],
    );
  });

  test.each([
    ["| `a` | M | `b` | `c` | equivalent |", "5 cells"],
    ["| `a` | M | `b` | `c` | perhaps | why |", "unknown verdict"],
    ["| `a` | M | `b` | `c` | accepted | |", "no reason"],
  ])("%s is refused", (row, message) => {
    expect(() => parseListed(`## a.ts\n${row}`)).toThrow(message);
  });

  test("long and broken sources are shown on one line of at most 100 characters", () => {
    expect(shown("{\n    return 1;\n  }")).toBe("{ return 1; }");
    expect(shown("x".repeat(101))).toBe(`${"x".repeat(99)}…`);
  });

  test("the committed list can be read, and names each mutant once", () => {
    const rows = parseListed(readFileSync("docs/raft-mutants.md", "utf8"));
    expect(new Set(rows.map(keyOf)).size).toBe(rows.length);
  });
});

const SOURCE = "if (a) {\n  b();\n}\nif (a) c();\nd();\n";

function mutant(status: string, line: number, from: number, to: number, replacement: string) {
  const location = { start: { line, column: from }, end: { line, column: to } };
  return { mutatorName: "M", replacement, status, location };
}

const REPORT = {
  source: SOURCE,
  mutants: [
    mutant("Survived", 5, 1, 4, "e()"),
    mutant("Killed", 1, 5, 6, "true"),
    mutant("Timeout", 1, 5, 6, "true"),
    mutant("NoCoverage", 4, 5, 6, "true"),
    mutant("Ignored", 5, 1, 5, ""),
    mutant("RuntimeError", 5, 1, 5, "!"),
  ],
};

describe("the score", () => {
  const mutants = mutantsOf("x.ts", REPORT);
  const survivor = { file: "x.ts", line: "d();", mutator: "M", from: "d()", to: "e()", ordinal: 1 };

  test("mutants stand in the order of the source, and equal ones are numbered", () => {
    expect(mutants.map(({ line, from, ordinal, status }) => [line, from, ordinal, status])).toEqual(
      [
        ["if (a) {", "a", 1, "Killed"],
        ["if (a) {", "a", 2, "Timeout"],
        ["if (a) c();", "a", 1, "NoCoverage"],
        ["d();", "d()", 1, "Survived"],
        ["d();", "d();", 1, "Ignored"],
        ["d();", "d();", 1, "RuntimeError"],
      ],
    );
  });

  test("a mutant that spans lines is known by its text on one line", () => {
    const location = { start: { line: 1, column: 8 }, end: { line: 3, column: 2 } };
    const [block] = mutantsOf("x.ts", {
      source: SOURCE,
      mutants: [{ mutatorName: "BlockStatement", replacement: "{}", status: "Killed", location }],
    });
    expect(block).toMatchObject({ line: "if (a) {", from: "{ b(); }", to: "{}" });
  });

  test("texts of messages and what cannot run are not counted", () => {
    expect(tally(mutants, [])).toEqual({
      killed: 1,
      timedOut: 1,
      survived: 1,
      noCoverage: 1,
      ignored: 1,
      equivalent: 0,
      counted: 4,
      scorePercent: 50,
    });
  });

  test("a listed equivalent is not counted, an accepted survivor is", () => {
    const equivalent = tally(mutants, [{ ...survivor, verdict: "equivalent" }]);
    expect(equivalent).toMatchObject({ equivalent: 1, counted: 3 });
    const accepted = tally(mutants, [{ ...survivor, verdict: "accepted" }]);
    expect(accepted).toMatchObject({ equivalent: 0, counted: 4 });
  });

  test("an equivalent that a test has killed counts as killed", () => {
    const killed = { ...survivor, line: "if (a) {", from: "a", to: "true", verdict: "equivalent" };
    expect(tally(mutants, [killed])).toMatchObject({ killed: 1, equivalent: 0, counted: 4 });
  });

  test("survivors without a row and rows without a survivor are told", () => {
    const gone = { ...survivor, line: "z();" };
    const killed = { ...survivor, line: "if (a) {", from: "a", to: "true" };
    const { unlisted, stale } = compare(mutants, [survivor, gone, killed]);
    expect(unlisted.map(({ line }) => line)).toEqual(["if (a) c();"]);
    expect(stale.map(({ line, status }) => [line, status])).toEqual([
      ["z();", "gone"],
      ["if (a) {", "Killed"],
    ]);
  });
});
