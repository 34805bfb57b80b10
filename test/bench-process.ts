// The bench as its users start it: a process, whose temporary files go into a directory of the test's own.
import { type ChildProcess, spawn, spawnSync } from "node:child_process";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";

const BENCH = join(import.meta.dirname, "..", "packages", "bench", "dist", "cli", "bench.js");

export type BenchEnd = {
  readonly code: number | null;
  /** Of both streams. */
  readonly output: string;
};

export class BenchProcess {
  readonly scratch = mkdtempSync(join(tmpdir(), "bench-test-"));
  readonly #environment = { ...process.env, TMPDIR: this.scratch };

  run(...args: readonly string[]): BenchEnd {
    const options = { env: this.#environment, encoding: "utf8" } as const;
    const { status, stdout, stderr } = spawnSync(process.execPath, [BENCH, ...args], options);
    return { code: status, output: stdout + stderr };
  }

  start(...args: readonly string[]): ChildProcess {
    return spawn(process.execPath, [BENCH, ...args], { env: this.#environment });
  }

  remove(): void {
    rmSync(this.scratch, { recursive: true, force: true });
  }
}
