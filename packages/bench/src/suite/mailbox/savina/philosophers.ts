// Dining philosophers: who is hungry asks the arbitrator for both forks, and asks again when one is taken.
import { type Address, type Asks, assert, defineActor } from "@multiraft/runtime";
import { checkCount, type Note, noteOf, PLAY_MS_MAX, type Program } from "./program.ts";

type Meals = { readonly meals: number; readonly refusals: number };
type PhilosopherMail =
  | ({
      readonly kind: "play";
      readonly arbitrator: Address<ArbitratorMail>;
      readonly rounds: number;
    } & Asks<Meals>)
  | Note<"eat">
  | Note<"denied">;
type ArbitratorMail =
  | Note<"hungry">
  | Note<"done">
  /** Answered when so many meals are over since the last report, and every fork is back. */
  | ({ readonly kind: "report"; readonly meals: number } & Asks<number>);

const HUNGRY = noteOf("philosophers", "hungry");
const DONE = noteOf("philosophers", "done");
const EAT = noteOf("philosophers", "eat");
const DENIED = noteOf("philosophers", "denied");

export const philosopherActor = defineActor<PhilosopherMail, { readonly seat: number }>({
  url: import.meta.url,
  name: "philosopherActor",
  layouts: [EAT.layout, DENIED.layout],
  create: (context, { seat }) => {
    let arbitrator: Address<ArbitratorMail> | undefined;
    let rounds = 0;
    let meals = 0;
    let refusals = 0;
    let finish = () => {};
    const beHungry = () => {
      assert(arbitrator !== undefined, "nobody to ask");
      context.tell(arbitrator, { kind: "hungry", value: seat }, HUNGRY);
    };
    return {
      receive(mail, { reply }) {
        switch (mail.kind) {
          case "eat":
            assert(arbitrator !== undefined, "a meal without an arbitrator");
            meals += 1;
            context.tell(arbitrator, { kind: "done", value: seat }, DONE);
            return meals === rounds ? finish() : beHungry();
          case "denied":
            refusals += 1;
            return beHungry();
          case "play":
            ({ arbitrator, rounds } = mail);
            meals = 0;
            refusals = 0;
            finish = () => reply && context.reply(reply, { meals, refusals });
            return beHungry();
        }
      },
    };
  },
});

export const arbitratorActor = defineActor<ArbitratorMail, { readonly seats: number }>({
  url: import.meta.url,
  name: "arbitratorActor",
  layouts: [HUNGRY.layout, DONE.layout],
  create: (context, { seats }) => {
    const isTaken = new Array<boolean>(seats).fill(false);
    let meals = 0;
    let expected: { readonly meals: number; readonly answer: () => void } | undefined;
    const answerIfOver = () => {
      if (meals !== expected?.meals) return;
      assert(!isTaken.includes(true), "a fork was not put back");
      expected.answer();
      expected = undefined;
      meals = 0;
    };
    return {
      receive(mail, { from, reply }) {
        if (mail.kind === "report") {
          const answer = () => reply && context.reply(reply, meals);
          expected = { meals: mail.meals, answer };
          return answerIfOver();
        }
        const [left, right] = [mail.value, (mail.value + 1) % seats];
        const philosopher = from as Address<PhilosopherMail>;
        if (mail.kind === "done") {
          assert(
            isTaken[left] === true && isTaken[right] === true,
            "a fork that was not taken is put back",
          );
          isTaken[left] = false;
          isTaken[right] = false;
          meals += 1;
          answerIfOver();
        } else if (isTaken[left] || isTaken[right])
          context.tell(philosopher, { kind: "denied", value: left }, DENIED);
        else {
          isTaken[left] = true;
          isTaken[right] = true;
          context.tell(philosopher, { kind: "eat", value: left }, EAT);
        }
      },
    };
  },
});

export const philosophers: Program<{ readonly seats: number; readonly rounds: number }> = {
  open: async ({ system, threadOf }, { seats, rounds }) => {
    const thread = threadOf(0, seats + 1);
    const arbitrator = await system.spawn(arbitratorActor, { seats }, { thread });
    const all: Address<PhilosopherMail>[] = [];
    for (let seat = 0; seat < seats; seat += 1)
      all.push(
        await system.spawn(philosopherActor, { seat }, { thread: threadOf(seat + 1, seats + 1) }),
      );
    const options = { timeoutMs: PLAY_MS_MAX };
    return async () => {
      const play = { kind: "play" as const, arbitrator, rounds };
      const each = await Promise.all(all.map((one) => system.ask(one, play, options)));
      for (const { meals } of each) checkCount("meals", rounds, meals);
      const report = { kind: "report" as const, meals: seats * rounds };
      const meals = await system.ask(arbitrator, report, options);
      checkCount("meals served", seats * rounds, meals);
      return seats * rounds;
    };
  },
};
