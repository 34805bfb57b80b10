// What one actor can do. After its address has closed for good it can still tell, answer and stop others;
// what would bring mail to it does nothing. Once it has ended nothing it does has any effect: a stray
// promise of a dead life reaches nobody.

import { ActorError } from "../actor/actor-error.ts";
import type { Address, AnyAddress } from "../actor/address.ts";
import { AskError, askFailure } from "../actor/ask-error.ts";
import type { ActorContext, AskOptions, SendOptions, SpawnOptions } from "../actor/context.ts";
import type { ActorDefinition, MessageShape, ReplyTo } from "../actor/definition.ts";
import type { Envelope, Payload, ReplyToken } from "../actor/envelope.ts";
import type { JobDefinition } from "../actor/job.ts";
import type { Lease } from "../actor/lease.ts";
import type {
  AskOutcome,
  ErrorData,
  JobOutcome,
  SpawnOutcome,
  TellResult,
  Termination,
} from "../actor/outcome.ts";
import type { Environment } from "../platform/environment.ts";
import type { Call } from "./call.ts";
import type { Calls } from "./calls.ts";
import type { Cell } from "./cell.ts";
import type { DeadlineHeap } from "./deadline-heap.ts";
import type { Debt } from "./debt.ts";
import type { Delivery } from "./delivery.ts";
import type { AnyDefinition } from "./kernel-options.ts";
import { isMailboxBound, MAILBOX_MESSAGES_MAX, OWN_MAIL_MAX } from "./limits.ts";
import type { Lives } from "./lives.ts";
import { OwnedPayload, surrenderPayload } from "./owned-payload.ts";
import type { PayloadAllocator } from "./payload-allocator.ts";
import type { Post } from "./post.ts";
import type { SystemRecord } from "./record.ts";
import type { Signals } from "./signals.ts";
import type { Tasks } from "./tasks.ts";
import { TimerTick } from "./timer-tick.ts";

/** What all lives of a kernel share. */
export type ContextParts = {
  readonly thread: number;
  readonly environment: Environment;
  readonly calls: Calls;
  readonly deadlines: DeadlineHeap;
  readonly lives: Lives;
  readonly post: Post;
  readonly signals: Signals;
  readonly tasks: Tasks;
  readonly payloads: PayloadAllocator;
  readonly delivery: Delivery;
  readonly placeSpawn: (options: SpawnOptions) => number;
};

export class LifeContext<Message extends MessageShape> implements ActorContext<Message> {
  readonly #parts: ContextParts;
  readonly #cell: Cell;
  #environment: Environment | undefined;

  constructor(parts: ContextParts, cell: Cell) {
    this.#parts = parts;
    this.#cell = cell;
  }

  get self(): Address<Message> {
    return this.#cell.address as Address<Message>;
  }

  get thread(): number {
    return this.#parts.thread;
  }

  get environment(): Environment {
    this.#environment ??= this.#forkEnvironment();
    return this.#environment;
  }

  get lease(): Lease {
    return this.#cell.lease;
  }

  get signal(): AbortSignal {
    return this.#cell.signal;
  }

  tell<To extends MessageShape>(to: Address<To>, message: To, options?: SendOptions): void {
    this.tryTell(to, message, options);
  }

