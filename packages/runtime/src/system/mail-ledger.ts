// What became of all mail of the system: the counters of living threads, and the final accounts of the dead.
// Mail that a thread took with it is found by balance: what it had been given, minus what it passed on.
import { DROP_REASONS, type DropReason } from "../actor/outcome.ts";
import { assert } from "../assert.ts";
import { MAIL_COUNTER_WORDS, MailCounters, type MailCounts } from "../routing/mail-counters.ts";

export type MailTotals = {
  readonly sent: number;
  /** Handlers entered. */
  readonly delivered: number;
  readonly dropped: Readonly<Record<DropReason, number>>;
  /** In mailboxes, lanes and overflow lists. 0 at rest, when nobody sends. */
  readonly inFlight: number;
};

/** Mail that went into a thread and came out of it through lanes. */
export type LaneTraffic = { readonly incoming: number; readonly outgoing: number };

export function createCounters(): SharedArrayBuffer {
  return new SharedArrayBuffer(MAIL_COUNTER_WORDS * 8);
}

function readCounts(counters: SharedArrayBuffer): MailCounts {
  return new MailCounters(new Float64Array(counters)).read();
}

export class MailLedger {
  readonly #living = new Set<SharedArrayBuffer>();
  #sent = 0;
  #delivered = 0;
  readonly #dropped = new Map<DropReason, number>(DROP_REASONS.map((reason) => [reason, 0]));

  /** A thread that writes there is alive. */
  open(counters: SharedArrayBuffer): void {
    this.#living.add(counters);
  }

  /** The thread is dead and detached by all. @returns Mail that was lost with it. */
  close(counters: SharedArrayBuffer, { incoming, outgoing }: LaneTraffic): number {
    const counts = readCounts(counters);
    const lost = counts.sent + incoming - outgoing - counts.delivered - droppedOf(counts);
    assert(lost >= 0, () => `a dead thread passed on more than it was given: ${lost}`);
    this.#living.delete(counters);
    this.#add(counts);
    this.#drop("thread-dead", lost);
    return lost;
  }

  totals(): MailTotals {
    const sum = new MailLedger();
    sum.#addTotals(this);
    for (const counters of this.#living) sum.#add(readCounts(counters));
    const dropped = Object.fromEntries(sum.#dropped) as Record<DropReason, number>;
    const droppedTotal = Object.values(dropped).reduce((total, count) => total + count, 0);
    const inFlight = sum.#sent - sum.#delivered - droppedTotal;
    return { sent: sum.#sent, delivered: sum.#delivered, dropped, inFlight };
  }

  #addTotals(other: MailLedger): void {
    this.#sent += other.#sent;
    this.#delivered += other.#delivered;
    for (const [reason, count] of other.#dropped) this.#drop(reason, count);
  }

  #add(counts: MailCounts): void {
    this.#sent += counts.sent;
    this.#delivered += counts.delivered;
    for (const reason of DROP_REASONS) this.#drop(reason, counts.dropped[reason]);
  }

  #drop(reason: DropReason, count: number): void {
    this.#dropped.set(reason, (this.#dropped.get(reason) ?? 0) + count);
  }
}

function droppedOf(counts: MailCounts): number {
  return Object.values(counts.dropped).reduce((total, count) => total + count, 0);
}
