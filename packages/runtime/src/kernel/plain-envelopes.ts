// Envelopes of plain mail from other threads. Most of it comes from few senders at a time: what only names
// the sender is made once for many messages.
import { MailEnvelope } from "./mail-envelope.ts";

/** A power of two; senders whose slots fall together only cost each other an allocation. */
const KEPT = 1_024;

export class PlainEnvelopes {
  readonly #kept: (MailEnvelope | undefined)[] = new Array<MailEnvelope | undefined>(KEPT);

  of(slot: number, incarnation: number): MailEnvelope {
    const index = slot & (KEPT - 1);
    const kept = this.#kept[index];
    if (kept?.from?.slot === slot && kept.from.incarnation === incarnation) return kept;
    const made = MailEnvelope.plain({ slot, incarnation });
    this.#kept[index] = made;
    return made;
  }
}
