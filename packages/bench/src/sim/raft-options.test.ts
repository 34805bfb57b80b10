import { availableParallelism } from "node:os";
import { describe, expect, test } from "vitest";
import { UsageError } from "../cli/usage-error.ts";
import { parseRaftSim } from "./raft-options.ts";

const parse = (...args: string[]) => parseRaftSim(args, { INIT_CWD: "/home/user" });

describe("options of the simulation of the Raft core", () => {
  test("without any, a hundred seeds of 2,000 steps", () => {
    expect(parse()).toEqual({
      firstSeed: 1,
      seeds: 100,
      steps: 2_000,
      jobs: availableParallelism(),
      json: undefined,
      replay: undefined,
    });
  });

  test("--seed alone is one seed, with --seeds it is the first", () => {
    expect(parse("--seed", "41")).toMatchObject({ firstSeed: 41, seeds: 1 });
    expect(parse("--seed", "41", "--seeds=9")).toMatchObject({ firstSeed: 41, seeds: 9 });
  });

  test("paths are meant from where the command was given", () => {
    expect(parse("--json", "out.json").json).toBe("/home/user/out.json");
    expect(parse("--replay", "/tmp/in.json").replay).toBe("/tmp/in.json");
  });

  test.each([
    [["--seeds", "0"], /--seeds takes a whole number from 1 to 10000000, not "0"/],
    [["--seed", "-1"], /--seed/],
    [["--steps", "many"], /--steps takes a whole number from 1 to 1000000, not "many"/],
    [["--jobs", "65"], /--jobs takes a whole number from 1 to 64, not "65"/],
    [["--json", ""], /an empty path/],
    [["--sedes", "3"], /--sedes/],
    [["3"], /3/],
  ])("%j is refused", (args, said) => {
    expect(() => parse(...args)).toThrow(UsageError);
    expect(() => parse(...args)).toThrow(said);
  });
});
