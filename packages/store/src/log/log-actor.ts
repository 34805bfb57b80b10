// The actor of a store's log, on a thread of its own. It gathers what all threads handed in during
// a turn, makes it durable with one sync when the turn ends, and then tells each sender. A failed
// write or sync is final: nothing is promised after it, and every sender is told.
import {
  type ActorBehavior,
  type ActorContext,
  type ActorDefinition,
  type Address,
  type AnyAddress,
  assert,
  defineActor,
  type Envelope,
  InvariantError,
  MemoryDisk,
  toErrorData,
  unreachable,
} from "@multiraft/runtime";
import { Log, type LogOptions } from "./log.ts";
import { LogError } from "./log-error.ts";
import type { LogMail, LogNotice, SlowSync } from "./log-mail.ts";
import { encodeRecords } from "./record-codec.ts";
import { Senders } from "./senders.ts";

export type LogArgs = {
  /** Made if it is absent; its parent must be there. */
  readonly directory: string;
  /** On a disk in memory that ends with the actor, whatever the thread's own is. */
  readonly isVolatile?: boolean;
  readonly options?: LogOptions;
};

/**
 * Opens and recovers in `create`: a log that cannot be trusted fails the spawn with its coded
 * cause.
 */
export const logActor: ActorDefinition<LogMail, LogArgs> = defineActor({
  url: import.meta.url,
  name: "logActor",
  create: (context, args) => new LogActor(context, args),
});

type Append = Extract<LogMail, { readonly kind: "append" }>;
type ReadLife = Extract<LogMail, { readonly kind: "read-life" }>;
type ReadEntries = Extract<LogMail, { readonly kind: "read-entries" }>;

type Follower = { readonly address: Address<SlowSync>; readonly slowMs: number };

class LogActor implements ActorBehavior<LogMail> {
  readonly #context: ActorContext<LogMail>;
  readonly #log: Log;
  readonly #senders = new Senders();
  #follower: Follower | undefined;
  #failure: LogError | undefined;

  constructor(context: ActorContext<LogMail>, { directory, isVolatile, options }: LogArgs) {
    this.#context = context;
    const { environment } = context;
    const disk = isVolatile === true ? new MemoryDisk() : environment.disk;
    const log = Log.open({ ...environment, disk }, directory, options);
    context.lease.hold("log", () => log.close());
    this.#log = log;
  }

  receive(message: LogMail, envelope: Envelope): void {
    switch (message.kind) {
      case "append":
        this.#onAppend(message, envelope);
        break;
      case "recover":
        this.#answer(envelope, () => this.#log.recovered());
        break;
      case "read-entries":
        this.#onReadEntries(message, envelope);
        break;
      case "read-life":
        this.#onReadLife(message, envelope);
        break;
      case "follow-syncs":
        this.#follow(envelope.from, message.slowMs);
        break;
      case "log-status":
        this.#answer(envelope, () => this.#log.status());
        break;
      default:
        unreachable(message);
    }
  }

  turnEnd(): void {
    this.#commit();
  }

  #onAppend({ number, records }: Append, { from, payload }: Envelope): void {
    assert(from !== undefined, "an append without a sender to tell");
    if (this.#senders.isShut(from)) return;
    if (!this.#senders.take(from, number)) this.#tellFailed(from, gapBefore(number));
    else if (this.#failure !== undefined) this.#tellFailed(from, this.#failure);
    else this.#orFail(() => this.#log.append(payload?.bytes ?? encodeRecords(records)));
  }

  /** Commits first: what is gathered has its place, but cannot be read there yet. */
  #onReadEntries({ life, fromIndex, bytesMax }: ReadEntries, envelope: Envelope): void {
    this.#commit();
    this.#answer(envelope, () => this.#log.readEntries(life, fromIndex, bytesMax));
  }

  /** In this order: nothing of the ended actor can come in between what is read and what follows. */
  #onReadLife({ life, ended }: ReadLife, envelope: Envelope): void {
    this.#senders.shut(ended);
    this.#commit();
    this.#answer(envelope, () => this.#log.recoveredLife(life));
  }

  #commit(): void {
    if (this.#failure !== undefined) return;
    this.#orFail(() => this.#log.commit());
    if (this.#failure !== undefined) return;
    for (const { address, number } of this.#senders.takeWaiting())
      this.#notify(address, { kind: "log-durable", number });
    this.#tellFollower();
  }

  #follow(from: AnyAddress | undefined, slowMs: number): void {
    assert(from !== undefined, "nobody asks to follow the syncs");
    this.#follower = { address: from as Address<SlowSync>, slowMs };
  }

  #tellFollower(): void {
    const elapsedMs = this.#log.takeSlowestSyncMs();
    if (this.#follower === undefined || elapsedMs < this.#follower.slowMs) return;
    this.#context.tell(this.#follower.address, { kind: "slow-sync", elapsedMs });
  }

  #answer(envelope: Envelope, answer: () => unknown): void {
    const token = envelope.reply;
    if (token === undefined) return;
    try {
      if (this.#failure !== undefined) throw this.#failure;
      this.#context.reply(token, answer());
    } catch (error) {
      if (!(error instanceof LogError)) throw error;
      this.#context.replyError(token, toErrorData(error));
    }
  }

  /** A broken invariant ends the actor; a disk that failed leaves it there to say so. */
  #orFail(action: () => void): void {
    try {
      action();
    } catch (cause) {
      if (cause instanceof InvariantError) throw cause;
      const message = cause instanceof Error ? cause.message : String(cause);
      this.#failure = new LogError("ERR_MULTIRAFT_LOG_FAILED", message, { cause });
      for (const { address } of this.#senders.all) this.#tellFailed(address, this.#failure);
    }
  }

  #tellFailed(to: AnyAddress, { code, message }: LogError): void {
    this.#notify(to, { kind: "log-failed", code, message });
  }

  /** Whoever appends takes notices. */
  #notify(to: AnyAddress, notice: LogNotice): void {
    this.#context.tell(to as Address<LogNotice>, notice);
  }
}

function gapBefore(number: number): LogError {
  return new LogError("ERR_MULTIRAFT_LOG_GAP", `an append before number ${number} got lost`);
}
