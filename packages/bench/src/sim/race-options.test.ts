import { availableParallelism } from "node:os";
import { describe, expect, test } from "vitest";
import { UsageError } from "../cli/usage-error.ts";
import { parseRaceSim } from "./race-options.ts";

const parse = (...args: string[]) => parseRaceSim(args, { INIT_CWD: "/home/user" });

describe("options of the founding race", () => {
  test("without any, one crash an order", () => {
    expect(parse()).toEqual({
      crashes: 1,
      every: 16,
      jobs: availableParallelism(),
      json: undefined,
    });
  });

  test("the long form, and a report", () => {
    expect(parse("--crashes", "2", "--json", "out.json")).toMatchObject({
      crashes: 2,
      json: "/home/user/out.json",
    });
  });

  test.each([
    [["--crashes", "3"], /--crashes takes a whole number from 0 to 2, not "3"/],
    [["--every", "0"], /--every takes 1 or 2 or 4 or 8 or 16, not "0"/],
    [["--every", "12"], /--every takes 1 or 2 or 4 or 8 or 16, not "12"/],
    [["--jobs", "65"], /--jobs takes a whole number from 1 to 64, not "65"/],
    [["--json", ""], /an empty path/],
    [["--crash", "1"], /--crash/],
    [["2"], /2/],
  ])("%j is refused", (args, said) => {
    expect(() => parse(...args)).toThrow(UsageError);
    expect(() => parse(...args)).toThrow(said);
  });
});
