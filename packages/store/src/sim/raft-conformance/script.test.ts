import { describe, expect, test } from "vitest";
import { parseScript } from "./script.ts";

const directive = (line: string) => {
  const [first] = parseScript(`${line}\n----\n`);
  return { command: first?.command, args: first?.args.map(({ key, values }) => [key, ...values]) };
};

describe("a directive line", () => {
  test.each([
    ["campaign 1", [["1"]]],
    ["  propose 1   foo \t", [["1"], ["foo"]]],
    ["add-nodes 3 prevote", [["3"], ["prevote"]]],
    ["add-nodes prevote=", [["prevote", ""]]],
    [
      "add-nodes prevote=true index=10",
      [
        ["prevote", "true"],
        ["index", "10"],
      ],
    ],
    ['a b="c d"', [["b", '"c'], ['d"']]],
    ["a cfg=(1,2)", [["cfg", "1", "2"]]],
    ["a cfg=( 1,   2) b", [["cfg", "1", "2"], ["b"]]],
    ["a cfg=(f(1,2),3)", [["cfg", "f(1,2)", "3"]]],
    ["a cfg=()", [["cfg"]]],
    ["_breakpoint", []],
  ])("%s", (line, args) => {
    expect(directive(line).args).toEqual(args);
    expect(directive(line).command).toBe(line.trim().split(" ")[0]);
  });

  test("keeps an argument as it is written", () => {
    const [first] = parseScript('propose 1 "a=b" x=( 1, 2)\n----\n');
    expect(first?.args.map(({ text }) => text)).toEqual(["1", '"a=b"', "x=( 1, 2)"]);
  });

  test("goes on behind a backslash", () => {
    expect(parseScript("vote \\\n  cfg=(1) \\\nvotes=(y)\n----\n")[0]?.text).toBe(
      "vote  cfg=(1)  votes=(y)",
    );
  });

  test("that opens a list ends it", () => {
    expect(() => parseScript("\nvote cfg=(1\n----\n")).toThrow(
      "line 2: a list without its closing parenthesis",
    );
  });
});

describe("a script", () => {
  test("has comments and blank lines between directives, which know their line", () => {
    const script = parseScript("# one\n\n  # two\\\na\n----\n\n\n\nb\n----\n");
    expect(script.map(({ command, line }) => [command, line])).toEqual([
      ["a", 4],
      ["b", 9],
    ]);
  });

  test("has input up to ----, in which # means nothing", () => {
    expect(parseScript("a\n\n  v1\n# v2 \n----\n")[0]?.input).toBe("v1\n# v2");
    expect(() => parseScript("a\nv1\n")).toThrow("line 1: a directive without ----");
  });

  test("expects what follows up to a blank line, with every space", () => {
    const expected = (text: string) => parseScript(text).map((each) => each.expected);
    expect(expected("a\n----\n  x \ny")).toEqual(["  x \ny\n"]);
    expect(expected("a\n----\nx\n \t\nb\n----\n\n")).toEqual(["x\n", ""]);
    expect(expected("a\r\n----\r\nx\r\n\r\nb\r\n----\r\ny\r\n")).toEqual(["x\n", "y\n"]);
  });

  test("may expect blank lines between two pairs of ----", () => {
    const fenced = "a\n----\n----\nx\n\n----\ny\n----\n----\n";
    expect(parseScript(fenced)[0]?.expected).toBe("x\n\n----\ny\n");
    expect(parseScript(`${fenced}\nb\n----\n`)).toHaveLength(2);
    expect(parseScript("a\n----\n----\n----\n----")[0]?.expected).toBe("");
    expect(() => parseScript("a\n----\n----\nx\n----\n")).toThrow("line 1: an output opened");
    expect(() => parseScript(`${fenced}b\n----\n`)).toThrow("line 1: text after a closed output");
  });
});
