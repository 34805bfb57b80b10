// Actors that do anything at any time, on three threads with few slots and few incarnations: whatever the
// order, the laws of mail hold after each step, and at the end nothing is left.
import { assert, describe, expect, test } from "vitest";
import type { Address, AnyAddress } from "../src/actor/address.ts";
import { sameAddress } from "../src/actor/address.ts";
import type { MessageShape } from "../src/actor/definition.ts";
import type { Envelope, ReplyToken } from "../src/actor/envelope.ts";
import type { LifeContext } from "../src/kernel/life-context.ts";
import { Sfc32 } from "../src/platform/sfc32.ts";
import { define, Threads } from "./kernel-fixture.ts";

const THREADS = 3;
const STEPS = 400;

type Stray = MessageShape & {
  readonly to: AnyAddress;
  readonly from: AnyAddress;
  readonly number: number;
};

class Storm {
  readonly threads = new Threads({ threads: THREADS, slots: 6, incarnationMax: 40 });
  readonly random: Sfc32;
  /** Addresses of all lives there ever were: mail goes to the dead as well. */
  readonly known: Address<MessageShape>[] = [];
  readonly #lastNumbers = new Map<string, number>();
  readonly #sent = new Map<string, number>();
  asked = 0;
  answered = 0;

  constructor(seed: number) {
    this.random = new Sfc32(seed);
    const wild = define("wild", (context) => this.#create(context));
    this.threads.definitions.set("test:#wild", wild as never);
    this.threads.answer = (record) => {
      if (record.kind !== "mail") return "ok";
      const draw = this.random.below(20);
      return draw === 0 ? "lane-full" : draw === 1 ? "paused" : "ok";
    };
  }

  step(): void {
    const thread = this.random.below(THREADS);
    switch (this.random.below(8)) {
      case 0:
        this.#begin(thread);
        break;
      case 1:
        this.threads.clock.moveTo(this.threads.clock.nowMs() + this.random.below(4));
        this.threads.kernel(thread).fireTimers();
        break;
      case 2:
        this.threads.kernel(thread).laneDrained(this.random.below(THREADS));
        break;
      case 3:
        this.#settleJob();
        break;
      case 4:
        this.threads.carry();
        break;
      case 5:
        if (this.random.below(10) === 0) this.threads.lose(thread, "lane-full");
        break;
      default:
        this.threads.kernel(thread).runTurn();
    }
  }

  /** A new life, and something for it and for another to do. */
  #begin(thread: number): void {
    const wild = define("wild", (context) => this.#create(context));
    this.threads.kernel(thread).spawn(wild, undefined);
    const someone = this.known[this.random.below(this.known.length)];
    for (const to of [this.known.at(-1), someone])
      if (to !== undefined) this.threads.outside.tell(to, { kind: "poke" });
  }

  finish(): void {
    for (const kernel of this.threads.kernels) kernel.shutDown();
    while (this.threads.jobs.length > 0) this.#settleJob();
    this.threads.run();
    this.threads.expectClean();
    expect(this.answered).toBe(this.asked);
    const failures = this.threads.thrown.filter(
      (error) => (error as Error).message !== "on purpose",
    );
    expect(failures).toEqual([]);
  }

  #create(context: LifeContext<MessageShape>) {
    this.known.push(context.self);
    const debts: ReplyToken[] = [];
    return {
      receive: (message: MessageShape, envelope: Envelope) => {
        if (message.kind === "stray") this.#check(context, message as Stray);
        if (envelope.reply !== undefined && !this.#pass(context, message, envelope))
          debts.push(envelope.reply);
        for (let i = this.random.below(4); i > 0; i -= 1) this.#act(context, debts);
      },
      turnEnd: () => this.#act(context, debts),
    };
  }

  /** The oracles: mail of another life is never seen, and mail of a pair never overtakes. */
  #check(context: LifeContext<MessageShape>, message: Stray): void {
    assert(sameAddress(message.to, context.self), "a handler ran with mail of another life");
    const pair = `${JSON.stringify(message.from)} ${JSON.stringify(message.to)}`;
    assert((this.#lastNumbers.get(pair) ?? -1) < message.number, "mail of a pair has overtaken");
    this.#lastNumbers.set(pair, message.number);
  }

  #pass(context: LifeContext<MessageShape>, message: MessageShape, envelope: Envelope): boolean {
    if (message.kind !== "ask" || this.random.below(4) > 0) return false;
    context.forward(this.#anyone(context), message, envelope);
    return true;
  }

  #act(context: LifeContext<MessageShape>, debts: ReplyToken[]): void {
    const to = this.#anyone(context);
    switch (this.random.below(16)) {
      case 0:
        context.stop(to, this.random.below(2) === 0 ? "now" : "drain");
        break;
      case 1:
        if (this.random.below(4) === 0) context.stopSelf();
        break;
      case 2:
        if (this.random.below(8) === 0) throw new Error("on purpose");
        break;
      case 3:
        context.setTimer(`t${this.random.below(2)}`, this.random.below(4), { kind: "tick" });
        break;
      case 4:
        context.cancelTimer("t0");
        break;
      case 5:
        context.watch(to, () => ({ kind: "end" }));
        break;
      case 6:
        this.#startJob(context);
        break;
      case 7:
        this.#spawn(context);
        break;
      case 8:
      case 9:
        this.#ask(context, to);
        break;
      case 10:
      case 11:
        this.#pay(context, debts);
        break;
      case 12:
        context.allocatePayload(8)?.release();
        context.allocatePayload(8);
        break;
      default:
        this.#tell(context, to);
    }
  }

  #tell(context: LifeContext<MessageShape>, to: Address<MessageShape>): void {
    const pair = `${JSON.stringify(context.self)} ${JSON.stringify(to)}`;
    const number = this.#sent.get(pair) ?? 0;
    this.#sent.set(pair, number + 1);
    const payload = this.random.below(3) === 0 ? context.allocatePayload(16) : undefined;
    const message: Stray = { kind: "stray", to, from: context.self, number };
    context.tell(to, message, payload && { payload });
  }

