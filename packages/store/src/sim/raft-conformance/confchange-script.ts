/**
 * Runs `confchange` scripts: changes of a configuration and its members' progress, without a node.
 */
import type { ConfChangeSingle, LogIndex, ReconfigureRefusal } from "../../raft/index.ts";
import {
  enterJoint,
  leaveJoint,
  type NewProgress,
  type Reconfigured,
  simpleChange,
} from "../../raft/reconfigure.ts";
import { Tracker } from "../../raft/tracker.ts";
import { Call } from "./call.ts";
import { CommandError } from "./command-error.ts";
import { parseOperations } from "./operations.ts";
import type { Directive } from "./script.ts";
import { configurationText, progressListing } from "./text.ts";

const REFUSAL: Record<ReconfigureRefusal, string> = {
  "removed-all-voters": "removed all voters",
  "simple-change-in-joint": "can't apply simple config change in joint config",
  "more-than-one-voter-changed": "more than one voter changed without entering joint config",
  "already-joint": "config is already joint",
  "zero-voter-joint": "can't make a zero-voter config joint",
  "not-joint": "can't leave a non-joint config",
};

export class ConfChangeScript {
  readonly #tracker = new Tracker();
  #lastIndex = 0;

  run(directive: Directive): string {
    try {
      return this.#output(this.#change(directive));
    } catch (error) {
      if (error instanceof CommandError) return error.message;
      throw error;
    } finally {
      this.#lastIndex += 1;
    }
  }

  #change(directive: Directive): Reconfigured {
    const { membership } = this.#tracker;
    const call = new Call(directive);
    switch (call.command) {
      case "simple":
        return simpleChange(membership, readChanges(call), this.#fresh());
      case "enter-joint": {
        const isAutoLeave = call.flag("autoleave");
        return enterJoint(membership, readChanges(call), isAutoLeave, this.#fresh());
      }
      case "leave-joint":
        if (readChanges(call).length > 0) throw new CommandError("this command takes no input");
        return leaveJoint(membership);
      default:
        throw new CommandError("unknown command");
    }
  }

  #fresh(): NewProgress {
    return {
      lastIndex: this.#lastIndex as LogIndex,
      limits: { inflightMessagesMax: 10, inflightBytesMax: Number.POSITIVE_INFINITY },
    };
  }

  #output(result: Reconfigured): string {
    if (!result.ok) return `${REFUSAL[result.refusal]}\n`;
    this.#tracker.install(result.membership);
    const { confState } = this.#tracker;
    const listing = progressListing(confState, (id) => this.#tracker.progressOf(id));
    return `${configurationText(confState)}\n${listing}`;
  }
}

/** The input is the last that a command reads. */
function readChanges(call: Call): readonly ConfChangeSingle[] {
  const input = call.input();
  call.end();
  return parseOperations(input);
}
