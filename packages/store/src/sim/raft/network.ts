/**
 * Messages under way between peers, oldest first on each link, and which links are cut. What is lost
 * is told to whoever has to know: the sender of a snapshot.
 */
import type { Message } from "../../raft/index.ts";
import { PEERS_MAX } from "./features.ts";

/** Of one link. A full one loses its oldest, as a slow receiver's would. */
export const LINK_MESSAGES_MAX = 24;

const LINK_STRIDE = PEERS_MAX + 1;
const LINKS = LINK_STRIDE * LINK_STRIDE;

export class Network {
  readonly #links: Message[][] = Array.from({ length: LINKS }, () => []);
  readonly #isCut = new Array<boolean>(LINKS).fill(false);
  readonly #onLost: (message: Message) => void;
  #count = 0;
  #linkMessagesMax = LINK_MESSAGES_MAX;

  constructor(onLost: (message: Message) => void) {
    this.#onLost = onLost;
  }

  get isEmpty(): boolean {
    return this.#count === 0;
  }

  send(message: Message): void {
    const place = linkOf(message.from, message.to);
    if (this.#isCut[place]) {
      this.#onLost(message);
      return;
    }
    const link = this.#link(place);
    link.push(message);
    this.#count += 1;
    if (link.length > this.#linkMessagesMax) this.lose(message.from, message.to, 0);
  }

  /** Takes a message that is under way; undefined if there is none at that place. */
  take(from: number, to: number, place: number): Message | undefined {
    const link = this.#link(linkOf(from, to));
    if (place >= link.length) return undefined;
    this.#count -= 1;
    return place === 0 ? link.shift() : link.splice(place, 1)[0];
  }

  peek(from: number, to: number, place: number): Message | undefined {
    return this.#link(linkOf(from, to))[place];
  }

  lose(from: number, to: number, place: number): boolean {
    const message = this.take(from, to, place);
    if (message !== undefined) this.#onLost(message);
    return message !== undefined;
  }

  countOn(from: number, to: number): number {
    return this.#link(linkOf(from, to)).length;
  }

  /** What is under way on the link is lost as well. */
  cut(from: number, to: number): void {
    this.#isCut[linkOf(from, to)] = true;
    while (this.lose(from, to, 0));
  }

  heal(): void {
    this.#isCut.fill(false);
  }

  /** From here on nothing is lost. */
  becomeReliable(): void {
    this.heal();
    this.#linkMessagesMax = Number.POSITIVE_INFINITY;
  }

  /**
   * A link with messages, the first at or after the `start`th of all; undefined if all are empty.
   */
  busyLink(start: number): { readonly from: number; readonly to: number } | undefined {
    if (this.#count === 0) return undefined;
    for (let offset = 0; offset < LINKS; offset++) {
      const place = (start + offset) % LINKS;
      if (this.#link(place).length > 0)
        return { from: Math.floor(place / LINK_STRIDE), to: place % LINK_STRIDE };
    }
    return undefined;
  }

  #link(place: number): Message[] {
    return this.#links[place] ?? [];
  }
}

/** How many there are to start a search from. */
export const LINK_COUNT = LINKS;

function linkOf(from: number, to: number): number {
  return from * LINK_STRIDE + to;
}
