/**
 * One seed of the simulation of the Raft core, from its world to its verdict. The same seed and
 * number of steps give the same hash, on every machine.
 */
import { RunningHash } from "./running-hash.ts";
import { World } from "./world.ts";

export type RaftViolation = {
  readonly seed: number;
  readonly step: number;
  readonly message: string;
};

export type RaftSeedResult = {
  readonly seed: number;
  readonly steps: number;
  readonly hash: string;
  readonly violation: RaftViolation | undefined;
};

export function simulateRaft(seed: number, steps: number): RaftSeedResult {
  const world = new World(seed, { asyncStorageWrites: true, shareCommitInVotes: true });
  for (let step = 0; step < steps; step++) {
    const message = messageOf(() => world.step());
    if (message === undefined) continue;
    return { seed, steps: step + 1, hash: hashOf(world), violation: { seed, step, message } };
  }
  return { seed, steps, hash: hashOf(world), violation: undefined };
}

function messageOf(run: () => void): string | undefined {
  try {
    run();
    return undefined;
  } catch (error) {
    return String(error);
  }
}

function hashOf(world: World): string {
  const hash = new RunningHash();
  for (const [index, text] of world.history) hash.addText(`${index} ${text}`);
  return hash.value;
}
