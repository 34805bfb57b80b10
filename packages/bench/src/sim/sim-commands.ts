// The simulations by name.
import { clusterCommand } from "./cluster-command.ts";
import { raceCommand } from "./race-command.ts";
import { raftCommand } from "./raft-command.ts";
import type { SimCommand } from "./sim-command.ts";

export const SIM_COMMANDS: Readonly<Record<string, SimCommand>> = {
  cluster: clusterCommand,
  race: raceCommand,
  raft: raftCommand,
};
