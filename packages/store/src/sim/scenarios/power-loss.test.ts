import { describe, expect, test } from "vitest";
import { losePower, OPERATIONS } from "./power-loss.ts";

/** Of each operation: the paths whose syncs its promise stands on, digits left out. */
const NEEDED: Readonly<Record<string, readonly string[]>> = {
  append: ["/log/segment-#.log"],
  // What is committed to the parent's tablet is in the log, too.
  split: ["/log/segment-#.log", "/tablets", "/tablets/#_#_#", "/tablets/#_#_#/commits"],
  install: ["/log/segment-#.log", "/tablets", "/tablets/#_#_#", "/tablets/#_#_#/commits"],
  tombstone: ["/log/segment-#.log"],
};

describe.each(OPERATIONS.map((operation) => [operation.name, operation] as const))(
  "%s",
  (name, operation) => {
    test("power goes after each write: what was promised is there, nothing unnamed is", () => {
      const whole = losePower(operation);
      expect(whole).toMatchObject({ isPromised: true, broken: undefined });
      expect(whole.writes).toBeGreaterThan(4);
      for (let writes = 0; writes < whole.writes; writes += 1)
        expect([writes, losePower(operation, { kind: "stop", writes }).broken]).toEqual([
          writes,
          undefined,
        ]);
    });

    test("without a sync that its promise stands on it is broken, without another it is not", () => {
      const { syncs } = losePower(operation);
      const needed = syncs.filter(
        (_, sync) => losePower(operation, { kind: "no-sync", sync }).broken !== undefined,
      );
      const paths = new Set(needed.map((path) => path.replace(/\d+/g, "#")));
      expect([...paths].sort()).toEqual(NEEDED[name]);
    });
  },
);
