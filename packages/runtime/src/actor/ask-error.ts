// What `ctx.ask` rejects with: an ask that ended without a reply.
import { fromErrorData } from "./error-data.ts";
import type { AskFailure, DropReason } from "./outcome.ts";

export class AskError extends Error {
  override readonly name = "AskError";
  readonly code = "ERR_MULTIRAFT_ASK";
  readonly reason: AskFailure["reason"];
  constructor(failure: AskFailure) {
    super(failure.error.message, { cause: fromErrorData(failure.error) });
    this.reason = failure.reason;
  }
}

const SENTENCES: Readonly<Record<DropReason | "timeout" | "aborted", string>> = {
  tombstone: "the actor has closed its mailbox",
  "stale-incarnation": "the address belongs to an earlier life",
  vacant: "nobody has this address",
  "mailbox-full": "the mailbox of the actor is full",
  "lane-full": "the lane to the actor's thread is full",
  "thread-dead": "the thread of the actor has died",
  "shut-down": "the system is shutting down",
  expired: "the deadline had passed before the actor could look at the message",
  timeout: "no reply came in time",
  aborted: "the asker gave up",
};

/** The outcome of an ask that no actor has answered. */
export function askFailure(reason: DropReason | "timeout" | "aborted"): AskFailure {
  const code = `ERR_MULTIRAFT_ASK_${reason.toUpperCase().replace("-", "_")}`;
  const error = {
    name: "AskError",
    message: SENTENCES[reason],
    code,
    stack: undefined,
    cause: undefined,
  };
  return { kind: "failed", reason, error };
}
