// The network of a simulated cluster. Mail between stores may be late, lost, doubled or overtaken, and
// pairs of hosts may hear nothing of each other, in one direction or both. Mail to and from the
// placement driver keeps its order, as within a process, but comes late or not at all.
import type { PdMail } from "@multiraft/pd/protocol";
import type { AnyAddress, Random } from "@multiraft/runtime";
import type { Courier, Delivery, Pending } from "@multiraft/runtime/testing";
import type { GateMail } from "../../transport/gate-mail.ts";
import type { RegionMail } from "../../transport/region-mail.ts";
import { OldMail, type OldPiece } from "./old-mail.ts";

export type LinkQuality = {
  /** Drawn evenly up to this, for each piece of mail. */
  readonly delayMsMax: number;
  /** One in so many takes up to `lateMsMax` instead; 0: none. */
  readonly lateOneIn: number;
  readonly lateMsMax: number;
  /** One in so many between stores is lost, or comes twice; 0: none. */
  readonly lostOneIn: number;
  readonly twiceOneIn: number;
  /** One piece of a snapshot in so many arrives with a bit flipped; 0, or left out: none. */
  readonly damagedOneIn?: number;
};

export const GOOD_LINKS: LinkQuality = {
  delayMsMax: 1,
  lateOneIn: 0,
  lateMsMax: 0,
  lostOneIn: 0,
  twiceOneIn: 0,
};

export type Copy = {
  readonly to: AnyAddress;
  readonly message: GateMail | PdMail;
  readonly bytes: Uint8Array | undefined;
};
type Mail = Pending & { readonly kind: "mail" };

/** What was sent between two moments, whatever became of it, in its order. */
export type Keeper = { readonly kept: readonly OldPiece[]; readonly end: () => void };
type Keeping = { readonly fits: (mail: RegionMail) => boolean; readonly kept: OldPiece[] };
/** A few seconds of mail to one replica; none of it has a payload of a large run. */
const KEPT_MAX = 4_096;

const AT_ONCE: Delivery = { kind: "at-once" };
const LOST: Delivery = { kind: "lost" };

export class Links {
  quality: LinkQuality = GOOD_LINKS;
  /** "from>to" of hosts that do not reach each other, with how many reasons there are for it. */
  readonly #cut = new Map<string, number>();
  readonly #random: Random;
  /** Of its own: what becomes of pieces of snapshots moves no other mail. */
  readonly #pieces: Random;
  readonly #nowMs: () => number;
  #copies: Copy[] = [];
  readonly old: OldMail;
  readonly #keeping = new Set<Keeping>();
  readonly counts = { lost: 0, twice: 0, late: 0, cut: 0, damaged: 0 };

  constructor(random: Random, nowMs: () => number) {
    this.#random = random;
    this.#pieces = random.fork("pieces");
    this.#nowMs = nowMs;
    this.old = new OldMail(random.fork("old mail"));
  }

  readonly courier: Courier = (fromHost, mail, bytes) => {
    // What comes once more was kept when it came first.
    if (fromHost !== "outside" && isRegionMail(mail)) this.#keep(mail, bytes);
    if (this.isCut(fromHost, mail.host)) {
      this.counts.cut += 1;
      return LOST;
    }
    if (isBetweenStores(mail)) return this.#betweenStores(mail, bytes);
    const isPds = mail.host === "pd" || fromHost === "pd";
    if (isPds && fromHost !== "outside") return this.#later(true);
    return mail.message.kind === "client" ? this.#later(false) : AT_ONCE;
  };

  #keep({ to, message }: Mail, bytes: Uint8Array | undefined): void {
    const piece = { to, message: message as GateMail & { kind: "receive" }, bytes };
    this.old.note(piece);
    for (const { fits, kept } of this.#keeping)
      if (kept.length < KEPT_MAX && fits(piece.message.mail))
        kept.push({ ...piece, bytes: bytes && Uint8Array.from(bytes) });
  }

  /** Copies of all mail between stores that fits, also of what is cut off or lost: late instead of never. */
  keepWhile(fits: (mail: RegionMail) => boolean): Keeper {
    const keeping: Keeping = { fits, kept: [] };
    this.#keeping.add(keeping);
    return { kept: keeping.kept, end: () => void this.#keeping.delete(keeping) };
  }

  /** To be sent from outside when the step is over. */
  sendAgain(copy: Copy): void {
    this.#copies.push(copy);
  }

  isCut(from: string, to: string): boolean {
    return this.#cut.size > 0 && this.#cut.has(`${from}>${to}`);
  }

  /** One way. @returns What joins the two again. */
  cut(from: string, to: string): () => void {
    const pair = `${from}>${to}`;
    this.#cut.set(pair, (this.#cut.get(pair) ?? 0) + 1);
    return () => this.#join(pair);
  }

  #join(pair: string): void {
    const reasons = (this.#cut.get(pair) ?? 1) - 1;
    if (reasons > 0) this.#cut.set(pair, reasons);
    else this.#cut.delete(pair);
  }

  /** Mail that comes a second time, to be sent from outside when the step is over. */
  takeCopies(): readonly Copy[] {
    if (this.#copies.length === 0) return [];
    const copies = this.#copies;
    this.#copies = [];
    return copies;
  }

  #betweenStores(mail: Mail, bytes: Uint8Array | undefined): Delivery {
    const { lostOneIn, twiceOneIn } = this.quality;
    if (this.#draws(lostOneIn)) {
      this.counts.lost += 1;
      return LOST;
    }
    const message = mail.message as GateMail;
    if (this.#draws(twiceOneIn, bytes === undefined ? this.#random : this.#pieces)) {
      this.counts.twice += 1;
      // A message owns its bytes: the other one gets its own.
      this.#copies.push({ to: mail.to, message, bytes: bytes && Uint8Array.from(bytes) });
    }
    if (bytes !== undefined) this.#damage(bytes);
    return this.#later(false);
  }

  /** One bit, as on a wire whose own checksum has missed it. */
  #damage(bytes: Uint8Array): void {
    if (bytes.byteLength === 0 || !this.#draws(this.quality.damagedOneIn ?? 0, this.#pieces))
      return;
    this.counts.damaged += 1;
    const at = this.#pieces.below(bytes.byteLength);
    bytes[at] = (bytes[at] ?? 0) ^ (1 << this.#pieces.below(8));
  }

  #later(inOrder: boolean): Delivery {
    const { delayMsMax, lateOneIn, lateMsMax } = this.quality;
    const isLate = this.#draws(lateOneIn);
    if (isLate) this.counts.late += 1;
    const delayMs = this.#random.unit() * (isLate ? lateMsMax : delayMsMax);
    return { kind: "later", dueMs: this.#nowMs() + delayMs, inOrder };
  }

  #draws(oneIn: number, random = this.#random): boolean {
    return oneIn > 0 && random.below(oneIn) === 0;
  }
}

function isBetweenStores(mail: Mail): boolean {
  return isRegionMail(mail) || (mail.actor === "gateActor" && mail.message.kind === "pulse");
}

function isRegionMail({ actor, message }: Mail): boolean {
  return actor === "gateActor" && message.kind === "receive";
}
