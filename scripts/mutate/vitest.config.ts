/**
 * The tests that a mutant of the Raft core has to face, the likeliest to notice it first: those of
 * its own file, then the conformance scripts, then the rest from small to large, and the random
 * schedules last.
 */
import { statSync } from "node:fs";
import { basename } from "node:path";
import { defineConfig } from "vitest/config";
import { BaseSequencer, type TestSpecification } from "vitest/node";

const mutated = (process.env["MULTIRAFT_MUTATED"] ?? "").split(",");

function placeOf({ moduleId }: TestSpecification): number {
  const name = basename(moduleId);
  if (mutated.includes(name.replace(/\.test\.ts$/, ""))) return 0;
  if (mutated.some((source) => name.startsWith(source))) return 1;
  if (name === "conformance.test.ts") return 2;
  return name === "safety.test.ts" ? 4 : 3;
}

class LikeliestFirst extends BaseSequencer {
  override async sort(files: TestSpecification[]): Promise<TestSpecification[]> {
    const sizeOf = ({ moduleId }: TestSpecification) => statSync(moduleId).size;
    return files.sort((a, b) => placeOf(a) - placeOf(b) || sizeOf(a) - sizeOf(b));
  }
}

export default defineConfig({
  test: {
    include: [
      "packages/store/src/raft/**/*.test.ts",
      "packages/store/test/raft-conformance/*.test.ts",
    ],
    // They read sources and tests as text, or measure memory: what instruments them would show.
    exclude: ["**/{behaviours,boundary,tick-idle}.test.ts"],
    // One set of modules for all files: most of a mutant's time would go into loading them again.
    isolate: false,
    setupFiles: ["scripts/mutate/coverage-per-file.ts"],
    sequence: { sequencer: LikeliestFirst },
    testTimeout: 120_000,
    hookTimeout: 120_000,
  },
});
