// Plays a scenario with its guard in place, and, if the guard can be taken out, without it: then it has
// to end badly in the one way that the guard is there to prevent.

import { sealGlobals } from "@multiraft/runtime/testing";
import type { CaughtBy, Guard, Scenario } from "./scenario.ts";
import { Stage } from "./stage.ts";

/** @returns What went wrong. */
export function playWhole({ setting, play }: Scenario): string | undefined {
  return attempt(() => {
    const stage = new Stage(setting ?? {});
    play(stage);
    stage.world.oracles.check();
  });
}

/** @returns What was seen of the missing guard; undefined when nothing was, or something else. */
export function playWithout(scenario: Scenario): string | undefined {
  const { guard } = scenario;
  if (guard.kind === "switch") return playCaught(scenario, guard.without, guard.caughtBy);
  if (guard.kind !== "replaced") return undefined;
  const putBack = guard.takeOut();
  try {
    return playCaught(scenario, {}, guard.caughtBy);
  } finally {
    putBack();
  }
}

export function canBeTakenOut({ kind }: Guard): boolean {
  return kind === "switch" || kind === "replaced";
}

function playCaught(
  { setting, play }: Scenario,
  without: Scenario["setting"],
  caughtBy: CaughtBy,
): string | undefined {
  // Violations are gathered: without its guard the world may well stop for other reasons, too.
  const stage = new Stage({ ...setting, ...without, isChecked: false });
  const stopped = attempt(() => {
    play(stage);
    stage.world.oracles.settled();
  });
  if ("promise" in caughtBy) return stopped?.includes(caughtBy.promise) ? stopped : undefined;
  const { oracle, says = "" } = caughtBy;
  const { violations } = stage.world.oracles;
  return violations.find((one) => one.oracle === oracle && one.what.includes(says))?.what;
}

/**
 * Another function in the place of a method, for as long as a scenario runs.
 * @returns What puts it back.
 */
export function replace<Owner extends object, Key extends keyof Owner>(
  owner: Owner,
  key: Key,
  make: (original: Owner[Key]) => Owner[Key],
): () => void {
  const before = Object.getOwnPropertyDescriptor(owner, key);
  if (before === undefined) throw new Error(`nothing called ${String(key)} to replace`);
  Object.defineProperty(owner, key, { ...before, value: make(owner[key]) });
  return () => void Object.defineProperty(owner, key, before);
}

/** Nothing of the machine is at hand meanwhile. */
function attempt(run: () => void): string | undefined {
  const open = sealGlobals();
  try {
    run();
    return undefined;
  } catch (error) {
    return error instanceof Error ? error.message : String(error);
  } finally {
    open();
  }
}
