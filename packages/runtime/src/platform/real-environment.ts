// The machine's clock, chance and disk.
import { randomBytes } from "node:crypto";
import type { Clock, Environment } from "./environment.ts";
import { RealDisk } from "./real-disk.ts";
import { Sfc32 } from "./sfc32.ts";

export const realClock: Clock = {
  nowMs: () => performance.now(),
  wallMs: () => Date.now(),
};

/** @param seed Default: from the system's entropy. */
export function realEnvironment(seed: number = randomSeed()): Environment {
  return { clock: realClock, random: new Sfc32(seed), disk: new RealDisk() };
}

/** 48 bits: a whole number that a double holds. */
function randomSeed(): number {
  return randomBytes(6).readUIntBE(0, 6);
}
