// What may go wrong in a simulated cluster, by name. Each fault is begun at a step, and ends by itself
// or with the chaos.
import type { Random } from "@multiraft/runtime";
import { diskFaults } from "./disk-faults.ts";
import type { FaultSite } from "./fault-site.ts";
import { machineFaults } from "./machine-faults.ts";
import { networkFaults } from "./network-faults.ts";
import { placementFaults } from "./placement-faults.ts";
import { removalFaults } from "./removal-faults.ts";
import { removedTwiceFaults } from "./removed-twice.ts";
import { replicaFaults } from "./replica-faults.ts";
import { splitFaults } from "./split-faults.ts";
import { threadFaults } from "./thread-faults.ts";

export const FAULT_NAMES = [
  "isolate",
  "leave-leader-behind",
  "cut-one-way",
  "cut-in-two",
  "bad-links",
  "old-mail",
  "crash",
  "crash-all",
  "kill-process",
  "die-at-sync",
  "crash-at-moment",
  "crash-driver",
  "stall-disks",
  "stop-at-write",
  "fail-sync",
  "fail-tablet-sync",
  "fill-disk",
  "flip-bit",
  "lose-file",
  "flip-bit-of-driver",
  "lose-file-of-driver",
  "jump-clock",
  "change-rate",
  "jump-wall",
  "pause-store",
  "pause-replica",
  "slow-store",
  "pause-driver",
  "pause-thread",
  "slow-thread",
  "kill-thread",
  "fail-replica",
  "transfer-leader",
  "split",
  "strike-at-split",
  "late-child",
  "late-parent",
  "move-replica",
  "remove-replica",
  "removed-candidate",
  "removed-twice",
  "old-order",
] as const;
export type FaultName = (typeof FAULT_NAMES)[number];

/** @returns What was done, for people; undefined when there was nothing to do it to. */
export type Fault = (site: FaultSite, random: Random) => string | undefined;

export const FAULTS: Readonly<Record<FaultName, Fault>> = {
  ...networkFaults,
  ...diskFaults,
  ...machineFaults,
  ...placementFaults,
  ...removalFaults,
  ...removedTwiceFaults,
  ...replicaFaults,
  ...splitFaults,
  ...threadFaults,
};
