// One sender's side of the log: numbers its appends and runs what depends on each when the notice
// comes, in order. Nothing that depends on durability happens anywhere else.
import { type ActorContext, type Address, assert, type MessageShape } from "@multiraft/runtime";
import type { LogMail } from "./log-mail.ts";
import type { LogRecord } from "./record.ts";
import { encodedBytes, encodeRecordsInto } from "./record-codec.ts";

type Waiting = { readonly number: number; readonly onDurable: () => void };
type Unsent = { readonly number: number; readonly records: readonly LogRecord[] };

export class LogHandle<Mail extends MessageShape> {
  readonly #context: ActorContext<Mail>;
  readonly #log: Address<LogMail>;
  readonly #waiting: Waiting[] = [];
  /** While this thread has no shared memory left; sent in order as soon as it has. */
  readonly #unsent: Unsent[] = [];
  #next = 1;
  #durable = 0;

  constructor(context: ActorContext<Mail>, log: Address<LogMail>) {
    this.#context = context;
    this.#log = log;
  }

  /** Appends without their notice yet. */
  get underWay(): number {
    return this.#next - 1 - this.#durable;
  }

  /** All of `records` or nothing; `onDurable` runs in a turn of this life, or never. */
  append(records: readonly LogRecord[], onDurable: () => void): void {
    const number = this.#next;
    this.#next += 1;
    this.#waiting.push({ number, onDurable });
    this.#unsent.push({ number, records });
    this.sendWaiting();
  }

  /** Runs `then` when everything appended so far is durable; at once when it is. */
  afterAll(then: () => void): void {
    if (this.#waiting.length === 0) return then();
    this.#waiting.push({ number: this.#next - 1, onDurable: then });
  }

  /** Called again by the owner's tick: memory comes back without a sign. */
  sendWaiting(): void {
    for (let first = this.#unsent[0]; first !== undefined; first = this.#unsent[0]) {
      const { number, records } = first;
      const payload = this.#context.allocatePayload(encodedBytes(records));
      if (payload === undefined) return;
      this.#unsent.shift();
      encodeRecordsInto(records, payload.bytes);
      this.#context.tell(this.#log, { kind: "append", number, records: [] }, { payload });
    }
  }

  /** A notice covers all appends up to its number. */
  onNotice(number: number): void {
    assert(
      number > this.#durable && number < this.#next,
      () => `log notice ${number} out of order`,
    );
    this.#durable = number;
    for (let first = this.#waiting[0]; first && first.number <= number; first = this.#waiting[0]) {
      this.#waiting.shift();
      first.onDurable();
    }
    this.sendWaiting();
  }
}
