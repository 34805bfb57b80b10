// Who appended what: the numbers of each sender follow each other, so that one notice covers all up
// to its number. An append that got lost on its way leaves a gap, and nothing after a gap is
// promised.
import { type AnyAddress, assert } from "@multiraft/runtime";

export type Sender = {
  readonly address: AnyAddress;
  /** Of its last append that was taken. */
  number: number;
  isWaiting: boolean;
  hasGap: boolean;
  /** Its life has ended and another reads what it left: nothing more is taken of it. */
  isShut: boolean;
};

export class Senders {
  /** By slot: a later life of a slot takes the place of the one before, which needs no notice. */
  readonly #bySlot = new Map<number, Sender>();
  #waiting: Sender[] = [];

  get all(): Iterable<Sender> {
    return this.#bySlot.values();
  }

  /** What it still has on its way is late. */
  shut(address: AnyAddress): void {
    const sender = this.#of(address);
    if (sender !== undefined) sender.isShut = true;
  }

  isShut(address: AnyAddress): boolean {
    return this.#of(address)?.isShut ?? false;
  }

  /**
   * @returns False when an append of this sender never came, or it has ended: this one is refused.
   */
  take(address: AnyAddress, number: number): boolean {
    const sender = this.#of(address);
    if (sender === undefined) return false;
    assert(number > sender.number, "an append's number was used before");
    sender.hasGap ||= number !== sender.number + 1;
    if (sender.hasGap) return false;
    sender.number = number;
    if (!sender.isWaiting) this.#waiting.push(sender);
    sender.isWaiting = true;
    return true;
  }

  /** Those with an append since the last call, each once. */
  takeWaiting(): readonly Sender[] {
    const waiting = this.#waiting;
    this.#waiting = [];
    for (const sender of waiting) sender.isWaiting = false;
    return waiting;
  }

  /** @returns Undefined for an earlier life of a slot: mail of different threads may overtake. */
  #of(address: AnyAddress): Sender | undefined {
    const known = this.#bySlot.get(address.slot);
    if (known?.address.incarnation === address.incarnation) return known;
    if (known !== undefined && known.address.incarnation > address.incarnation) return undefined;
    const sender = { address, number: 0, isWaiting: false, hasGap: false, isShut: false };
    this.#bySlot.set(address.slot, sender);
    return sender;
  }
}
