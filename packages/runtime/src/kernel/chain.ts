// A doubly linked list through its members: adding and leaving cost no search and no allocation, which
// suits what a life holds for a short time (debts, calls, payloads). A member is in one chain at most.
import { assert } from "../assert.ts";

/**
 * Its fields are set, not defined: what six classes inherit is defined anew by the engine at each `new`, which
 * takes 0.4 us on Node 20 where setting takes 0.05 us.
 */
export class Link {
  declare chain: Chain<Link> | undefined;
  declare previous: Link | undefined;
  declare next: Link | undefined;

  constructor() {
    this.chain = undefined;
    this.previous = undefined;
    this.next = undefined;
  }
}

export class Chain<Member extends Link> {
  #first: Link | undefined;
  #last: Link | undefined;
  #size = 0;

  get size(): number {
    return this.#size;
  }

  get last(): Member | undefined {
    return this.#last as Member | undefined;
  }

  get first(): Member | undefined {
    return this.#first as Member | undefined;
  }

  has(member: Member): boolean {
    return member.chain === this;
  }

  append(member: Member): void {
    assert(member.chain === undefined, "a member of one chain was added to another");
    member.chain = this as unknown as Chain<Link>;
    member.previous = this.#last;
    if (this.#last === undefined) this.#first = member;
    else this.#last.next = member;
    this.#last = member;
    this.#size += 1;
  }

  remove(member: Member): void {
    assert(member.chain === (this as unknown), "a member was removed from a chain it is not in");
    if (member.previous === undefined) this.#first = member.next;
    else member.previous.next = member.next;
    if (member.next === undefined) this.#last = member.previous;
    else member.next.previous = member.previous;
    member.chain = undefined;
    member.previous = undefined;
    member.next = undefined;
    this.#size -= 1;
  }

  /** In the order of `append`. The member that was just given may leave. */
  *[Symbol.iterator](): Generator<Member> {
    for (let link = this.#first; link !== undefined; ) {
      const next: Link | undefined = link.next;
      yield link as Member;
      link = next;
    }
  }
}
