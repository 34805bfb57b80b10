import { expect, test } from "vitest";
import { UsageError } from "../cli/usage-error.ts";
import { parseClusterSim } from "./cluster-options.ts";

const parse = (...args: string[]) => parseClusterSim(args, { INIT_CWD: "/home/user" });

test("without any, twenty seeds over all profiles", () => {
  const options = parse();
  expect(options).toMatchObject({ firstSeed: 1, seeds: 20, minutes: undefined, steps: 20_000 });
  expect(options.profiles).toContain("swarm");
});

test("shrinking ends after some minutes, whether or not anybody says so", () => {
  expect(parse("--shrink").shrinkMinutes).toBe(5);
  expect(parse("--shrink", "--shrink-minutes", "30").shrinkMinutes).toBe(30);
});

test("--seed alone is one seed; --minutes alone begins at a fresh one and counts none", () => {
  expect(parse("--seed", "41")).toMatchObject({ firstSeed: 41, seeds: 1 });
  expect(parse("--minutes", "5")).toMatchObject({ firstSeed: undefined, seeds: undefined });
  expect(parse("--profile", "storm").profiles).toEqual(["storm"]);
});

test.each([
  [["--seeds", "0"], /--seeds/],
  [["--profile", "hurricane"], /--profile takes calm or .* not "hurricane"/],
  [["--minutes", "0.5"], /--minutes/],
  [["--json", ""], /an empty path/],
  [["--shrink-minutes", "0"], /--shrink-minutes/],
  [["--wind", "3"], /--wind/],
])("%j is refused", (args, said) => {
  expect(() => parse(...args)).toThrow(UsageError);
  expect(() => parse(...args)).toThrow(said);
});
