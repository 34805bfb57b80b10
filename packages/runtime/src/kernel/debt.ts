// A reply that a life owes: made when the handler of an ask is entered, gone when it is answered,
// forwarded, or answered with an error because the life ends. Each way takes it out of the one chain.
import type { AnyAddress } from "../actor/address.ts";
import type { ReplyToken } from "../actor/envelope.ts";
import { Link } from "./chain.ts";
import type { CallNumber } from "./record.ts";

export class Debt extends Link implements ReplyToken {
  readonly asker: AnyAddress;
  readonly ask: CallNumber;
  /** When the asker gives up, on this thread's clock. */
  readonly deadlineMs: number;

  constructor(asker: AnyAddress, ask: CallNumber, deadlineMs: number) {
    super();
    this.asker = asker;
    this.ask = ask;
    this.deadlineMs = deadlineMs;
  }
}
