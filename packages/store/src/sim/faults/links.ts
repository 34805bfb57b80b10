// The network of a simulated cluster. Mail between stores may be late, lost, doubled or overtaken, and
// pairs of hosts may hear nothing of each other, in one direction or both. Mail to and from the
// placement driver keeps its order, as within a process, but comes late or not at all.
import type { PdMail } from "@multiraft/pd/protocol";
import type { AnyAddress, Random } from "@multiraft/runtime";
import type { Courier, Delivery, Pending } from "@multiraft/runtime/testing";
import type { GateMail } from "../../transport/gate-mail.ts";

export type LinkQuality = {
  /** Drawn evenly up to this, for each piece of mail. */
  readonly delayMsMax: number;
  /** One in so many takes up to `lateMsMax` instead; 0: none. */
  readonly lateOneIn: number;
  readonly lateMsMax: number;
  /** One in so many between stores is lost, or comes twice; 0: none. */
  readonly lostOneIn: number;
  readonly twiceOneIn: number;
};

export const GOOD_LINKS: LinkQuality = {
  delayMsMax: 1,
  lateOneIn: 0,
  lateMsMax: 0,
  lostOneIn: 0,
  twiceOneIn: 0,
};

export type Copy = { readonly to: AnyAddress; readonly message: GateMail | PdMail };
type Mail = Pending & { readonly kind: "mail" };

const AT_ONCE: Delivery = { kind: "at-once" };
const LOST: Delivery = { kind: "lost" };

export class Links {
  quality: LinkQuality = GOOD_LINKS;
  /** "from>to" of hosts that do not reach each other, with how many reasons there are for it. */
  readonly #cut = new Map<string, number>();
  readonly #random: Random;
  readonly #nowMs: () => number;
  #copies: Copy[] = [];
  readonly counts = { lost: 0, twice: 0, late: 0, cut: 0 };

  constructor(random: Random, nowMs: () => number) {
    this.#random = random;
    this.#nowMs = nowMs;
  }

  readonly courier: Courier = (fromHost, mail) => {
    if (this.isCut(fromHost, mail.host)) {
      this.counts.cut += 1;
      return LOST;
    }
    if (isBetweenStores(mail)) return this.#betweenStores(mail);
    const isPds = mail.host === "pd" || fromHost === "pd";
    if (isPds && fromHost !== "outside") return this.#later(true);
    return mail.message.kind === "client" ? this.#later(false) : AT_ONCE;
  };

  isCut(from: string, to: string): boolean {
    return (this.#cut.get(`${from}>${to}`) ?? 0) > 0;
  }

  /** One way. @returns What joins the two again. */
  cut(from: string, to: string): () => void {
    const pair = `${from}>${to}`;
    this.#cut.set(pair, (this.#cut.get(pair) ?? 0) + 1);
    return () => this.#cut.set(pair, (this.#cut.get(pair) ?? 1) - 1);
  }

  /** Mail that comes a second time, to be sent from outside when the step is over. */
  takeCopies(): readonly Copy[] {
    if (this.#copies.length === 0) return [];
    const copies = this.#copies;
    this.#copies = [];
    return copies;
  }

  #betweenStores(mail: Mail): Delivery {
    const { lostOneIn, twiceOneIn } = this.quality;
    if (this.#draws(lostOneIn)) {
      this.counts.lost += 1;
      return LOST;
    }
    // A chunk owns its bytes: it cannot be had twice.
    const message = mail.message as GateMail & { kind: "receive" };
    if (message.mail.kind !== "snapshot-chunk" && this.#draws(twiceOneIn)) {
      this.counts.twice += 1;
      this.#copies.push({ to: mail.to, message });
    }
    return this.#later(false);
  }

  #later(inOrder: boolean): Delivery {
    const { delayMsMax, lateOneIn, lateMsMax } = this.quality;
    const isLate = this.#draws(lateOneIn);
    if (isLate) this.counts.late += 1;
    const delayMs = this.#random.unit() * (isLate ? lateMsMax : delayMsMax);
    return { kind: "later", dueMs: this.#nowMs() + delayMs, inOrder };
  }

  #draws(oneIn: number): boolean {
    return oneIn > 0 && this.#random.below(oneIn) === 0;
  }
}

function isBetweenStores({ actor, message }: Mail): boolean {
  return actor === "gateActor" && message.kind === "receive";
}