  tryTell<To extends MessageShape>(
    to: Address<To>,
    message: To,
    options?: SendOptions,
  ): TellResult {
    if (this.#hasEnded) return refuse(options);
    if (options?.payload === undefined)
      return this.#parts.post.tell(this.#cell, to, message, options?.layout);
    return this.#send(to, message, options, 0, 0);
  }

  ask<To extends MessageShape, Kind extends To["kind"]>(
    to: Address<To>,
    message: NoInfer<To> & { readonly kind: Kind },
    options: AskOptions,
  ): Promise<ReplyTo<To, Kind>> {
    return new Promise((resolve, reject) => {
      this.askThen(to, message, options, (outcome) => {
        if (outcome.kind === "reply") resolve(outcome.value as ReplyTo<To, Kind>);
        else reject(new AskError(outcome));
      });
    });
  }

  request<To extends MessageShape, Kind extends To["kind"]>(
    to: Address<To>,
    message: NoInfer<To> & { readonly kind: Kind },
    options: AskOptions,
    toMail: (outcome: AskOutcome<ReplyTo<To, Kind>>) => Message,
  ): void {
    type Outcome = AskOutcome<ReplyTo<To, Kind>>;
    this.askThen(to, message, options, (outcome) =>
      this.#parts.post.putOwn(this.#cell, () => toMail(outcome as Outcome), {}),
    );
  }

  /** As `request`, for code of the host that is no actor: `settle` is called at once with the outcome. */
  askThen(
    to: AnyAddress,
    message: MessageShape,
    options: AskOptions,
    settle: (outcome: AskOutcome<unknown>) => void,
  ): void {
    if (!this.#startsMore() || options.signal?.aborted) {
      options.payload?.release();
      settle(askFailure("aborted"));
      return;
    }
    const call = this.#parts.calls.openAsk(this.#cell, to, options, settle);
    this.#send(to, message, options, call.number, options.timeoutMs);
  }

  reply(token: ReplyToken, value: unknown): void {
    this.#pay(token, ({ asker, ask }) => ({ kind: "reply", to: asker, call: ask, value }));
  }

  replyError(token: ReplyToken, error: ErrorData): void {
    const failure = { kind: "failed", reason: "error", error } as const;
    this.#pay(token, ({ asker, ask }) => ({ kind: "failure", to: asker, call: ask, failure }));
  }

  forward<To extends MessageShape>(to: Address<To>, message: To, envelope: Envelope): void {
    if (this.#hasEnded) return;
    const { lease } = this.#cell;
    const debt = envelope.reply && lease.debtOf(envelope.reply);
    const taken = envelope.takePayload();
    const payload = taken && surrenderPayload(taken);
    // Only now: what was refused until here leaves the ask to be answered when the life ends.
    if (debt !== undefined) lease.debts.remove(debt);
    this.#parts.post.send(this.#cell, {
      kind: "mail",
      to,
      from: envelope.from,
      call: debt?.ask ?? 0,
      budgetMs: debt === undefined ? 0 : this.#leftMs(debt),
      message,
      payload,
      layout: undefined,
    });
  }

