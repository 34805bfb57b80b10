// One slot of the store's governor, as its holder has it: asked for, used to ask for bytes, given back.
// Invariant: what may have been granted is given back until the governor has said that it is free; a lost
// word costs a slot a while only.
import type { ActorContext, Address } from "@multiraft/runtime";
import type { AsyncWork } from "../peer/async-work.ts";
import type { PeerMail } from "../peer/peer-mail.ts";
import type { GovernorMail, SnapshotDirection } from "./governor-mail.ts";

const ASK_TIMEOUT_MS = 10_000;
/** However slow the pace and many the streams: a governor that is gone ends its store, and this with it. */
const GRANT_TIMEOUT_MS = 86_400_000;
/** A governor that has no room for mail has much to do. */
const RELEASE_RETRY_MS = 1_000;

export class Slot {
  readonly #context: ActorContext<PeerMail>;
  readonly #work: AsyncWork<PeerMail>;
  readonly #governor: Address<GovernorMail>;
  readonly #direction: SnapshotDirection;
  readonly #ticket: number;
  #state: "free" | "asking" | "held" | "over" = "free";

  /** @param ticket Of the holder's choice, never twice in one direction. */
  constructor(
    context: ActorContext<PeerMail>,
    work: AsyncWork<PeerMail>,
    governor: Address<GovernorMail>,
    direction: SnapshotDirection,
    ticket: number,
  ) {
    this.#context = context;
    this.#work = work;
    this.#governor = governor;
    this.#direction = direction;
    this.#ticket = ticket;
  }

  /** @param then Not called when the slot was given up meanwhile. */
  acquire(then: (isGranted: boolean) => void): void {
    this.#state = "asking";
    const ask = { kind: "acquire-slot" as const, ...this.#own };
    this.#work.ask(this.#governor, ask, { timeoutMs: ASK_TIMEOUT_MS }, (outcome) => {
      const isGranted = outcome.kind === "reply" && outcome.value.isGranted;
      const isOver = this.#state === "over";
      this.#state = isGranted ? "held" : "over";
      // Without an answer it may have been granted all the same.
      if (outcome.kind === "failed" || (isGranted && isOver)) this.#giveBack();
      if (!isOver) then(isGranted);
    });
  }

  /** @param then Told when so many bytes may flow, or why they never will. */
  takeBytes(bytes: number, then: (failure: string | undefined) => void): void {
    const { holder, ticket } = this.#own;
    const ask = { kind: "take-bytes" as const, bytes, holder, ticket };
    this.#work.ask(this.#governor, ask, { timeoutMs: GRANT_TIMEOUT_MS }, (outcome) =>
      then(outcome.kind === "failed" ? outcome.reason : undefined),
    );
  }

  /** Harmless when repeated, and before it is granted. */
  release(): void {
    const isHeld = this.#state === "held";
    this.#state = "over";
    if (isHeld) this.#giveBack();
  }

  #giveBack(): void {
    this.#state = "over";
    const release = { kind: "release-slot" as const, ...this.#own };
    this.#work.ask(this.#governor, release, { timeoutMs: ASK_TIMEOUT_MS }, (outcome) => {
      if (outcome.kind === "failed")
        this.#work.after("release slot", RELEASE_RETRY_MS, () => this.#giveBack());
    });
  }

  get #own() {
    return { direction: this.#direction, holder: this.#context.self, ticket: this.#ticket };
  }
}
