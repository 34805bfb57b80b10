// The actors of the storms: nurseries that make lives, use them, end them, and go on writing to the ended;
// and the lives, each of which knows a secret that only its own mail carries.
import {
  type ActorContext,
  type Address,
  type AskOutcome,
  type Asks,
  defineActor,
  type ErrorData,
  Sfc32,
} from "@multiraft/runtime";
import type { JudgeAddress } from "./judge.ts";

export type LifeMail =
  | { readonly kind: "tell"; readonly secret: number }
  | ({ readonly kind: "ask"; readonly secret: number } & Asks<number>)
  /** Never answered by hand: the end of the life is the answer. */
  | ({ readonly kind: "wait"; readonly secret: number } & Asks<number>);

export type LifeArgs = { readonly secret: number; readonly judge: JudgeAddress };

export const stormLife = defineActor<LifeMail, LifeArgs>({
  url: import.meta.url,
  name: "stormLife",
  create: (context, { secret, judge }) => ({
    receive(mail, { reply }) {
      if (mail.secret !== secret) {
        const what = `life with secret ${secret} got a ${mail.kind} for secret ${mail.secret}`;
        context.tell(judge, { kind: "violation", what });
      }
      if (mail.kind === "ask" && reply !== undefined) context.reply(reply, secret);
    },
  }),
});

export type NurseryCounts = {
  readonly lives: number;
  readonly asks: number;
  readonly staleTells: number;
  readonly staleAsks: number;
  /** Asks, spawns and ends that are not settled. */
  readonly open: number;
};

export type NurseryMail =
  /** @param mayRefuse A thread is to die meanwhile, and what it was asked to spawn dies with it. */
  | { readonly kind: "storm"; readonly mayRefuse: boolean }
  | { readonly kind: "pause" }
  | { readonly kind: "step" }
  | { readonly kind: "born"; readonly secret: number; readonly address: Address<LifeMail> }
  | { readonly kind: "not-born"; readonly secret: number; readonly error: ErrorData }
  | { readonly kind: "ended"; readonly secret: number; readonly how: string }
  | {
      readonly kind: "settled";
      readonly ask: number;
      readonly outcome: AskOutcome<number>;
    }
  | ({ readonly kind: "counts" } & Asks<NurseryCounts>);

export type NurseryArgs = {
  readonly seed: number;
  /** Secrets are this and a number: given once in a run. */
  readonly firstSecret: number;
  readonly threads: number;
  readonly judge: JudgeAddress;
};

/** Lives being born or living, of one nursery. */
export const LIVES_MAX = 64;
/** Ended lives that are still written to. */
const STALE_MAX = 512;
const ASK_TIMEOUT_MS = 120_000;
/** Births a turn: below what a mailbox holds of outcomes, and other nurseries come to their turn. */
const BIRTHS_PER_STEP = 16;

const NO_SLOT = "ERR_MULTIRAFT_SLOTS_EXHAUSTED";

/** How asks to a life may end that has been known to be ended before they were sent. */
const STALE_REASONS = ["tombstone", "stale-incarnation", "vacant", "thread-dead"];
/** How asks may end that were sent to a life while it was being ended. */
const ENDING_REASONS = [...STALE_REASONS, "error"];

type Life = { readonly secret: number; readonly address: Address<LifeMail> };
type OpenAsk = { readonly secret: number; readonly isStale: boolean; readonly isWait: boolean };

export const nurseryActor = defineActor<NurseryMail, NurseryArgs>({
  url: import.meta.url,
  name: "nurseryActor",
  create: (context, args) => {
    const nursery = new Nursery(context, args);
    return {
      receive: (mail, { reply }) =>
        nursery.receive(mail, (counts) => reply && context.reply(reply, counts)),
    };
  },
});

class Nursery {
  readonly #context: ActorContext<NurseryMail>;
  readonly #args: NurseryArgs;
  readonly #random: Sfc32;
  readonly #unborn = new Set<number>();
  readonly #ending = new Map<number, Life>();
  readonly #asks = new Map<number, OpenAsk>();
  #stale: Life[] = [];
  #nextSecret: number;
  #nextAsk = 0;
  #lives = 0;
  #staleTells = 0;
  #staleAsks = 0;
  #isStorming = false;
  #mayRefuse = false;
  #isStepSet = false;

  constructor(context: ActorContext<NurseryMail>, args: NurseryArgs) {
    this.#context = context;
    this.#args = args;
    this.#random = new Sfc32(args.seed, `nursery ${args.firstSecret}`);
    this.#nextSecret = args.firstSecret;
  }