  spawn<M extends MessageShape, Args>(
    definition: ActorDefinition<M, Args>,
    args: Args,
    options: SpawnOptions,
    toMail: (outcome: SpawnOutcome<Address<M>>) => Message,
  ): void {
    if (!this.#startsMore()) return;
    const { mailboxMessagesMax = MAILBOX_MESSAGES_MAX } = options;
    if (!isMailboxBound(mailboxMessagesMax))
      throw new ActorError(
        "ERR_MULTIRAFT_MAILBOX_BOUND",
        `a mailbox holds a number of messages, not ${mailboxMessagesMax}`,
      );
    const settle = (outcome: SpawnOutcome<AnyAddress>): void =>
      this.#parts.post.putOwn(this.#cell, () => toMail(outcome as SpawnOutcome<Address<M>>), {});
    const call = this.#parts.calls.open(this.#cell, { what: "spawn", settle }, undefined);
    this.#sendCall(call, () =>
      this.#parts.signals.sendToThread(
        this.#parts.placeSpawn(options),
        {
          kind: "spawn",
          from: this.self,
          call: call.number,
          url: definition.url,
          name: definition.name,
          args,
          mailboxMessagesMax,
          definition: definition as unknown as AnyDefinition,
        },
        this.#cell,
      ),
    );
  }

  stop(target: AnyAddress, mode: "now" | "drain" = "now"): void {
    if (this.#hasEnded) return;
    this.#parts.signals.send(target, { kind: "stop", to: target, mode }, this.#cell);
  }

  stopSelf(): void {
    this.#parts.lives.close(this.#cell, { kind: "stopped" });
  }

  watch(target: AnyAddress, toMail: (termination: Termination) => Message): void {
    if (!this.#startsMore()) return;
    const settle = (termination: Termination): void =>
      this.#parts.post.putOwn(this.#cell, () => toMail(termination), {});
    const call = this.#parts.calls.open(this.#cell, { what: "watch", settle }, target);
    const record = { kind: "watch", to: target, from: this.self, call: call.number } as const;
    this.#sendCall(call, () => this.#parts.signals.send(target, record, this.#cell));
  }

  setTimer(key: string, delayMs: number, message: Message): void {
    if (!this.#startsMore()) return;
    if (!(Number.isFinite(delayMs) && delayMs >= 0))
      throw new ActorError("ERR_MULTIRAFT_DURATION", `a timer needs a delay, not ${delayMs} ms`);
    this.cancelTimer(key);
    const tick = new TimerTick(this.#cell, key, message, (due) =>
      this.#parts.post.putOwn(this.#cell, () => due.message, { tick: due }),
    );
    this.#cell.lease.timers.set(key, tick);
    this.#parts.deadlines.add(tick, this.#parts.environment.clock.nowMs() + delayMs);
  }

  cancelTimer(key: string): void {
    const tick = this.#cell.lease.timers.get(key);
    if (tick === undefined) return;
    this.#cell.lease.timers.delete(key);
    this.#parts.deadlines.cancel(tick);
  }

  job<Args, Result>(
    definition: JobDefinition<Args, Result>,
    args: Args,
    toMail: (outcome: JobOutcome<Result>) => Message,
  ): void {
    if (!this.#startsMore()) return;
    this.#parts.tasks.job(
      this.#cell,
      definition as unknown as JobDefinition<unknown, unknown>,
      args,
      (outcome) => toMail(outcome as JobOutcome<Result>),
    );
  }

  perform<Result>(
    name: string,
    start: () => Result | Promise<Result>,
    toMail: (outcome: JobOutcome<Result>) => Message,
    release?: (result: Result) => void,
  ): void {
    if (!this.#startsMore()) return;
    this.#parts.delivery.notePerformed();
    this.#parts.tasks.perform(
      this.#cell,
      name,
      start,
      (outcome) => toMail(outcome as JobOutcome<Result>),
      release && ((result) => release(result as Result)),
    );
  }

  allocatePayload(byteLength: number): Payload | undefined {
    if (!this.#cell.isHandling) return undefined;
    const block = this.#parts.payloads.allocate(byteLength);
    if (block === undefined) return undefined;
    this.#parts.delivery.noteAllocated(byteLength);
    const payload = new OwnedPayload(block);
    this.#cell.lease.own(payload);
    return payload;
  }

  get #hasEnded(): boolean {
    return this.#cell.state === "ended";
  }

  /** What brings own mail: nothing for a life that has closed, an error for one that never stops. */
  #startsMore(): boolean {
    if (!this.#cell.isHandling) return false;
    if (this.#cell.lease.owedCount + this.#cell.mailbox.ownQueued >= OWN_MAIL_MAX)
      throw new ActorError(
        "ERR_MULTIRAFT_OWN_MAIL_FULL",
        `more than ${OWN_MAIL_MAX} things under way`,
      );
    return true;
  }

  #send(
    to: AnyAddress,
    message: MessageShape,
    options: SendOptions,
    call: number,
    budgetMs: number,
  ): TellResult {
    const payload = options.payload && surrenderPayload(options.payload);
    const from = this.self;
    const { layout } = options;
    const letter = { kind: "mail", to, from, call, budgetMs, message, payload, layout } as const;
    return this.#parts.post.send(this.#cell, letter);
  }

  /** @param send Gives the thread that will answer. What cannot be encoded is no open call. */
  #sendCall(call: Call, send: () => number | undefined): void {
    try {
      call.thread = send();
    } catch (error) {
      this.#parts.calls.take(this.self, call.number);
      throw error;
    }
  }

  /** What cannot be encoded pays nothing: the debt stays, for another answer or for the end. */
  #pay(token: ReplyToken, makeRecord: (debt: Debt) => SystemRecord): void {
    if (this.#hasEnded) return;
    const { lease } = this.#cell;
    const debt = lease.takeDebt(token);
    try {
      this.#parts.signals.send(debt.asker, makeRecord(debt), this.#cell);
    } catch (error) {
      lease.debts.append(debt);
      throw error;
    }
  }

  /** Above 0 also when the time is up: it is the receiver that drops what has expired. */
  #leftMs(debt: Debt): number {
    return Math.max(Number.MIN_VALUE, debt.deadlineMs - this.#parts.environment.clock.nowMs());
  }

  /** Each life draws from a stream of its own. */
  #forkEnvironment(): Environment {
    const { clock, disk, random } = this.#parts.environment;
    return { clock, disk, random: random.fork(`life ${this.self.slot}.${this.self.incarnation}`) };
  }
}

function refuse(options: SendOptions | undefined): TellResult {
  options?.payload?.release();
  return "tombstone";
}
