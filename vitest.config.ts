import { defineConfig } from "vitest/config";

export default defineConfig({
  test: {
    include: ["packages/*/src/**/*.test.ts", "packages/*/test/**/*.test.ts", "test/**/*.test.ts"],
    // Worker threads of the runtime do not live well inside vitest's own: one process per file.
    pool: "forks",
    maxWorkers: 2,
    // A hang is a failure, but no assertion is bounded by time: this only ends a stuck file.
    testTimeout: 120_000,
    hookTimeout: 120_000,
  },
});
