// Environments of a thread among many: together they must not use up the descriptors of the process. In a file
// of its own, since the first engine of a thread decides.
import fs from "node:fs";
import os from "node:os";
import path from "node:path";
import { type Environment, RealDisk } from "@multiraft/runtime";
import { expect, onTestFinished, test } from "vitest";
import { openStoreEngine } from "../src/tablet/open-store-engine.ts";
import { metaAt } from "./tablet-fixture.ts";

/** A process of few descriptors. */
class PoorDisk extends RealDisk {
  override readFile(file: string): Uint8Array {
    if (file !== "/proc/self/limits") return super.readFile(file);
    return Buffer.from(
      "Max open files            1024                 4096                 files\n",
    );
  }
  override exists(file: string): boolean {
    return file === "/proc/self/limits" || super.exists(file);
  }
}

test("64 actor threads have as many environments in use as there are descriptors for, and no more", async () => {
  const root = fs.mkdtempSync(path.join(os.tmpdir(), "multiraft-descriptors-"));
  onTestFinished(() => fs.rmSync(root, { recursive: true, force: true }));
  const threads = Array.from({ length: 64 }, (_, thread) => thread);
  const environment = { disk: new PoorDisk() } as unknown as Environment;
  const choice = { engine: "lmdb", tabletDirectory: path.join(root, "tablets"), threads } as const;
  const engine = openStoreEngine(environment, choice);
  const opened: { close(): void }[] = [];
  const openOne = async (life: number): Promise<void> => {
    const tablet = await engine.create({ regionId: 1, life, generation: 1 }, metaAt(5));
    opened.push({ close: () => tablet.close() });
    opened.unshift(tablet.openView());
  };
  const openAll = async (): Promise<void> => {
    for (let life = 1; life <= 10; life += 1) await openOne(life);
  };
  await expect(openAll()).rejects.toMatchObject({ code: "ERR_MULTIRAFT_TABLET_EXHAUSTED" });
  // 1024 descriptors, 3 for each environment, three quarters of them in use, 66 threads: 3 environments.
  expect(opened.length / 2).toBeGreaterThanOrEqual(1);
  expect(opened.length / 2).toBeLessThanOrEqual(3);
  for (const one of opened) one.close();
});
