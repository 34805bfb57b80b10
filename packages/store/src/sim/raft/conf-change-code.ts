/** Changes of membership by number: every number is one, so a schedule needs no more to name it. */
import {
  type ConfChange,
  type ConfChangeSingle,
  type ConfChangeTransition,
  type ConfChangeType,
  type ConfState,
  isJoint,
  LEAVE_JOINT,
  makeConfChange,
  type PeerId,
} from "../../raft/index.ts";
import { Random } from "./random.ts";

const TYPES = ["add-node", "add-node", "add-learner-node", "remove-node"] as const;
const TRANSITIONS: readonly [ConfChangeTransition, ...ConfChangeTransition[]] = [
  "auto",
  "implicit",
  "explicit",
];

export type CodedChange = {
  readonly change: ConfChange;
  readonly type: "conf-change" | "conf-change-v2";
};

/** The change with that number, for a group in that configuration. */
export function changeOf(code: number, confState: ConfState, peerCount: number): CodedChange {
  const random = new Random(code);
  if (isJoint(confState)) return { change: LEAVE_JOINT, type: "conf-change-v2" };
  const single = (): ConfChangeSingle => ({
    type: random.pick<ConfChangeType>(TYPES),
    nodeId: random.between(1, peerCount) as PeerId,
  });
  if (random.chance(20)) return { change: makeConfChange([single()]), type: "conf-change" };
  if (random.chance(25)) return { change: makeConfChange([single()]), type: "conf-change-v2" };
  const changes = Array.from({ length: random.between(1, 3) }, single);
  return { change: makeConfChange(changes, random.pick(TRANSITIONS)), type: "conf-change-v2" };
}
