import { expect, test } from "vitest";
import { resultText } from "./report.ts";
import { runScript } from "./run-script.ts";

const report = (text: string) => resultText("a.txt", runScript("quorum", text)).split("\n");

test("a script that passes is a line", () => {
  expect(report("vote\n----\nVoteWon\n")).toEqual(["passed  a.txt  1 directives"]);
});

test("a difference is shown with its place, and with bars where lines begin", () => {
  expect(report("\n\nvote\n----\n VoteWon\n")).toEqual([
    "FAILED  a.txt:3: vote",
    "  expected",
    "    | VoteWon",
    "  actual",
    "    |VoteWon",
  ]);
});

test("an output that is not there is told from an empty line", () => {
  expect(report("vote\n----\n")).toEqual([
    "FAILED  a.txt:1: vote",
    "  expected",
    "    (nothing)",
    "  actual",
    "    |VoteWon",
  ]);
});

test("what stopped a script is told in place of an output", () => {
  expect(report("vote cfg=(1)\n----\nVoteWon\n")).toEqual([
    "FAILED  a.txt:1: vote cfg=(1)",
    "  expected",
    "    |VoteWon",
    "  stopped by",
    "    |0 values for 1 voters",
  ]);
  expect(report("vote\n")).toEqual(["FAILED  a.txt: line 1: a directive without ----"]);
});
