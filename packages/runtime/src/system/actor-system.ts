// The door to the runtime: a system of actor threads, used from the main thread, which is a full member: it
// tells, asks and watches, and never blocks. The host gets no handlers of ours but one for its exit, which
// holds it back while a thread is inside a native transaction.
import { availableParallelism } from "node:os";
import type { Address, AnyAddress } from "../actor/address.ts";
import { AskError, askFailure } from "../actor/ask-error.ts";
import type { AskOptions, SendOptions } from "../actor/context.ts";
import type { ActorDefinition, MessageShape, ReplyTo } from "../actor/definition.ts";
import type { Payload } from "../actor/envelope.ts";
import { fromErrorData } from "../actor/error-data.ts";
import type { SpawnOutcome, TellResult, Termination } from "../actor/outcome.ts";
import { MessageCodec } from "../codec/message-codec.ts";
import { isMailboxBound } from "../kernel/limits.ts";
import type { SystemStreams } from "../observe/system-streams.ts";
import type { SpawnRequest } from "../thread/thread-control.ts";
import type { ThreadReport } from "../thread/thread-host.ts";
import type { MailTotals } from "./mail-ledger.ts";
import type { ThreadMember } from "./member.ts";
import { Outside } from "./outside.ts";
import { SystemError } from "./system-error.ts";
import { type ActorSystemOptions, toSettings } from "./system-options.ts";
import { SystemParts } from "./system-parts.ts";

export type SystemSpawnOptions = {
  /** Number of the actor thread; default: the next in turn. */
  readonly thread?: number;
  /** On the thread of this actor. */
  readonly near?: AnyAddress;
  readonly mailboxMessagesMax?: number;
  /** A thread of its own beside the others, which ends with the actor. */
  readonly dedicated?: boolean;
};

/** For tests of what actors do with orders that are hard to get otherwise. */
export type SystemTesting = {
  /** Messages of these kinds stay in the mailbox while others overtake them. */
  holdMail(address: AnyAddress, kinds: readonly string[]): Promise<void>;
  releaseMail(address: AnyAddress): Promise<void>;
};

export class ActorSystem implements AsyncDisposable {
  readonly testing: SystemTesting = {
    holdMail: (address, kinds) =>
      this.#owner(address).control.call("hold mail", (remote) => remote.holdMail(address, kinds)),
    releaseMail: (address) =>
      this.#owner(address).control.call("release mail", (remote) => remote.releaseMail(address)),
  };
  readonly #parts: SystemParts;
  readonly #codec = new MessageCodec();
  #nextThread = 0;
  #closing: Promise<void> | undefined;

  private constructor(parts: SystemParts) {
    this.#parts = parts;
  }

  /** @throws SystemError when an option has no sense or a thread does not start. */
  static async start(options: ActorSystemOptions = {}): Promise<ActorSystem> {
    const parts = new SystemParts(toSettings(options, availableParallelism()));
    await parts.open();
    return new ActorSystem(parts);
  }

  /** Actor threads; dedicated ones come beside them. */
  get threads(): number {
    return this.#parts.settings.threads;
  }

  get streams(): SystemStreams {
    return this.#parts.streams;
  }

