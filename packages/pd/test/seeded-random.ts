// A small seeded generator (mulberry32) for tests: the same seed gives the same run.

/** Uniform integer in [0, exclusiveMax). */
export type Below = (exclusiveMax: number) => number;

export function seededRandom(seed: number): Below {
  let state = seed >>> 0;
  return (exclusiveMax) => {
    state = (state + 0x6d2b79f5) >>> 0;
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return Math.floor((((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32) * exclusiveMax);
  };
}