  #ask(context: LifeContext<MessageShape>, to: Address<MessageShape>): void {
    this.asked += 1;
    let outcomes = 0;
    context.askThen(to, { kind: "ask" }, { timeoutMs: 1 + this.random.below(8) }, () => {
      outcomes += 1;
      assert(outcomes === 1, "an ask had two outcomes");
      this.answered += 1;
    });
  }

  #pay(context: LifeContext<MessageShape>, debts: ReplyToken[]): void {
    const token = debts.pop();
    if (token !== undefined) context.reply(token, "paid");
  }

  #spawn(context: LifeContext<MessageShape>): void {
    const wild = define("wild", (own) => this.#create(own));
    context.spawn(wild, undefined, { thread: this.random.below(THREADS) }, () => ({
      kind: "born",
    }));
  }

  #startJob(context: LifeContext<MessageShape>): void {
    const job = { url: "test:", name: "job", run: () => 1, release: () => undefined };
    context.job(job, 1, () => ({ kind: "job done" }));
  }

  #settleJob(): void {
    const [task] = this.threads.jobs.splice(this.random.below(this.threads.jobs.length + 1), 1);
    task?.settle({ kind: "done", value: 1 });
  }

  #anyone(context: LifeContext<MessageShape>): Address<MessageShape> {
    return this.known[this.random.below(this.known.length)] ?? context.self;
  }
}

describe("a storm", () => {
  test.each(Array.from({ length: 40 }, (_, seed) => seed))(
    "of seed %i keeps the laws of mail",
    (seed) => {
      const storm = new Storm(seed);
      for (let i = 0; i < STEPS; i += 1) {
        storm.step();
        storm.threads.expectBalanced();
      }
      storm.finish();
    },
  );

  test("reaches every kind of loss and all ways to end", () => {
    const reasons = new Set<string>();
    const endings = new Set<string>();
    for (let seed = 0; seed < 20; seed += 1) {
      const storm = new Storm(seed);
      for (let i = 0; i < STEPS; i += 1) storm.step();
      storm.finish();
      for (const letter of storm.threads.letters) reasons.add(letter.reason);
      for (const ending of storm.threads.ended) endings.add(ending.reason.kind);
    }
    expect([...reasons].sort()).toEqual([
      "expired",
      "lane-full",
      "shut-down",
      "stale-incarnation",
      "tombstone",
      "vacant",
    ]);
    expect([...endings].sort()).toEqual(["shut-down", "stopped", "threw"]);
  });
});
