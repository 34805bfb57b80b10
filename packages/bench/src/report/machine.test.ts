import { existsSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect, test } from "vitest";
import { describeMachine, machineText, mountOf } from "./machine.ts";

const MOUNTS = `22 1 254:1 / / rw,relatime shared:1 - ext4 /dev/vda1 rw
30 22 0:26 / /tmp rw,nosuid - tmpfs tmpfs rw,size=1G
31 22 254:2 / /data\\040of\\040mine rw - xfs /dev/vdb rw
32 22 254:3 / /tmp rw - btrfs /dev/vdc rw
`;

test.each([
  ["/home/me", "ext4 on /dev/vda1"],
  ["/tmporary", "ext4 on /dev/vda1"],
  ["/tmp/x", "btrfs on /dev/vdc"],
  ["/data of mine/x", "xfs on /dev/vdb"],
])("%s lies on %s", (path, expected) => {
  expect(mountOf(path, MOUNTS)).toBe(expected);
});

test("a machine is described by what a figure depends on", () => {
  expect(describeMachine(tmpdir())).toMatchObject({
    cpu: expect.any(String),
    cores: expect.any(Number),
    memoryGiB: expect.any(Number),
    node: process.version,
    kernel: expect.any(String),
    disk: expect.any(String),
    loadAverageAtStart: expect.any(Number),
  });
});

test.each([
  [0.1, false],
  [1, false],
  [1.1, true],
])("two cores with a load of %d were busy: %s", (loadAverageAtStart, isBusy) => {
  const machine = { ...describeMachine(tmpdir()), coresUsable: 2, loadAverageAtStart };
  expect(machineText(machine).includes("do not quote")).toBe(isBusy);
  expect(machineText(machine)).toContain(process.version);
});

test("what the host gave to others meanwhile is told when it is much", () => {
  const machine = { ...describeMachine(tmpdir()), coresUsable: 2, loadAverageAtStart: 0 };
  expect(machineText({ ...machine, stolenShare: 0.01 })).not.toContain("do not quote");
  expect(machineText({ ...machine, stolenShare: 0.2 })).toContain(
    "gave 20 % of its cores to others",
  );
});

const ROOT = join(import.meta.dirname, "..", "..", "..", "..");

test.runIf(existsSync(join(ROOT, ".git")))("a checkout tells its commit", () => {
  expect(describeMachine(tmpdir())["commit"]).toMatch(/^[0-9a-f]{7,}(-dirty)?$/);
});
