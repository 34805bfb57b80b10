// From a mailbox into the handler: one message at a time, never re-entrant. Before the handler is entered the
// mail is checked once more (an ask may have expired, a timer may have been set anew); after it, what the
// message brought and nobody took goes back.
import type { MessageShape } from "../actor/definition.ts";
import { InvariantError } from "../assert.ts";
import type { Clock } from "../platform/environment.ts";
import type { MailCounters } from "../routing/mail-counters.ts";
import type { Cell } from "./cell.ts";
import { Debt } from "./debt.ts";
import { isPromise } from "./immediate-performer.ts";
import type { Interlude } from "./interlude.ts";
import { MESSAGE_BYTES_LOG2, TURN_MESSAGES_MAX } from "./limits.ts";
import type { Lives } from "./lives.ts";
import type { MailEnvelope } from "./mail-envelope.ts";
import { OwnedPayload } from "./owned-payload.ts";
import type { Post } from "./post.ts";
import type { Scheduler } from "./scheduler.ts";

type DeliveryOptions = {
  readonly counters: MailCounters;
  readonly clock: Clock;
  readonly post: Post;
  readonly lives: Lives;
  readonly interlude: Interlude;
  readonly scheduler: Scheduler;
};

export class Delivery {
  readonly #o: DeliveryOptions;
  /** What the handler that is running has done beside handling its message, in messages. */
  #extraWeight = 0;
  /** Set by who runs the turn, now and then: asks expire with that much less precision. */
  nowMs = 0;

  constructor(options: DeliveryOptions) {
    this.#o = options;
  }

  /**
   * Messages of one actor until they weigh `weightMax`. @returns What was taken out of its mailbox weighs: a
   * message without a payload 1, and no more than that one whose payload was passed on as it was. Payloads that are
   * made weigh as those that come. One whose handler performed something weighs as all of a turn: nobody knows how
   * long that took, and what it brings about is waited for on another thread. What turn ends do weighs nothing.
   */
  runSlice(cell: Cell, weightMax: number): number {
    let weight = 0;
    while (weight < weightMax && cell.canTakeMail) {
      const message = cell.mailbox.take();
      if (message === undefined) break;
      const { envelope } = cell.mailbox;
      const payload = payloadWeight(envelope);
      this.#extraWeight = 0;
      this.#deliver(cell, message);
      weight += 1 + this.#extraWeight + (envelope?.isPassedOn === true ? 0 : payload);
    }
    return weight;
  }

  notePerformed(): void {
    this.#extraWeight += TURN_MESSAGES_MAX;
  }

  noteAllocated(bytes: number): void {
    this.#extraWeight += bytes >>> MESSAGE_BYTES_LOG2;
  }

  /** The one mail with this envelope, wherever it lies in the mailbox. For scripted orders. */
  runExactly(cell: Cell, envelope: MailEnvelope): void {
    this.nowMs = this.#o.clock.nowMs();
    const message = cell.mailbox.takeExactly(envelope);
    if (message !== undefined) this.#deliver(cell, message);
  }

  runTurnEnd(cell: Cell): void {
    cell.owesTurnEnd = false;
    if (!cell.isHandling) return;
    this.#o.interlude.enter();
    try {
      cell.behavior?.turnEnd?.();
    } catch (error) {
      this.#o.lives.fail(cell, error);
    } finally {
      this.#o.interlude.leave();
    }
  }

  #deliver(cell: Cell, message: MessageShape): void {
    const envelope = cell.mailbox.envelope;
    if (envelope === undefined) return;
    switch (envelope.kind) {
      case "plain":
        this.#o.counters.noteDelivered();
        this.#receive(cell, message, envelope);
        break;
      case "mail":
        this.#deliverMail(cell, message, envelope);
        break;
      case "own":
        this.#deliverOwn(cell, message, envelope);
        break;
    }
  }

  #deliverMail(cell: Cell, message: MessageShape, envelope: MailEnvelope): void {
    if (envelope.call !== 0 && envelope.deadlineMs <= this.nowMs) {
      this.#o.post.dropMail(cell, message, envelope, "expired");
      this.#o.lives.closeIfDrained(cell);
      return;
    }
    this.#o.counters.noteDelivered();
    openEnvelope(cell, envelope);
    this.#receive(cell, message, envelope);
  }

  /** A tick counts only while it is the one that is set under its key. */
  #deliverOwn(cell: Cell, message: MessageShape, envelope: MailEnvelope): void {
    const { tick } = envelope;
    if (tick !== undefined && cell.lease.timers.get(tick.key) !== tick) {
      this.#o.lives.closeIfDrained(cell);
      return;
    }
    if (tick !== undefined) cell.lease.timers.delete(tick.key);
    this.#receive(cell, message, envelope);
  }

  #receive(cell: Cell, message: MessageShape, envelope: MailEnvelope): void {
    this.#o.interlude.enter();
    cell.activity = "running";
    try {
      const result = cell.behavior?.receive(message, envelope);
      if (isPromise(result)) this.#await(cell, envelope, result);
      else this.#settled(cell, envelope);
    } catch (error) {
      this.#threw(cell, envelope, error);
    } finally {
      this.#o.interlude.leave();
    }
  }

  #await(cell: Cell, envelope: MailEnvelope, result: PromiseLike<unknown>): void {
    cell.activity = "awaiting";
    result.then(
      () => this.#resume(cell, envelope),
      (error) => this.#rejected(cell, envelope, error),
    );
  }

  /** A result that comes after the life has ended changes nothing. */
  #resume(cell: Cell, envelope: MailEnvelope): void {
    this.#settled(cell, envelope);
    if (cell.isHandling) this.#o.scheduler.resumed(cell);
  }

  /** Of a life that has ended only a broken invariant is news: being aborted makes handlers reject. */
  #rejected(cell: Cell, envelope: MailEnvelope, error: unknown): void {
    if (cell.isHandling || error instanceof InvariantError) this.#threw(cell, envelope, error);
    else this.#settled(cell, envelope);
  }

  #settled(cell: Cell, envelope: MailEnvelope): void {
    cell.activity = "idle";
    if (envelope.payload !== undefined) envelope.releaseUntaken();
    if (cell.state === "draining") this.#o.lives.closeIfDrained(cell);
    if (cell.behavior?.turnEnd === undefined || cell.owesTurnEnd || !cell.isHandling) return;
    cell.owesTurnEnd = true;
    this.#o.scheduler.turnEndDue(cell);
  }

  #threw(cell: Cell, envelope: MailEnvelope, error: unknown): void {
    cell.activity = "idle";
    if (envelope.payload !== undefined) envelope.releaseUntaken();
    this.#o.lives.fail(cell, error);
  }
}

/** In messages. */
function payloadWeight(envelope: MailEnvelope | undefined): number {
  const block = envelope?.block;
  return block === undefined ? 0 : block.bytes.length >>> MESSAGE_BYTES_LOG2;
}

/** The handler is being entered: the ask becomes a debt and the block a payload, both under the lease. */
function openEnvelope(cell: Cell, envelope: MailEnvelope): void {
  const { from, call, block } = envelope;
  if (from !== undefined && call !== 0) {
    envelope.reply = new Debt(from, call, envelope.deadlineMs);
    cell.lease.debts.append(envelope.reply);
  }
  if (block === undefined) return;
  envelope.block = undefined;
  envelope.payload = new OwnedPayload(block);
  cell.lease.own(envelope.payload);
}
