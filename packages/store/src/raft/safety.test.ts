import { describe, expect, test } from "vitest";
import { World } from "../sim/raft/world.ts";
import type { RaftConfig } from "./config.ts";

/** Fewer where a run must be short, as against each of many mutants. */
const SEEDS = Number(process.env["MULTIRAFT_SAFETY_SEEDS"] ?? 12);
const STEPS = 5_000;

/**
 * Rounds in which every peer ticks once: several election timeouts, and what follows an election.
 */
const SETTLE_ROUNDS_MAX = 400;

const CONFIGS: readonly Partial<RaftConfig>[] = [
  { asyncStorageWrites: true },
  { asyncStorageWrites: true, shareCommitInVotes: true },
  { asyncStorageWrites: true, shareCommitInVotes: true, preVote: true },
  { asyncStorageWrites: true, shareCommitInVotes: true, checkQuorum: true },
  {
    asyncStorageWrites: true,
    preVote: true,
    checkQuorum: true,
    withholdVotesAfterRestart: true,
    shareCommitInVotes: true,
    reportCommittedIndex: true,
    confirmReadsOnConfChange: true,
  },
  { shareCommitInVotes: true },
  { shareCommitInVotes: true, preVote: true, checkQuorum: true },
];

describe.each(CONFIGS.map((config) => [config]))("%o", (config) => {
  test("no schedule breaks agreement, and the group goes on when it is left alone", () => {
    const counts = { elections: 0, reads: 0, confChanges: 0, snapshots: 0 };
    for (let seed = 1; seed <= SEEDS; seed++) {
      const world = new World(seed, { ...config, stepDownOnRemoval: true });
      try {
        for (let step = 0; step < STEPS; step++) world.step();
        // Without the switch a group may stay without a leader: see the configuration.
        if (config.shareCommitInVotes === true)
          expect(world.settle(SETTLE_ROUNDS_MAX), "the group does not come to agree").toBe(true);
      } catch (error) {
        throw new Error(`seed ${seed}: ${error}\n${world.summary()}`, { cause: error });
      }
      counts.elections += world.elections;
      counts.reads += world.answeredReads;
      counts.confChanges += world.confChanges;
      counts.snapshots += world.snapshots;
    }
    // A world in which nothing happens proves nothing.
    for (const [what, count] of Object.entries(counts))
      expect(count, what).toBeGreaterThan(SEEDS / 2);
  });
});
