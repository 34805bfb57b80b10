/** Rounds until nothing is left to do, with an end for nodes that never come to rest. */
import { ScriptError } from "./script-error.ts";

/** Far beyond any script: the longest that is known needs about ten. */
export const ROUNDS_MAX = 1_000;

/** @param round Runs every node once. @returns whether there was anything to do. */
export function untilAtRest(round: () => boolean): void {
  for (let count = 0; count < ROUNDS_MAX; count++) if (!round()) return;
  throw new ScriptError(`the nodes do not come to rest within ${ROUNDS_MAX} rounds`);
}
