import { describe, expect, test } from "vitest";
import { drawFeatures, type Features } from "./features.ts";
import { checkRaftSeeds } from "./slice.ts";

const SEEDS = 400;

/** Of a switch with the mode of storage; the second is never off where elections need it. */
const COMBINATIONS: Record<string, number> = { asyncStorageWrites: 2, requestVotesWhenDurable: 3 };

describe("a fixed slice of seeds", () => {
  test("breaks no promise, and reaches everything that is counted", () => {
    const { seeds, steps, coverage } = checkRaftSeeds(1, SEEDS);
    expect({ seeds, steps }).toEqual({ seeds: SEEDS, steps: SEEDS * 2_000 });
    // A world in which nothing happens proves nothing.
    for (const [what, count] of Object.entries(coverage)) expect(count, what).toBeGreaterThan(0);
    expect(coverage["entries applied"]).toBeGreaterThan(SEEDS * 100);
    expect(coverage["runs settled"]).toBeGreaterThan(SEEDS / 3);
  });

  test("gives the same hash each time, and another one for other seeds or steps", () => {
    const { hash } = checkRaftSeeds(1, 5, 500);
    expect(checkRaftSeeds(1, 5, 500).hash).toBe(hash);
    expect(checkRaftSeeds(2, 5, 500).hash).not.toBe(hash);
    expect(checkRaftSeeds(1, 5, 501).hash).not.toBe(hash);
  });

  const drawn = Array.from({ length: SEEDS }, (_, place) => drawFeatures(place + 1));
  const pairs = (of: (features: Features) => string) => [...new Set(drawn.map(of))].sort();

  test("has every switch of the configuration on and off, in both modes of storage", () => {
    const switches = Object.entries(drawn[0]?.config ?? {})
      .filter(([, value]) => typeof value === "boolean")
      .map(([name]) => name as keyof Features["config"]);
    expect(switches.length).toBeGreaterThanOrEqual(9);
    for (const name of switches)
      expect(
        pairs(({ config }) => `${config.asyncStorageWrites} ${config[name]}`),
        name,
      ).toHaveLength(COMBINATIONS[name] ?? 4);
  });

  test("has groups of three to seven, started by one to five voters", () => {
    expect(pairs(({ peerCount }) => String(peerCount))).toEqual(["3", "4", "5", "6", "7"]);
    expect(pairs(({ firstVoterCount }) => String(firstVoterCount))).toHaveLength(5);
  });

  test("trusts leases only where time waits for the network, and votes are withheld", () => {
    const leased = drawn.filter(({ config }) => config.readMode === "lease-based");
    expect(leased.length).toBeGreaterThan(0);
    for (const { isPrompt, config, weights } of leased) {
      expect(isPrompt && config.checkQuorum && config.withholdVotesAfterRestart).toBe(true);
      for (const kind of ["tick", "lose", "cut", "transfer", "campaign"] as const)
        expect(weights[kind]).toBe(0);
    }
  });
});
