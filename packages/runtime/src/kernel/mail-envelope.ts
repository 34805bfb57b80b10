// What lies in a mailbox beside a message. One class for all kinds of mail, so that handlers see one shape.
//
// - `plain`: nothing but the sender; one shared by all plain mail of a life, so that it costs no allocation.
// - `mail`: user mail with a debt, a payload, or from another thread.
// - `own`: what the life itself has started: ticks, outcomes, terminations.
import type { AnyAddress } from "../actor/address.ts";
import type { Envelope, Payload } from "../actor/envelope.ts";
import type { Debt } from "./debt.ts";
import type { OwnedPayload } from "./owned-payload.ts";
import type { PayloadBlock } from "./payload-allocator.ts";
import type { CallNumber } from "./record.ts";
import type { TimerTick } from "./timer-tick.ts";

export class MailEnvelope implements Envelope {
  readonly kind: "plain" | "mail" | "own";
  readonly from: AnyAddress | undefined;
  readonly call: CallNumber;
  readonly deadlineMs: number;
  /** Owned by this envelope until the handler is entered or the mail is dropped. */
  block: PayloadBlock | undefined;
  /** The timer this came from: the mail counts only while it is still the one set under its key. */
  readonly tick: TimerTick | undefined;
  /** Undoes what the message brings when no handler will see it. */
  readonly discard: (() => void) | undefined;
  /** False once it was taken out of the mailbox. Means nothing for `plain`. */
  isQueued = true;

  /** Set while the handler runs. */
  reply: Debt | undefined;
  payload: OwnedPayload | undefined;
  /** Set when the handler has ended: what the message brought is somebody else's mail now. */
  isPassedOn = false;
  #isTaken = false;

  private constructor(
    kind: MailEnvelope["kind"],
    from: AnyAddress | undefined,
    call: CallNumber,
    deadlineMs: number,
    block: PayloadBlock | undefined,
    tick: TimerTick | undefined,
    discard: (() => void) | undefined,
  ) {
    this.kind = kind;
    this.from = from;
    this.call = call;
    this.deadlineMs = deadlineMs;
    this.block = block;
    this.tick = tick;
    this.discard = discard;
  }

  static plain(from: AnyAddress): MailEnvelope {
    return new MailEnvelope("plain", from, 0, 0, undefined, undefined, undefined);
  }

  static mail(
    from: AnyAddress | undefined,
    call: CallNumber,
    deadlineMs: number,
    block: PayloadBlock | undefined,
  ): MailEnvelope {
    return new MailEnvelope("mail", from, call, deadlineMs, block, undefined, undefined);
  }

  static own(tick: TimerTick | undefined, discard: (() => void) | undefined): MailEnvelope {
    return new MailEnvelope("own", undefined, 0, 0, undefined, tick, discard);
  }

  takePayload(): Payload | undefined {
    if (this.payload === undefined || this.#isTaken) return undefined;
    this.#isTaken = true;
    return this.payload;
  }

  /** After the handler: what it did not take goes back. */
  releaseUntaken(): void {
    this.isPassedOn = this.payload?.isPassedOn === true;
    if (!this.#isTaken) this.payload?.release();
    this.payload = undefined;
  }
}
