/** The options of `add-nodes`: how new nodes are set up, and the state that they start from. */
import {
  type ConfState,
  EMPTY_CONF_STATE,
  type LogIndex,
  normalizeConfState,
  type ReadMode,
  type TraceSink,
  toLogIndex,
} from "../../raft/index.ts";
import { type Call, parseId } from "./call.ts";
import type { NodeOptions } from "./interaction-node.ts";
import { ScriptError } from "./script-error.ts";

export const ELECTION_TICKS = 3;
const HEARTBEAT_TICKS = 1;

export type FirstState = { readonly index: LogIndex; readonly confState: ConfState };

export function readFirstState(call: Call): FirstState {
  const voters = (call.list("voters") ?? []).map(parseId);
  const learners = (call.list("learners") ?? []).map(parseId);
  const isEmpty = voters.length + learners.length === 0;
  return {
    index: toLogIndex(call.numberOption("index") ?? 0),
    confState: isEmpty
      ? EMPTY_CONF_STATE
      : normalizeConfState({ ...EMPTY_CONF_STATE, voters, learners }),
  };
}

/**
 * Limits that are left out do not bind, nor does one of 0 bytes. The election timeout of a node is
 * no part of any output.
 */
export function readNodeOptions(call: Call, trace: TraceSink | undefined): Omit<NodeOptions, "id"> {
  const unlimited = Number.POSITIVE_INFINITY;
  return {
    electionTicks: ELECTION_TICKS,
    heartbeatTicks: HEARTBEAT_TICKS,
    random: () => 0,
    asyncStorageWrites: call.flag("async-storage-writes"),
    messageBytesMax: unlimited,
    applyingBytesMax: call.numberOption("max-committed-size-per-ready") || unlimited,
    uncommittedBytesMax: unlimited,
    inflightMessagesMax: call.numberOption("inflight") ?? unlimited,
    checkQuorum: call.flag("checkquorum"),
    preVote: call.flag("prevote"),
    readMode: readMode(call.option("read-only") ?? "safe"),
    disableConfChangeValidation: call.flag("disable-conf-change-validation"),
    stepDownOnRemoval: call.flag("step-down-on-removal"),
    ...(trace === undefined ? {} : { trace }),
  };
}

function readMode(name: string): ReadMode {
  if (name === "safe" || name === "lease-based") return name;
  throw new ScriptError(`unknown read-only mode ${name}`);
}