  receive(mail: NurseryMail, answer: (counts: NurseryCounts) => void): void {
    switch (mail.kind) {
      case "storm":
        this.#isStorming = true;
        this.#mayRefuse = mail.mayRefuse;
        return this.#goOn();
      case "pause":
        this.#isStorming = false;
        return;
      case "step":
        this.#isStepSet = false;
        return this.#step();
      case "born":
        return this.#born(mail);
      case "not-born":
        return this.#notBorn(mail);
      case "ended":
        return this.#ended(mail);
      case "settled":
        return this.#settled(mail.ask, mail.outcome);
      case "counts":
        return answer(this.#counts());
    }
  }

  #goOn(): void {
    if (!this.#isStorming || this.#isStepSet) return;
    this.#isStepSet = true;
    this.#context.tell(this.#context.self, { kind: "step" });
  }

  #step(): void {
    if (!this.#isStorming) return;
    let births = 0;
    while (births < BIRTHS_PER_STEP && this.#unborn.size + this.#ending.size < LIVES_MAX) {
      this.#bear();
      births += 1;
    }
    this.#haunt(BIRTHS_PER_STEP);
    // Otherwise the ends that are awaited set the next one.
    if (births > 0) this.#goOn();
  }

  #bear(): void {
    const { judge, threads } = this.#args;
    const secret = this.#nextSecret;
    this.#nextSecret += 1;
    this.#unborn.add(secret);
    const isNear = this.#random.below(2) === 0;
    const thread = isNear ? this.#context.thread : this.#random.below(threads);
    this.#context.spawn(stormLife, { secret, judge }, { thread }, (outcome) =>
      outcome.kind === "spawned"
        ? { kind: "born", secret, address: outcome.address }
        : { kind: "not-born", secret, error: outcome.error },
    );
  }

  #born(life: Life): void {
    if (!this.#unborn.delete(life.secret)) this.#violate(`secret ${life.secret} was born twice`);
    const { secret, address } = life;
    this.#lives += 1;
    this.#ending.set(secret, { secret, address });
    this.#context.watch(address, (how) => ({ kind: "ended", secret, how: how.kind }));
    for (let i = this.#random.below(3); i >= 0; i -= 1)
      this.#context.tell(address, { kind: "tell", secret });
    if (this.#random.below(2) === 0) this.#ask(life, "ask", false);
    if (this.#random.below(4) === 0) this.#ask(life, "wait", false);
    this.#context.stop(address, this.#random.below(2) === 0 ? "now" : "drain");
    // After the word to stop, and maybe before the end.
    if (this.#random.below(2) === 0) this.#ask(life, "ask", false);
  }

  /** Where nobody kills a refusal is a fault; for want of a slot it always is, for slots suffice if all come back. */
  #notBorn({ secret, error }: { readonly secret: number; readonly error: ErrorData }): void {
    const { code, message } = error;
    if (!this.#unborn.delete(secret))
      this.#violate(`secret ${secret} was refused twice: ${message}`);
    if (!this.#mayRefuse || code === NO_SLOT)
      this.#violate(`secret ${secret} was refused: ${code ?? ""} ${message}`);
    this.#goOn();
  }

  #ended({ secret, how }: { readonly secret: number; readonly how: string }): void {
    const life = this.#ending.get(secret);
    if (life === undefined)
      return this.#violate(`the end of secret ${secret} was told twice: ${how}`);
    this.#ending.delete(secret);
    if (how === "threw") this.#violate(`life with secret ${secret} threw`);
    if (this.#stale.length < STALE_MAX) this.#stale.push(life);
    else this.#stale[this.#random.below(STALE_MAX)] = life;
    this.#goOn();
  }

  /** Writes to the ended: nobody may get it, and every ask is refused. */
  #haunt(times: number): void {
    for (let i = 0; i < times; i += 1) {
      const life = this.#stale[this.#random.below(Math.max(1, this.#stale.length))];
      if (life === undefined) return;
      if (this.#random.below(2) === 0) {
        this.#staleTells += 1;
        this.#context.tell(life.address, { kind: "tell", secret: life.secret });
      } else {
        this.#staleAsks += 1;
        this.#ask(life, "ask", true);
      }
    }
  }

  #ask({ secret, address }: Life, kind: "ask" | "wait", isStale: boolean): void {
    const ask = this.#nextAsk;
    this.#nextAsk += 1;
    this.#asks.set(ask, { secret, isStale, isWait: kind === "wait" });
    this.#context.request(address, { kind, secret }, { timeoutMs: ASK_TIMEOUT_MS }, (outcome) => ({
      kind: "settled",
      ask,
      outcome,
    }));
  }

  #settled(ask: number, outcome: AskOutcome<number>): void {
    const open = this.#asks.get(ask);
    if (open === undefined) return this.#violate(`ask ${ask} was settled twice`);
    this.#asks.delete(ask);
    const { secret, isStale, isWait } = open;
    if (outcome.kind === "reply") {
      if (isStale) this.#violate(`an ask to the ended secret ${secret} was answered`);
      if (isWait) this.#violate(`an ask that nobody answers was answered, secret ${secret}`);
      if (outcome.value !== secret)
        this.#violate(`an ask for secret ${secret} was answered with ${outcome.value}`);
      return;
    }
    const allowed = isStale ? STALE_REASONS : ENDING_REASONS;
    if (!allowed.includes(outcome.reason))
      this.#violate(
        `an ask to secret ${secret}, ${isStale ? "ended" : "ending"}, failed as ${outcome.reason}`,
      );
  }

  #violate(what: string): void {
    this.#context.tell(this.#args.judge, { kind: "violation", what });
  }

  #counts(): NurseryCounts {
    return {
      lives: this.#lives,
      asks: this.#nextAsk,
      staleTells: this.#staleTells,
      staleAsks: this.#staleAsks,
      open: this.#unborn.size + this.#ending.size + this.#asks.size,
    };
  }
}
