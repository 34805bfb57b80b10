// What an actor can do. The same interface on worker threads and on the manual, single-threaded
// platform: actors that use nothing else behave the same on both.
import type { Environment } from "../platform/environment.ts";
import type { Address, AnyAddress } from "./address.ts";
import type { ActorDefinition, MessageShape, ReplyTo } from "./definition.ts";
import type { Envelope, Payload, ReplyToken } from "./envelope.ts";
import type { JobDefinition } from "./job.ts";
import type { AnyLayout } from "./layout.ts";
import type { Lease } from "./lease.ts";
import type {
  AskOutcome,
  ErrorData,
  JobOutcome,
  SpawnOutcome,
  TellResult,
  Termination,
} from "./outcome.ts";

export type SendOptions = {
  readonly payload?: Payload;
  /** How the message travels to another thread; one that the receiver's definition names. */
  readonly layout?: AnyLayout;
};
export type AskOptions = SendOptions & {
  /** Finite and above 0. */
  readonly timeoutMs: number;
  readonly signal?: AbortSignal;
};
export type SpawnOptions = {
  /** Default: a thread chosen by the system. */
  readonly thread?: number;
  readonly near?: AnyAddress;
  /** Bound of the mailbox; default `MAILBOX_MESSAGES_MAX`. */
  readonly mailboxMessagesMax?: number;
};

export interface ActorContext<Message extends MessageShape> {
  readonly self: Address<Message>;
  /** Number of the thread this actor is pinned to. */
  readonly thread: number;
  readonly environment: Environment;
  readonly lease: Lease;
  /** Aborted when the life ends. */
  readonly signal: AbortSignal;

  /** Never throws for the receiver's state. A payload is owned by the message from here on. */
  tell<To extends MessageShape>(to: Address<To>, message: To, options?: SendOptions): void;
  /** As `tell`, with what is known at once. */
  tryTell<To extends MessageShape>(to: Address<To>, message: To, options?: SendOptions): TellResult;
  /** For asynchronous handlers. Rejects with an `AskError`. */
  ask<To extends MessageShape, Kind extends To["kind"]>(
    to: Address<To>,
    message: NoInfer<To> & { readonly kind: Kind },
    options: AskOptions,
  ): Promise<ReplyTo<To, Kind>>;
  /** For synchronous handlers: the outcome comes back as mail to this life. */
  request<To extends MessageShape, Kind extends To["kind"]>(
    to: Address<To>,
    message: NoInfer<To> & { readonly kind: Kind },
    options: AskOptions,
    toMail: (outcome: AskOutcome<ReplyTo<To, Kind>>) => Message,
  ): void;
  /** Pays a debt; a second answer to the same token is an assertion. */
  reply(token: ReplyToken, value: unknown): void;
  replyError(token: ReplyToken, error: ErrorData): void;
  /** Hands message, debt and payload to another actor. */
  forward<To extends MessageShape>(to: Address<To>, message: To, envelope: Envelope): void;

  /** The outcome comes back as mail to this life; an actor spawned for a life that is gone is stopped. */
  spawn<M extends MessageShape, Args>(
    definition: ActorDefinition<M, Args>,
    args: Args,
    options: SpawnOptions,
    toMail: (outcome: SpawnOutcome<Address<M>>) => Message,
  ): void;
  stop(target: AnyAddress, mode?: "now" | "drain"): void;
  stopSelf(): void;
  /** Mail when `target` ends; at once when it has ended before. */
  watch(target: AnyAddress, toMail: (termination: Termination) => Message): void;

  /** Own mail after `delayMs`; the same key replaces what was set, a tick already queued included. */
  setTimer(key: string, delayMs: number, message: Message): void;
  cancelTimer(key: string): void;

  /** A blocking or heavy function on another thread; its outcome comes back as mail to this life. */
  job<Args, Result>(
    definition: JobDefinition<Args, Result>,
    args: Args,
    toMail: (outcome: JobOutcome<Result>) => Message,
  ): void;
  /**
   * An operation that is asynchronous by itself (a native commit, a native copy), started on this
   * thread. Synchronous results are allowed, and required in simulation. The life does not end before
   * it has returned. @param release Called with a result that nobody takes any more.
   */
  perform<Result>(
    name: string,
    start: () => Result | Promise<Result>,
    toMail: (outcome: JobOutcome<Result>) => Message,
    release?: (result: Result) => void,
  ): void;

  /** Shared memory for `payload`; undefined while this thread's arena is exhausted: try again later. */
  allocatePayload(byteLength: number): Payload | undefined;
}
