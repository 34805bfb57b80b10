/**
 * The reads a leader has not confirmed yet, oldest first. Each got the commit index of its arrival
 * and a sequence number; a quorum that acknowledges a sequence confirms every read up to it. The
 * number is the leader's own and grows: an acknowledgement of an earlier read with the same
 * caller's context cannot confirm a later one. Reads that came before the leader committed in its
 * term wait apart, unnumbered.
 */
import type { LogIndex } from "./ids.ts";
import type { Message } from "./message.ts";

export type PendingRead = {
  readonly sequence: number;
  readonly index: LogIndex;
  readonly request: Message;
};

export class ReadQueue {
  readonly #countMax: number;
  #pending: PendingRead[] = [];
  #postponed: Message[] = [];

  constructor(countMax: number) {
    this.#countMax = countMax;
  }

  get isFull(): boolean {
    return this.#pending.length + this.#postponed.length >= this.#countMax;
  }

  get isEmpty(): boolean {
    return this.#pending.length + this.#postponed.length === 0;
  }

  /** The sequence that heartbeats ask to confirm; 0 while no read waits. */
  get lastSequence(): number {
    return this.#pending[this.#pending.length - 1]?.sequence ?? 0;
  }

  add(read: PendingRead): void {
    this.#pending.push(read);
  }

  postpone(request: Message): void {
    this.#postponed.push(request);
  }

  takePostponed(): readonly Message[] {
    const postponed = this.#postponed;
    if (postponed.length > 0) this.#postponed = [];
    return postponed;
  }

  /** Reads up to `sequence`, which leave the queue. */
  takeConfirmed(sequence: number): readonly PendingRead[] {
    const first = this.#pending.findIndex((read) => read.sequence > sequence);
    return this.#pending.splice(0, first === -1 ? this.#pending.length : first);
  }
}
