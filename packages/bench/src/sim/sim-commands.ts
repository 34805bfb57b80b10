// The simulations by name.
import { raftCommand } from "./raft-command.ts";
import type { SimCommand } from "./sim-command.ts";

export const SIM_COMMANDS: Readonly<Record<string, SimCommand>> = {
  raft: raftCommand,
};
