// The mail of one life: messages and their envelopes, in order of arrival. User mail is bounded here; own
// mail is bounded where it is started. A test may hold kinds of messages back while others overtake them.
import type { MessageShape } from "../actor/definition.ts";
import { assert } from "../assert.ts";
import { isMailboxBound } from "./limits.ts";
import type { MailEnvelope } from "./mail-envelope.ts";
import { PairFifo } from "./pair-fifo.ts";

export class Mailbox {
  readonly #mail = new PairFifo<MessageShape, MailEnvelope>();
  readonly #userMax: number;
  #userQueued = 0;
  #heldKinds: ReadonlySet<string> | undefined;
  /** Of the message that `take` gave last. */
  envelope: MailEnvelope | undefined;

  constructor(userMax: number) {
    assert(isMailboxBound(userMax), "a mailbox must hold at least one message");
    this.#userMax = userMax;
  }

  get size(): number {
    return this.#mail.size;
  }

  get userQueued(): number {
    return this.#userQueued;
  }

  get ownQueued(): number {
    return this.#mail.size - this.#userQueued;
  }

  get isFull(): boolean {
    return this.#userQueued >= this.#userMax;
  }

  /** True when `take` would give something. */
  get hasMail(): boolean {
    if (this.#heldKinds === undefined) return this.#mail.size > 0;
    return this.#firstNotHeld() !== undefined;
  }

  put(message: MessageShape, envelope: MailEnvelope): void {
    this.#mail.push(message, envelope);
    if (envelope.kind !== "own") this.#userQueued += 1;
  }

  /** The next message; its envelope is in `envelope` then (two values without an allocation). */
  take(): MessageShape | undefined {
    return this.#heldKinds === undefined ? this.takeAny() : this.#takeNotHeld();
  }

  /** As `take`, held back or not. */
  takeAny(): MessageShape | undefined {
    const message = this.#mail.shift();
    if (message !== undefined) this.#took(this.#mail.second);
    return message;
  }

  /** Takes the mail with exactly this envelope. Linear: for scripted orders. */
  takeExactly(envelope: MailEnvelope): MessageShape | undefined {
    for (let index = 0; index < this.#mail.size; index += 1)
      if (this.#mail.secondAt(index) === envelope) return this.#takeAt(index);
    return undefined;
  }

  hold(kinds: readonly string[]): void {
    this.#heldKinds = new Set([...(this.#heldKinds ?? []), ...kinds]);
  }

  releaseHeld(): void {
    this.#heldKinds = undefined;
  }

  isHeld(message: MessageShape): boolean {
    return this.#heldKinds?.has(message.kind) ?? false;
  }

  #takeNotHeld(): MessageShape | undefined {
    const index = this.#firstNotHeld();
    return index === undefined ? undefined : this.#takeAt(index);
  }

  #firstNotHeld(): number | undefined {
    for (let index = 0; index < this.#mail.size; index += 1)
      if (!this.isHeld(this.#mail.firstAt(index))) return index;
    return undefined;
  }

  #takeAt(index: number): MessageShape | undefined {
    const message = this.#mail.removeAt(index);
    this.#took(this.#mail.second);
    return message;
  }

  #took(envelope: MailEnvelope | undefined): void {
    assert(envelope !== undefined, "a message lay in the mailbox without its envelope");
    this.envelope = envelope;
    if (envelope.kind !== "own") this.#userQueued -= 1;
    if (envelope.kind !== "plain") envelope.isQueued = false;
  }
}
