// Exact counts of user mail in one thread, in memory that others may read, also after the thread died.
// What is not delivered, dropped or handed over is queued; tests compare that with the mailboxes. Summed
// over all threads, with what is on the way between them: sent = delivered + dropped + in flight.
import { DROP_REASONS, type DropReason } from "../actor/outcome.ts";

const SENT = 0;
const ARRIVED = 1;
const HANDED_OVER = 2;
const DELIVERED = 3;
const FIRST_DROP = 4;

/** Float64 words that a `MailCounters` needs. */
export const MAIL_COUNTER_WORDS = FIRST_DROP + DROP_REASONS.length;

export type MailCounts = {
  /** Sends by actors of this thread, whatever became of them. */
  readonly sent: number;
  /** Taken from other threads. */
  readonly arrived: number;
  /** Given to other threads. */
  readonly handedOver: number;
  /** Handlers entered. */
  readonly delivered: number;
  /** In mailboxes now; after the thread's death, what was lost with them. */
  readonly queued: number;
  readonly dropped: Readonly<Record<DropReason, number>>;
};

/** One writer, plain stores: a reader on another thread may see one count a moment before the other. */
export class MailCounters {
  readonly #words: Float64Array;

  constructor(words: Float64Array = new Float64Array(MAIL_COUNTER_WORDS)) {
    this.#words = words;
  }

  noteSent(): void {
    this.#add(SENT, 1);
  }

  /** It could not even be encoded. */
  noteUnsent(): void {
    this.#add(SENT, -1);
  }

  noteArrived(): void {
    this.#add(ARRIVED, 1);
  }

  noteHandedOver(): void {
    this.#add(HANDED_OVER, 1);
  }

  /** What was handed over came back: the carrier could not bring it after all. */
  noteReturned(): void {
    this.#add(HANDED_OVER, -1);
  }

  noteDelivered(): void {
    this.#add(DELIVERED, 1);
  }

  noteDropped(reason: DropReason): void {
    this.#add(FIRST_DROP + DROP_REASONS.indexOf(reason), 1);
  }

  read(): MailCounts {
    const [sent, arrived] = [this.#get(SENT), this.#get(ARRIVED)];
    const [handedOver, delivered] = [this.#get(HANDED_OVER), this.#get(DELIVERED)];
    const dropped = this.#readDropped();
    const droppedTotal = Object.values(dropped).reduce((sum, count) => sum + count, 0);
    const queued = sent + arrived - handedOver - delivered - droppedTotal;
    return { sent, arrived, handedOver, delivered, queued, dropped };
  }

  #readDropped(): Record<DropReason, number> {
    const dropped: Partial<Record<DropReason, number>> = {};
    DROP_REASONS.forEach((reason, index) => {
      dropped[reason] = this.#get(FIRST_DROP + index);
    });
    return dropped as Record<DropReason, number>;
  }

  #get(word: number): number {
    return this.#words[word] ?? 0;
  }

  #add(word: number, by: number): void {
    this.#words[word] = this.#get(word) + by;
  }
}
