// Who chooses the next step of a run among all that could be taken. Each way of choosing finds other
// bugs, so a campaign draws one for each seed.
import type { Random } from "@multiraft/runtime";
import type { Candidate } from "@multiraft/runtime/testing";
import { DelayBound } from "./delay-bound.ts";
import { Priorities } from "./priorities.ts";
import { RandomWalk } from "./random-walk.ts";

export interface Explorer {
  readonly name: string;
  /** @param candidates Never empty, oldest first. @returns A place among them. */
  choose(candidates: readonly Candidate[]): number;
}

/** Of 20 seeds 8 walk, 6 go by priorities, 3 are bounded in their delays, 3 walk from actor to actor. */
export function drawExplorer(random: Random): Explorer {
  const drawn = random.below(20);
  const stream = random.fork("explorer");
  if (drawn < 8) return new RandomWalk(stream, "step");
  if (drawn < 14) return new Priorities(stream, 2 + random.below(3));
  if (drawn < 17) return new DelayBound(stream, 4 + random.below(60));
  return new RandomWalk(stream, "actor");
}
