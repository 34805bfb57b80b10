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
  type ReplyToken,
  toErrorData,
  unreachable,
} from "@multiraft/runtime";
import type { Log } from "./log.ts";
import { LogError } from "./log-error.ts";
import type { LogMail, LogNotice, SlowSync } from "./log-mail.ts";
import { LogOpening, type LogOptions } from "./log-opening.ts";
import { encodeRecords } from "./record-codec.ts";
import { Senders } from "./senders.ts";

export type LogArgs = {
  /** Made if it is absent; its parent must be there. */
  readonly directory: string;
  /** On a disk in memory that ends with the actor, whatever the thread's own is. */
  readonly isVolatile?: boolean;
  readonly options?: LogOptions;
  /** What `create` reads at most, but for the first segment. Default 64 MiB: within a second from any disk. */
  readonly readAtOnceBytes?: number;
};

const FAILED = "ERR_MULTIRAFT_LOG_FAILED";
const READ_AT_ONCE_BYTES = 64 << 20;

/**
 * Begins to recover in `create`: a small log that cannot be trusted fails the spawn with its coded cause. A
 * large one is read on a segment a turn, since a thread that is silent for long is taken for dead; it fails what is
 * asked then.
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
  readonly #senders = new Senders();
  #opening: LogOpening | undefined;
  #log: Log | undefined;
  /** Asked while it is opened. */
  #questions: (() => void)[] = [];
  #follower: Follower | undefined;
  /** Why it promises nothing any more; of one that could not be opened, what opening it threw. */
  #failure: (Error & { code?: string }) | undefined;

  constructor(context: ActorContext<LogMail>, args: LogArgs) {
    this.#context = context;
    const { directory, isVolatile, options, readAtOnceBytes = READ_AT_ONCE_BYTES } = args;
    const { environment } = context;
    const disk = isVolatile === true ? new MemoryDisk() : environment.disk;
    this.#opening = new LogOpening({ ...environment, disk }, directory, options);
    context.lease.hold("log", () => (this.#opening ?? this.#log)?.close());
    this.#readAtOnce(readAtOnceBytes);
  }

  receive(message: LogMail, envelope: Envelope): void {
    switch (message.kind) {
      case "append":
        this.#onAppend(message, envelope);
        break;
      case "recover":
        this.#answer(envelope, (log) => log.recovered());
        break;
      case "read-on":
        // The turn's end reads.
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
        this.#answer(envelope, (log) => log.status());
        break;
      default:
        unreachable(message);
    }
  }

  turnEnd(): void {
    if (this.#opening === undefined) return this.#commit();
    this.#orFail(() => this.#readOne());
    if (this.#opening !== undefined) this.#readNextTurn();
    else for (const ask of this.#questions.splice(0)) ask();
  }

  #readAtOnce(bytesMax: number): void {
    let readBytes = 0;
    do {
      readBytes += this.#opening?.stepBytes ?? 0;
      this.#readOne();
      if (this.#opening === undefined) return;
    } while (readBytes + this.#opening.stepBytes <= bytesMax);
    this.#readNextTurn();
  }

  #readOne(): void {
    const opening = this.#opening;
    assert(opening !== undefined, "an open log is opened");
    // What fails has let go of all it had.
    this.#opening = undefined;
    this.#log = opening.step();
    if (this.#log === undefined) this.#opening = opening;
  }

  #readNextTurn(): void {
    this.#context.tell(this.#context.self, { kind: "read-on" });
  }

  #onAppend({ number, records }: Append, { from, payload }: Envelope): void {
    assert(from !== undefined, "an append without a sender to tell");
    if (this.#senders.isShut(from)) return;
    if (!this.#senders.take(from, number)) this.#tellFailed(from, gapBefore(number));
    else if (this.#failure !== undefined) this.#tellFailed(from, this.#failure);
    else this.#orFail(() => this.#opened.append(payload?.bytes ?? encodeRecords(records)));
  }

  /** Commits first: what is gathered has its place, but cannot be read there yet. */
  #onReadEntries({ life, fromIndex, bytesMax }: ReadEntries, envelope: Envelope): void {
    this.#commit();
    this.#answer(envelope, (log) => log.readEntries(life, fromIndex, bytesMax));
  }

  /** In this order: nothing of the ended actor can come in between what is read and what follows. */
  #onReadLife({ life, ended }: ReadLife, envelope: Envelope): void {
    this.#senders.shut(ended);
    this.#commit();
    this.#answer(envelope, (log) => log.recoveredLife(life));
  }

  get #opened(): Log {
    assert(this.#log !== undefined, "a log is used before it is open");
    return this.#log;
  }

  #commit(): void {
    if (this.#failure !== undefined) return;
    this.#orFail(() => this.#opened.commit());
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
    const elapsedMs = this.#opened.takeSlowestSyncMs();
    if (this.#follower === undefined || elapsedMs < this.#follower.slowMs) return;
    this.#context.tell(this.#follower.address, { kind: "slow-sync", elapsedMs });
  }

  #answer(envelope: Envelope, answer: (log: Log) => unknown): void {
    const token = envelope.reply;
    if (token === undefined) return;
    if (this.#opening !== undefined) {
      this.#questions.push(() => this.#reply(token, answer));
      return;
    }
    this.#reply(token, answer);
  }

  #reply(token: ReplyToken, answer: (log: Log) => unknown): void {
    if (this.#failure !== undefined)
      return this.#context.replyError(token, toErrorData(this.#failure));
    try {
      this.#context.reply(token, answer(this.#opened));
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
      this.#failure = this.#log === undefined ? (cause as Error) : failureOf(cause);
      for (const { address } of this.#senders.all) this.#tellFailed(address, this.#failure);
    }
  }

  #tellFailed(to: AnyAddress, { code = FAILED, message }: Error & { code?: string }): void {
    this.#notify(to, { kind: "log-failed", code, message });
  }

  /** Whoever appends takes notices. */
  #notify(to: AnyAddress, notice: LogNotice): void {
    this.#context.tell(to as Address<LogNotice>, notice);
  }
}

function failureOf(cause: unknown): LogError {
  return new LogError(FAILED, cause instanceof Error ? cause.message : String(cause), { cause });
}

function gapBefore(number: number): LogError {
  return new LogError("ERR_MULTIRAFT_LOG_GAP", `an append before number ${number} got lost`);
}
