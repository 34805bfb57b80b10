import { mkdirSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { temporaryDirectory } from "../../platform/temporary-directory.ts";
import { defaultSuite, GIVEN_SCRIPTS, OWN_SCRIPTS, scriptsBelow } from "./suite.ts";

let scratch = temporaryDirectory("multiraft-suite-");
beforeEach(() => {
  scratch = temporaryDirectory("multiraft-suite-");
});
afterEach(() => scratch.remove());

function write(path: string): void {
  mkdirSync(dirname(join(scratch.path, path)), { recursive: true });
  writeFileSync(join(scratch.path, path), "");
}

const named = (folder: string) =>
  scriptsBelow(join(scratch.path, folder)).map(({ path, kind }) => [
    path.slice(scratch.path.length + 1),
    kind,
  ]);

describe("the kind of a script", () => {
  test("is the name of the folder that it lies in, the innermost of several", () => {
    write("all/interaction/a.txt");
    write("all/interaction/quorum/b.txt");
    write("all/confchange/deep/c.txt");
    expect(named("all")).toEqual([
      ["all/confchange/deep/c.txt", "confchange"],
      ["all/interaction/a.txt", "interaction"],
      ["all/interaction/quorum/b.txt", "quorum"],
    ]);
  });

  test("may be told by the folder that is asked for, but by none above it", () => {
    write("quorum/other/a.txt");
    expect(named("quorum")).toEqual([["quorum/other/a.txt", "quorum"]]);
    expect(() => named("quorum/other")).toThrow(/lies in no folder named/);
  });
});

describe("the scripts that are run if none are named", () => {
  const root = () => join(scratch.path, "checkout");

  test("are the own ones and those beside the checkout", () => {
    write(`checkout/${OWN_SCRIPTS}/quorum/own.txt`);
    write(join("checkout", GIVEN_SCRIPTS, "quorum/given.txt"));
    const { scripts, notice } = defaultSuite(root(), { MULTIRAFT_REQUIRE_GIVEN_SCRIPTS: "1" });
    expect(scripts.map(({ path }) => path.split("/").at(-1))).toEqual(["own.txt", "given.txt"]);
    expect(notice).toBeUndefined();
  });

  test("are the own ones, said aloud, if there are no others", () => {
    write(`checkout/${OWN_SCRIPTS}/quorum/own.txt`);
    const { scripts, notice } = defaultSuite(root(), {});
    expect(scripts).toHaveLength(1);
    expect(notice).toMatch(/^the given scripts are not there/);
  });

  test("are none at all if others are required and missing, or if their folder is empty", () => {
    write(`checkout/${OWN_SCRIPTS}/quorum/own.txt`);
    const required = { MULTIRAFT_REQUIRE_GIVEN_SCRIPTS: "1" };
    expect(() => defaultSuite(root(), required)).toThrow(/are required/);
    const empty = { MULTIRAFT_CONFORMANCE_DIR: join(scratch.path, "empty") };
    mkdirSync(empty.MULTIRAFT_CONFORMANCE_DIR);
    expect(() => defaultSuite(root(), empty)).toThrow(/holds no .txt file/);
  });
});
