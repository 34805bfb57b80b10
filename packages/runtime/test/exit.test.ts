import { execFile } from "node:child_process";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";
import { expect, test } from "vitest";

/** Runs a program to its end. @returns What it printed. @throws When it did not exit with 0. */
async function run(fixture: string): Promise<string> {
  const program = fileURLToPath(new URL(`./fixture/${fixture}.mjs`, import.meta.url));
  const { stdout } = await promisify(execFile)(process.execPath, [program]);
  return stdout.trim();
}

test("a program whose system is unreferenced ends when it has nothing to do, not before", async () => {
  expect(await run("exit-unref")).toBe("heard");
});

test("a program that closes its system ends, and keeps no handlers of it", async () => {
  expect(await run("exit-closed")).toBe("0\nclean");
});

test("an exit waits until no thread is inside a native transaction", async () => {
  expect(await run("exit-in-native")).toBe("left");
});
