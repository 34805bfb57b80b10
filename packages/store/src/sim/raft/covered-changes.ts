/** What a change of membership counts as, for the report of what a run has reached. */
import { type ConfChange, type ConfState, type Entry, isJoint, isVoter } from "../../raft/index.ts";
import type { Covered } from "./coverage.ts";

export function changesCovered({ type }: Entry, { changes, transition }: ConfChange): Covered {
  if (type === "conf-change") return "simple V1 changes";
  if (changes.length === 0) return "joint states left";
  if (transition === "implicit") return "implicit joint changes";
  if (transition === "explicit") return "explicit joint changes";
  return changes.length === 1 ? "simple V2 changes" : "automatic joint changes";
}

export function membershipCovered(before: ConfState, after: ConfState): readonly Covered[] {
  const covered: Covered[] = [];
  const isNew = (id: number) => !before.learners.some((learner) => learner === id);
  if (after.learners.some((id) => isNew(id) && !isVoter(before, id)))
    covered.push("learners added");
  if (after.learners.some((id) => isNew(id) && isVoter(before, id))) covered.push("voters demoted");
  if (before.learners.some((id) => isVoter(after, id))) covered.push("learners promoted");
  const isGone = (id: (typeof after.voters)[number]) =>
    !isVoter(after, id) && !after.learners.includes(id);
  const leaving = isJoint(before) ? before.votersOutgoing : before.voters;
  if (leaving.some(isGone)) covered.push("voters removed");
  return covered;
}
