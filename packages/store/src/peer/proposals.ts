// Proposals whose callers wait. Each is answered once: when an entry is applied at its index (its own,
// or another one that shows it was lost), or when nothing can be known any more.
import type { ReplyToken } from "@multiraft/runtime";
import { assert } from "@multiraft/runtime";
import type { LogIndex, Term } from "../raft/index.ts";
import type { ClientReply } from "./client-request.ts";

type Proposal = {
  readonly term: Term;
  readonly token: ReplyToken;
  /** Made at the same index in an earlier term, and not decided either. */
  readonly earlier: Proposal | undefined;
};

/** Callers at one replica; beyond it they are told to come back: 64 clients with 1,000 each. */
export const PROPOSALS_MAX = 65_536;

export class Proposals {
  /** The latest of each index. */
  readonly #byIndex = new Map<LogIndex, Proposal>();
  readonly #reply: (token: ReplyToken, reply: ClientReply) => void;
  #count = 0;

  constructor(reply: (token: ReplyToken, reply: ClientReply) => void) {
    this.#reply = reply;
  }

  get count(): number {
    return this.#count;
  }

  /**
   * An index is given anew when its entry was cut from this log. That says nothing of the logs of others: whoever
   * has the entry still may lead later, and commit it. So both wait for what is applied there (Raft paper §5.4.2).
   */
  add(index: LogIndex, term: Term, token: ReplyToken): void {
    const earlier = this.#byIndex.get(index);
    assert(earlier === undefined || earlier.term < term, "two proposals of one term at one index");
    this.#byIndex.set(index, { term, token, earlier });
    this.#count += 1;
  }

  /** The entry of `term` was applied at `index`. */
  applied(index: LogIndex, term: Term, reply: ClientReply): void {
    const latest = this.#byIndex.get(index);
    if (latest === undefined) return;
    this.#answerAll(index, latest, (proposal) => (proposal.term === term ? reply : LOST));
  }

  /** A snapshot jumped over these entries: what became of them is not known here. */
  jumpedTo(index: LogIndex): void {
    for (const [at, latest] of this.#byIndex)
      if (at <= index) this.#answerAll(at, latest, () => UNKNOWN);
  }

  /** The life ends. */
  abandonAll(): void {
    for (const [at, latest] of this.#byIndex) this.#answerAll(at, latest, () => UNKNOWN);
  }

  #answerAll(
    index: LogIndex,
    latest: Proposal,
    answerOf: (proposal: Proposal) => ClientReply,
  ): void {
    this.#byIndex.delete(index);
    for (let one: Proposal | undefined = latest; one !== undefined; one = one.earlier) {
      this.#count -= 1;
      this.#reply(one.token, answerOf(one));
    }
  }
}

/** Another term's entry stands there for good: the proposal may be made again. */
const LOST: ClientReply = { kind: "not-leader", leader: undefined };
const UNKNOWN: ClientReply = { kind: "outcome-unknown" };
