// Who decides what a kernel does next. On threads it is the run queue; in simulation each piece of mail and
// each turn end is a step of its own, taken in any order that a test or a seed chooses.
import type { MessageShape } from "../actor/definition.ts";
import type { Cell } from "./cell.ts";
import type { MailEnvelope } from "./mail-envelope.ts";

export interface Scheduler {
  /** The mail lies in the mailbox of `cell`, which may not be able to take it yet. */
  mailQueued(cell: Cell, message: MessageShape, envelope: MailEnvelope): void;
  /** `cell` can take mail again: it had been waiting for a handler, a lane, or a test. */
  resumed(cell: Cell): void;
  /** `cell` has handled mail and wants its `turnEnd`; said once until that has run. */
  turnEndDue(cell: Cell): void;
}
