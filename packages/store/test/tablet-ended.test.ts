// Processes and threads that end in the middle of commits and copies, and disks that are full.
// Runs on built files, because others than the test's own process write the tablet.
import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import fs from "node:fs";
import os from "node:os";
import path from "node:path";
import { createInterface } from "node:readline";
import { RealDisk, Sfc32 } from "@multiraft/runtime";
import { afterEach, beforeEach, expect, test } from "vitest";
import { openEngine } from "../src/tablet/engine.ts";
import type { Tablet } from "../src/tablet/tablet.ts";
import { metaAt, put, scanAll, TABLET } from "./tablet-fixture.ts";

const WRITER = new URL("./tablet-writer.mjs", import.meta.url);
const ROUNDS = new URL("./endings/rounds.mjs", import.meta.url);
const { errno } = os.constants;
const disk = new RealDisk();
let root: string;
let directory: string;

beforeEach(async () => {
  root = fs.mkdtempSync(path.join(os.tmpdir(), "multiraft-ended-"));
  directory = path.join(root, "tablets");
  const tablet = await engine().create(TABLET, metaAt(5));
  tablet.close();
});
afterEach(() => fs.rmSync(root, { recursive: true, force: true }));

const engine = () => openEngine({ kind: "lmdb", disk, directory });

/** What the writer's rule says of a tablet at this index. */
function expectedAt(index: number): string[] {
  const value = (at: number): string => `${at}:${"x".repeat(1_000)}`;
  const pairs = new Map<string, string>();
  for (let at = 6; at <= index; at += 1) {
    pairs.set(`hot${at % 50}`, value(at));
    if (at > index - 200) pairs.set(`n${at}`, value(at));
  }
  return [...pairs].map(([key, at]) => `${key}=${at}`).sort();
}

/** @returns The index that is durable, at least what was acknowledged. */
async function expectWhole(acknowledged: number): Promise<number> {
  const tablet = (await engine().open(TABLET)) as Tablet;
  const index = tablet.meta.appliedIndex;
  expect(index).toBeGreaterThanOrEqual(acknowledged);
  expect(scanAll(tablet).sort()).toEqual(expectedAt(index));
  tablet.close();
  return index;
}

type Report = { durableIndex?: number; code?: string; again?: string; index?: number };

async function* reports(child: ChildProcess): AsyncGenerator<Report> {
  if (child.stdout === null) throw new Error("no output");
  for await (const line of createInterface({ input: child.stdout })) yield JSON.parse(line);
}

test("a process killed while it commits leaves the data of exactly its applied index", async () => {
  const random = new Sfc32(11);
  let last = 5;
  for (let round = 0; round < 5; round += 1) {
    const child = spawn(process.execPath, [WRITER.pathname, directory, "commit"]);
    const killAt = 1 + random.below(60);
    let acknowledged = last;
    let seen = 0;
    for await (const report of reports(child)) {
      acknowledged = report.durableIndex ?? acknowledged;
      seen += 1;
      if (seen === killAt) child.kill("SIGKILL");
    }
    expect(child.signalCode ?? (await once(child, "exit"))[1]).toBe("SIGKILL");
    expect(seen).toBeGreaterThanOrEqual(killAt);
    last = await expectWhole(acknowledged);
  }
  expect(last).toBeGreaterThan(100);
});

test("a full disk fails the commit and each one after it; what was durable stays", async () => {
  const limits = "trap '' XFSZ; ulimit -f 4096; exec \"$@\"";
  const command = ["-c", limits, "bash", process.execPath, WRITER.pathname, directory];
  const child = spawn("bash", [...command, "commit-until-failure"], {
    stdio: ["ignore", "pipe", "ignore"],
  });
  const all: Report[] = [];
  for await (const report of reports(child)) all.push(report);
  const durableIndex = all.at(-3)?.durableIndex;
  expect(all.at(-2)).toEqual({
    code: "ERR_MULTIRAFT_TABLET_COMMIT_FAILED",
    cause: expect.toSatisfy((code) => code === errno.EFBIG || code === errno.EIO),
    readable: 1_003,
  });
  expect(all.at(-1)).toEqual({ again: "ERR_MULTIRAFT_TABLET_COMMIT_FAILED", durableIndex });
  expect(child.exitCode ?? (await once(child, "exit"))[0]).toBe(0);
  const tablet = await engine().open(TABLET);
  expect(tablet.meta.appliedIndex).toBe(durableIndex);
  expect(scanAll(tablet)).toHaveLength((durableIndex ?? 0) - 5);
  tablet.apply([put("after", "1")], metaAt((durableIndex ?? 0) + 1));
  expect(await tablet.flush()).toBe((durableIndex ?? 0) + 1);
  tablet.close();
});

test.each(["commit", "large", "copy", "open", "read", "spin"])(
  "a thread ended in the middle of its work (%s) ends alone, and the tablet is whole",
  async (mode) => {
    const rounds = 3;
    const child = spawn(process.execPath, [ROUNDS.pathname, mode, `${rounds}`, "12"], {
      stdio: ["ignore", "pipe", "inherit"],
    });
    const indexes: number[] = [];
    for await (const report of reports(child)) indexes.push(report.index ?? 0);
    expect(child.exitCode ?? (await once(child, "exit"))[0]).toBe(0);
    expect(indexes).toHaveLength(rounds);
    expect(indexes.at(-1)).toBeGreaterThan(["read", "spin"].includes(mode) ? 4 : 5 + rounds);
  },
);