  /**
   * Args travel like messages. @throws SystemError `ERR_MULTIRAFT_SPAWN` with what `create` threw as its
   * cause, CodecError for args that cannot travel.
   */
  spawn<M extends MessageShape, Args>(
    definition: ActorDefinition<M, Args>,
    args: Args,
    options: SystemSpawnOptions = {},
  ): Promise<Address<M>> {
    return this.#waitedFor(async () => {
      const request = this.#toRequest(definition, args, options);
      const member = await this.#place(options);
      const outcome = await this.#spawnOn(member, request);
      if (outcome.kind === "spawned") return outcome.address as Address<M>;
      if (request.isDedicated) await this.#parts.fleet.retire(member);
      const cause = fromErrorData(outcome.error);
      throw new SystemError("ERR_MULTIRAFT_SPAWN", `${definition.name} was not spawned`, { cause });
    });
  }

  /** Never throws for the receiver's state. A payload is owned by the message from here on. */
  tell<To extends MessageShape>(to: Address<To>, message: To, options?: SendOptions): void {
    this.tryTell(to, message, options);
  }

  tryTell<To extends MessageShape>(
    to: Address<To>,
    message: To,
    options?: SendOptions,
  ): TellResult {
    if (this.#closing === undefined) return this.#parts.outside.tryTell(to, message, options);
    options?.payload?.release();
    return "shut-down";
  }

  /**
   * @throws AskError with the reason when no reply came; ActorError for a timeout without sense, or when as much is
   * under way as may be.
   */
  ask<To extends MessageShape, Kind extends To["kind"]>(
    to: Address<To>,
    message: NoInfer<To> & { readonly kind: Kind },
    options: AskOptions,
  ): Promise<ReplyTo<To, Kind>> {
    return this.#askBy(this.#parts.outside, to, message, options);
  }

  /**
   * Somebody who asks in a name of its own, to the end of the system: however much it has under way, others may
   * ask, watch and stop as before.
   */
  outsider(): Pick<ActorSystem, "ask"> {
    const outside = new Outside(this.#parts.host.kernel);
    return { ask: (to, message, options) => this.#askBy(outside, to, message, options) };
  }

  /** Resolves when the life has ended: its jobs have returned and all it held is released. */
  stop(target: AnyAddress, mode: "now" | "drain" = "now"): Promise<Termination> {
    return this.#waitedFor(() => {
      const ended = this.#parts.outside.watch(target);
      this.#parts.outside.stop(target, mode);
      return ended;
    });
  }

  /** Resolves when the life ends; at once when it has ended before. Does not keep the process alive. */
  watch(target: AnyAddress): Promise<Termination> {
    if (this.#closing !== undefined) return Promise.resolve({ kind: "shut-down" });
    return this.#parts.outside.watch(target);
  }

  /** Shared memory for a payload; undefined while the main thread's arena is exhausted. */
  allocatePayload(byteLength: number): Payload | undefined {
    return this.#parts.outside.allocatePayload(byteLength);
  }

  /** Exact, from shared memory; `inFlight` is 0 when all is at rest. */
  counters(): MailTotals {
    return this.#parts.ledger.totals();
  }

  /** All threads, the main thread last. */
  async inspect(): Promise<readonly ThreadReport[]> {
    const { fleet, host } = this.#parts;
    const reports = await this.#waitedFor(() => Promise.all(fleet.living.map(inspectThread)));
    return [...reports.filter((report) => report !== undefined), host.inspect()];
  }

  /**
   * Ends a thread between two turns; its actors end with reason `thread-dead` and nothing of theirs runs.
   * Resolves when everybody was told, its jobs are over and, for an actor thread, its successor runs.
   * @throws SystemError `ERR_MULTIRAFT_THREAD_START` when none could be started, `ERR_MULTIRAFT_SYSTEM_CLOSED` when
   * the system was closed before.
   */
  killThread(thread: number): Promise<void> {
    return this.#waitedFor(() => this.#parts.fleet.kill(thread));
  }

  /**
   * Resolves when nothing of the threads that have died so far runs any more, jobs included, or the system is
   * being closed. Who was told that actors ended with `thread-dead` may wait for it before what they worked on is
   * touched.
   */
  whenBuried(): Promise<void> {
    return this.#waitedFor(() => this.#parts.fleet.whenBuried());
  }

  /** Whether the system keeps the process alive while nothing is awaited; it does at first. */
  ref(): void {
    this.#parts.keepAlive.setWanted(true);
  }

  unref(): void {
    this.#parts.keepAlive.setWanted(false);
  }

  /** Ends every life with reason `shut-down`, waits for their jobs, ends the threads. Harmless when repeated. */
  close(): Promise<void> {
    this.#closing ??= this.#parts.close();
    return this.#closing;
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.close();
  }

  #askBy<To extends MessageShape, Kind extends To["kind"]>(
    outside: Outside,
    to: Address<To>,
    message: NoInfer<To> & { readonly kind: Kind },
    options: AskOptions,
  ): Promise<ReplyTo<To, Kind>> {
    if (this.#closing === undefined)
      return this.#parts.keepAlive.during(outside.ask(to, message, options));
    options.payload?.release();
    return Promise.reject(new AskError(askFailure("shut-down")));
  }

  /** @throws SystemError once the system is closed. */
  async #waitedFor<Value>(work: () => Promise<Value>): Promise<Value> {
    if (this.#closing !== undefined)
      throw new SystemError("ERR_MULTIRAFT_SYSTEM_CLOSED", "the system is closed");
    return this.#parts.keepAlive.during(work());
  }

  #toRequest<M extends MessageShape, Args>(
    { url, name }: ActorDefinition<M, Args>,
    args: Args,
    { mailboxMessagesMax, dedicated = false }: SystemSpawnOptions,
  ): SpawnRequest {
    if (mailboxMessagesMax !== undefined && !isMailboxBound(mailboxMessagesMax))
      throw new SystemError(
        "ERR_MULTIRAFT_OPTION",
        `mailboxMessagesMax has no sense: ${mailboxMessagesMax}`,
      );
    const encoded = this.#codec.encodeCopy(args);
    return { url, name, args: encoded, mailboxMessagesMax, isDedicated: dedicated };
  }

  async #spawnOn(member: ThreadMember, request: SpawnRequest): Promise<SpawnOutcome<AnyAddress>> {
    let answer: Promise<SpawnOutcome<AnyAddress>> | undefined;
    try {
      return await member.control.call("spawn", (remote) => {
        answer = remote.spawn(request);
        return answer;
      });
    } catch (error) {
      this.#giveUpSpawn(member, request, answer);
      throw error;
    }
  }

  /** Its answer did not come in time: the actor that may come of it yet is known to nobody. */
  #giveUpSpawn(
    member: ThreadMember,
    { isDedicated }: SpawnRequest,
    answer: Promise<SpawnOutcome<AnyAddress>> | undefined,
  ): void {
    const { fleet, outside } = this.#parts;
    if (isDedicated) fleet.retireUnasked(member);
    else
      answer?.then(
        (late) => {
          if (late.kind === "spawned") outside.stop(late.address, "now");
        },
        () => undefined,
      );
  }

  #place({ thread, near, dedicated }: SystemSpawnOptions): Promise<ThreadMember> {
    const { fleet } = this.#parts;
    if (dedicated === true) return fleet.startDedicated();
    if (thread !== undefined) return fleet.whenLive(thread);
    if (near !== undefined) return Promise.resolve(this.#owner(near));
    return fleet.whenLive(this.#nextInTurn());
  }

  /** One that was given up has no turn, unless all were. */
  #nextInTurn(): number {
    for (let tries = 0; tries < this.threads; tries += 1) {
      this.#nextThread = (this.#nextThread + 1) % this.threads;
      if (!this.#parts.fleet.isGivenUp(this.#nextThread)) break;
    }
    return this.#nextThread;
  }

  #owner(address: AnyAddress): ThreadMember {
    const owner = this.#parts.routing.ownerOf(address.slot);
    const member = this.#parts.fleet.living.find(({ thread }) => thread === owner);
    if (member !== undefined) return member;
    throw new SystemError("ERR_MULTIRAFT_THREAD_DEAD", "no living thread owns the address");
  }
}

/** Undefined of a thread that dies meanwhile. */
async function inspectThread({ control }: ThreadMember): Promise<ThreadReport | undefined> {
  try {
    return await control.call("inspect", (remote) => remote.inspect());
  } catch (error) {
    if (error instanceof SystemError && error.code === "ERR_MULTIRAFT_THREAD_DEAD")
      return undefined;
    throw error;
  }
}
