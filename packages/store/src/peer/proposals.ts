// Proposals whose callers wait. Each is answered once: when an entry is applied at its index (its own,
// or another one that shows it was lost), or when nothing can be known any more.
import type { ReplyToken } from "@multiraft/runtime";
import { assert } from "@multiraft/runtime";
import type { LogIndex, Term } from "../raft/index.ts";
import type { ClientReply } from "./client-request.ts";

type Proposal = { readonly term: Term; readonly token: ReplyToken };

/** Callers at one replica; beyond it they are told to come back: 64 clients with 1,000 each. */
export const PROPOSALS_MAX = 65_536;

export class Proposals {
  readonly #byIndex = new Map<LogIndex, Proposal>();
  readonly #reply: (token: ReplyToken, reply: ClientReply) => void;

  constructor(reply: (token: ReplyToken, reply: ClientReply) => void) {
    this.#reply = reply;
  }

  get count(): number {
    return this.#byIndex.size;
  }

  add(index: LogIndex, term: Term, token: ReplyToken): void {
    const before = this.#byIndex.get(index);
    // The index was given anew: the earlier entry was cut, so it was never committed.
    if (before !== undefined) this.#reply(before.token, { kind: "not-leader", leader: undefined });
    assert(before === undefined || before.term < term, "two proposals of one term at one index");
    this.#byIndex.set(index, { term, token });
  }

  /** The entry of `term` was applied at `index`. */
  applied(index: LogIndex, term: Term, reply: ClientReply): void {
    const proposal = this.#byIndex.get(index);
    if (proposal === undefined) return;
    this.#byIndex.delete(index);
    // Another term's entry stands there: this proposal is lost for certain, and may be made again.
    const isOwn = proposal.term === term;
    this.#reply(proposal.token, isOwn ? reply : { kind: "not-leader", leader: undefined });
  }

  /** A snapshot jumped over these entries: what became of them is not known here. */
  jumpedTo(index: LogIndex): void {
    for (const [at, { token }] of this.#byIndex) {
      if (at > index) continue;
      this.#byIndex.delete(at);
      this.#reply(token, { kind: "outcome-unknown" });
    }
  }

  /** The life ends. */
  abandonAll(): void {
    for (const { token } of this.#byIndex.values()) this.#reply(token, { kind: "outcome-unknown" });
    this.#byIndex.clear();
  }
}
