// Mail on its way into mailboxes, and the one place where it is dropped. Whatever a message owns is settled
// by the drop: its payload goes back, its asker is answered, its counter is raised, each exactly once.
import { type AnyAddress, sameAddress } from "../actor/address.ts";
import { askFailure } from "../actor/ask-error.ts";
import type { MessageShape } from "../actor/definition.ts";
import { toErrorData } from "../actor/error-data.ts";
import type { AnyLayout } from "../actor/layout.ts";
import type { DropReason, TellResult } from "../actor/outcome.ts";
import type { Clock } from "../platform/environment.ts";
import type { MailCounters } from "../routing/mail-counters.ts";
import { dropReasonOf, type RoutingTable } from "../routing/routing-table.ts";
import type { Calls } from "./calls.ts";
import type { Cell } from "./cell.ts";
import type { CellTable } from "./cell-table.ts";
import type { KernelObserver } from "./kernel-options.ts";
import { MailEnvelope } from "./mail-envelope.ts";
import type { Outbound, SendResult } from "./outbound.ts";
import { PlainEnvelopes } from "./plain-envelopes.ts";
import { type CallNumber, type MailRecord, plainMail } from "./record.ts";
import type { Scheduler } from "./scheduler.ts";
import type { Signals } from "./signals.ts";
import type { TimerTick } from "./timer-tick.ts";

type PostOptions = {
  readonly cells: CellTable;
  readonly calls: Calls;
  readonly signals: Signals;
  readonly scheduler: Scheduler;
  readonly counters: MailCounters;
  readonly routing: RoutingTable;
  readonly outbound: Outbound;
  readonly clock: Clock;
  readonly isLocalDirect: boolean;
  readonly observer: KernelObserver;
  /** A life that makes own mail and throws while doing it. */
  readonly onThrow: (cell: Cell, error: unknown) => void;
};

/** Mail that has left its sender's hands: all that a drop has to settle. */
type Letter = MailRecord;

export type OwnMailOrigin = {
  readonly tick?: TimerTick;
  /** Undoes what the message brings when no handler will see it. */
  readonly discard?: (() => void) | undefined;
};

export class Post {
  readonly #o: PostOptions;
  readonly #envelopes = new PlainEnvelopes();

  constructor(options: PostOptions) {
    this.#o = options;
  }

  /** The fast path: nothing comes with the message but its sender. */
  tell(
    sender: Cell,
    to: AnyAddress,
    message: MessageShape,
    layout: AnyLayout | undefined,
  ): TellResult {
    const { isLocalDirect, cells, counters } = this.#o;
    if (!isLocalDirect || !cells.owns(to.slot)) return this.#tellAway(sender, to, message, layout);
    counters.noteSent();
    const cell = cells.findAt(to.slot, to.incarnation);
    if (cell?.state !== "open" || cell.mailbox.isFull) {
      const letter = plainMail(sender.address, to, message, layout);
      return this.#drop(letter, this.#refusal(cell, to) ?? "vacant");
    }
    this.#put(cell, message, sender.plainEnvelope);
    return "ok";
  }

