// Plays one order as it stands, in a world of its own.
import { type Broken, brokenBy } from "./broken.ts";
import { endOf } from "./ending.ts";
import type { Move } from "./moves.ts";
import { RaceRun } from "./race-run.ts";
import type { OfferName } from "./script.ts";
import type { StoreOptions } from "./store-under-test.ts";

/** @returns All that was wrong: what the watching oracles said, then how it ended. */
export function playOrder(
  moves: readonly Move[],
  offer: OfferName,
  options: StoreOptions = {},
): readonly Broken[] {
  const run = new RaceRun(offer, options);
  const ending = brokenBy(() => {
    for (const move of moves) run.make(move);
    return endOf(run);
  });
  run.store.oracles.settled();
  const { violations } = run.store.oracles;
  return ending === undefined ? violations : [...violations, ending];
}
