// Envelopes of plain mail from other threads. Most of it comes from few senders at a time: what only names
// the sender is made once for many messages.
import type { AnyAddress } from "../actor/address.ts";
import { MailEnvelope } from "./mail-envelope.ts";

/** A power of two; senders whose slots fall together only cost each other an allocation. */
const KEPT = 1_024;

export class PlainEnvelopes {
  readonly #kept: (MailEnvelope | undefined)[] = new Array<MailEnvelope | undefined>(KEPT);

  of(from: AnyAddress): MailEnvelope {
    const index = from.slot & (KEPT - 1);
    const kept = this.#kept[index];
    if (kept?.from?.slot === from.slot && kept.from.incarnation === from.incarnation) return kept;
    const made = MailEnvelope.plain(from);
    this.#kept[index] = made;
    return made;
  }
}