  /** To another thread, without a record where the carrier can do without. */
  #tellAway(
    sender: Cell,
    to: AnyAddress,
    message: MessageShape,
    layout: AnyLayout | undefined,
  ): TellResult {
    const { routing, counters } = this.#o;
    // First of all: a thread may be ended anywhere, and must not have passed on more than it was given.
    counters.noteSent();
    const route = routing.lookUp(to.slot, to.incarnation);
    const result =
      route < 0 ? dropReasonOf(route) : this.#handOverPlain(sender, route, to, message, layout);
    if (result !== "ok" && result !== "paused")
      return this.#drop(plainMail(sender.address, to, message, layout), result);
    counters.noteHandedOver();
    if (result === "paused") sender.pauseFor(route);
    return "ok";
  }

  #handOverPlain(
    sender: Cell,
    thread: number,
    to: AnyAddress,
    message: MessageShape,
    layout: AnyLayout | undefined,
  ): SendResult {
    const { outbound, counters } = this.#o;
    try {
      return outbound.sendPlain(thread, sender.address, to, message, layout);
    } catch (error) {
      counters.noteUnsent();
      throw error;
    }
  }

  /** Takes over what `letter` owns. */
  send(sender: Cell, letter: Letter): TellResult {
    this.#o.counters.noteSent();
    if (this.#o.isLocalDirect && this.#o.cells.owns(letter.to.slot)) return this.#take(letter);
    const route = this.#o.routing.lookUp(letter.to.slot, letter.to.incarnation);
    if (route < 0) return this.#drop(letter, dropReasonOf(route));
    const result = this.#handOver(sender, route, letter);
    if (result !== "ok" && result !== "paused") return this.#drop(letter, result);
    this.#o.counters.noteHandedOver();
    this.#noteAsk(letter, route);
    if (result === "paused") sender.pauseFor(route);
    return "ok";
  }

  /** An asker has to know on which thread its ask is, to hear of its death; also of one forwarded. */
  #noteAsk({ from, call }: Letter, thread: number): void {
    if (from === undefined || call === 0) return;
    if (this.#o.cells.owns(from.slot)) this.#o.calls.noteThread(from, call, thread);
    else this.#o.signals.send(from, { kind: "moved", to: from, call, thread });
  }

  /** A message that cannot be encoded is the sender's mistake: thrown at it, and never sent. */
  #handOver(sender: Cell, thread: number, letter: Letter): SendResult {
    try {
      return this.#o.outbound.send(thread, letter);
    } catch (error) {
      this.#o.counters.noteUnsent();
      letter.payload?.release();
      this.#closeAsk(sender, letter, error);
      throw error;
    }
  }

  /** An asker hears it by the throw; somebody else's ask that was to be forwarded is answered. */
  #closeAsk(sender: Cell, { from, call }: Letter, error: unknown): void {
    if (from === undefined || call === 0) return;
    if (sameAddress(from, sender.address)) this.#o.calls.take(from, call);
    else {
      const failure = { kind: "failed", reason: "error", error: toErrorData(error) } as const;
      this.#o.signals.send(from, { kind: "failure", to: from, call, failure });
    }
  }

  /** What another thread sent. */
  accept(record: MailRecord): void {
    this.#o.counters.noteArrived();
    this.#take(record);
  }

  /** As `accept` of mail that is nothing but a message from one life to another. */
  acceptPlain(
    toSlot: number,
    toIncarnation: number,
    fromSlot: number,
    fromIncarnation: number,
    message: MessageShape,
  ): void {
    this.#o.counters.noteArrived();
    const cell = this.#o.cells.findAt(toSlot, toIncarnation);
    const isWelcome = cell?.state === "open" && !cell.mailbox.isFull && this.#o.isLocalDirect;
    if (isWelcome) this.#put(cell, message, this.#envelopes.of(fromSlot, fromIncarnation));
    else {
      const to = { slot: toSlot, incarnation: toIncarnation };
      const from = { slot: fromSlot, incarnation: fromIncarnation };
      this.#take(plainMail(from, to, message, undefined));
    }
  }

  /** What this thread had handed over and nobody could carry. */
  returned(record: MailRecord, reason: DropReason): void {
    this.#o.counters.noteReturned();
    this.#drop(record, reason);
  }

  /** Mail of a life to itself. The message is made here, so that a held-up life makes none. */
  putOwn(cell: Cell, makeMessage: () => MessageShape, origin: OwnMailOrigin): void {
    const message = cell.isHandling ? this.#makeOwn(cell, makeMessage) : undefined;
    if (message === undefined) origin.discard?.();
    else this.#put(cell, message, MailEnvelope.own(origin.tick, origin.discard));
  }

  /** The mail of `cell` that no handler will see. */
  dropQueue(cell: Cell, reason: DropReason): void {
    for (
      let message = cell.mailbox.takeAny();
      message !== undefined;
      message = cell.mailbox.takeAny()
    ) {
      const envelope = cell.mailbox.envelope;
      if (envelope !== undefined) this.dropMail(cell, message, envelope, reason);
    }
  }

  /** As `dropQueue`, of a life whose code can not run any more: own mail is simply gone. */
  loseQueue(cell: Cell, reason: DropReason): void {
    for (
      let message = cell.mailbox.takeAny();
      message !== undefined;
      message = cell.mailbox.takeAny()
    ) {
      const envelope = cell.mailbox.envelope;
      if (envelope !== undefined && envelope.kind !== "own")
        this.dropMail(cell, message, envelope, reason);
    }
  }

  /** Mail that was taken out of the mailbox and is not handled. */
  dropMail(cell: Cell, message: MessageShape, envelope: MailEnvelope, reason: DropReason): void {
    const { from, call, block } = envelope;
    envelope.block = undefined;
    if (envelope.kind === "own") envelope.discard?.();
    else {
      const [to, payload, layout] = [cell.address, block, undefined];
      const letter = {
        kind: "mail",
        to,
        from,
        call,
        budgetMs: 0,
        message,
        payload,
        layout,
      } as const;
      this.#drop(letter, reason);
    }
  }

  #take(letter: Letter): TellResult {
    const cell = this.#o.cells.find(letter.to);
    const refusal = this.#refusal(cell, letter.to);
    if (refusal !== undefined || cell === undefined) return this.#drop(letter, refusal ?? "vacant");
    const { from, call, payload } = letter;
    if (this.#o.isLocalDirect && call === 0 && payload === undefined && from !== undefined) {
      this.#put(cell, letter.message, this.#envelopes.of(from.slot, from.incarnation));
      return "ok";
    }
    const deadlineMs = call === 0 ? 0 : this.#o.clock.nowMs() + letter.budgetMs;
    this.#put(cell, letter.message, MailEnvelope.mail(from, call, deadlineMs, payload));
    return "ok";
  }

  /** The owner's decision; undefined when the mail may come in. */
  #refusal(cell: Cell | undefined, to: AnyAddress): DropReason | undefined {
    if (cell === undefined) return this.#o.cells.missReason(to);
    return cell.refusal ?? (cell.mailbox.isFull ? "mailbox-full" : undefined);
  }

  #makeOwn(cell: Cell, makeMessage: () => MessageShape): MessageShape | undefined {
    try {
      return makeMessage();
    } catch (error) {
      this.#o.onThrow(cell, error);
      return undefined;
    }
  }

  #put(cell: Cell, message: MessageShape, envelope: MailEnvelope): void {
    cell.mailbox.put(message, envelope);
    this.#o.scheduler.mailQueued(cell, message, envelope);
  }

  #drop(letter: Letter, reason: DropReason): DropReason {
    const { to, from, call, message, payload } = letter;
    this.#o.counters.noteDropped(reason);
    payload?.release();
    this.#o.observer.deadLetter?.({ reason, to, from, message });
    if (from !== undefined && call !== 0) this.#answerDropped(from, call, reason);
    return reason;
  }

  #answerDropped(asker: AnyAddress, call: CallNumber, reason: DropReason): void {
    if (this.#o.cells.find(asker) !== undefined) this.#o.calls.fail(asker, call, reason);
    else
      this.#o.signals.send(asker, {
        kind: "failure",
        to: asker,
        call,
        failure: askFailure(reason),
      });
  }
}
