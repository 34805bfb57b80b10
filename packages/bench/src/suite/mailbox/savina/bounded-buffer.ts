// Bounded buffer: producers and consumers around a manager that lets no more items in than the buffer holds. As
// in Savina, a producer works on an item when it is asked for one, and a consumer on each that it is given.
import { type Address, type Asks, assert, defineActor, Sfc32 } from "@multiraft/runtime";
import { checkCount, type Note, noteOf, PLAY_MS_MAX, type Program } from "./program.ts";

type ProducerMail = Note<"produce">;
type ConsumerMail = Note<"item">;
type ManagerMail =
  | ({
      readonly kind: "play";
      readonly producers: readonly Address<ProducerMail>[];
      readonly consumers: readonly Address<ConsumerMail>[];
      readonly itemsEach: number;
      readonly buffer: number;
    } & Asks<Outcome>)
  | Note<"produced">
  | Note<"consumed">;

type Outcome = { readonly items: number; readonly sum: number; readonly heldMax: number };

const PRODUCE = noteOf("bounded-buffer", "produce");
const PRODUCED = noteOf("bounded-buffer", "produced");
const ITEM = noteOf("bounded-buffer", "item");
const CONSUMED = noteOf("bounded-buffer", "consumed");

/** Logarithms for one unit of Savina's cost. */
const LOGARITHMS = 100;

/** Work that a compiler cannot leave out. */
function work(item: number, cost: number): number {
  const random = new Sfc32(cost);
  let sum = item;
  for (let i = 0; i < cost * LOGARITHMS; i += 1) sum += Math.log(random.unit() + 0.01);
  return sum;
}

type Work = { readonly cost: number };

export const producerActor = defineActor<ProducerMail, Work>({
  url: import.meta.url,
  name: "producerActor",
  layouts: [PRODUCE.layout],
  create: (context, { cost }) => ({
    receive({ value }, { from }) {
      assert(Number.isFinite(work(value, cost)), "work without a result");
      context.tell(from as Address<ManagerMail>, { kind: "produced", value }, PRODUCED);
    },
  }),
});

export const consumerActor = defineActor<ConsumerMail, Work>({
  url: import.meta.url,
  name: "consumerActor",
  layouts: [ITEM.layout],
  create: (context, { cost }) => ({
    receive({ value }, { from }) {
      assert(Number.isFinite(work(value, cost)), "work without a result");
      context.tell(from as Address<ManagerMail>, { kind: "consumed", value }, CONSUMED);
    },
  }),
});

export const managerActor = defineActor<ManagerMail, null>({
  url: import.meta.url,
  name: "managerActor",
  layouts: [PRODUCED.layout, CONSUMED.layout],
  create: (context) => {
    const left = new Map<number, number>();
    let idleProducers: Address<ProducerMail>[] = [];
    let idleConsumers: Address<ConsumerMail>[] = [];
    let items: number[] = [];
    let buffer = 0;
    /** Items that producers work on now. */
    let producing = 0;
    let consumed = 0;
    let total = 0;
    let sum = 0;
    let heldMax = 0;
    let done: (outcome: Outcome) => void = () => {};

    const askForItems = () => {
      while (producing + items.length < buffer && idleProducers.length > 0) {
        const producer = idleProducers.shift();
        assert(producer !== undefined, "no producer");
        const own = left.get(producer.slot) ?? 0;
        left.set(producer.slot, own - 1);
        producing += 1;
        context.tell(producer, { kind: "produce", value: own }, PRODUCE);
      }
    };
    const handOut = () => {
      while (items.length > 0 && idleConsumers.length > 0) {
        const [value, consumer] = [items.shift(), idleConsumers.shift()];
        assert(value !== undefined && consumer !== undefined, "nothing to hand out");
        context.tell(consumer, { kind: "item", value }, ITEM);
      }
    };
    return {
      receive(mail, { from, reply }) {
        switch (mail.kind) {
          case "play":
            ({ buffer } = mail);
            for (const { slot } of mail.producers) left.set(slot, mail.itemsEach);
            idleProducers = [...mail.producers];
            idleConsumers = [...mail.consumers];
            items = [];
            [producing, consumed, sum, heldMax] = [0, 0, 0, 0];
            total = mail.itemsEach * mail.producers.length;
            done = (outcome) => reply && context.reply(reply, outcome);
            return askForItems();
          case "produced": {
            const producer = from as Address<ProducerMail>;
            producing -= 1;
            items.push(mail.value);
            heldMax = Math.max(heldMax, items.length);
            if ((left.get(producer.slot) ?? 0) > 0) idleProducers.push(producer);
            handOut();
            return askForItems();
          }
          case "consumed":
            consumed += 1;
            sum += mail.value;
            idleConsumers.push(from as Address<ConsumerMail>);
            handOut();
            if (consumed === total) return done({ items: consumed, sum, heldMax });
            return askForItems();
        }
      },
    };
  },
});

export type BufferParams = Work & {
  readonly buffer: number;
  readonly producers: number;
  readonly consumers: number;
  readonly itemsEach: number;
};

export const boundedBuffer: Program<BufferParams> = {
  open: async ({ system, threadOf }, { buffer, producers, consumers, itemsEach, cost }) => {
    const count = 1 + producers + consumers;
    const manager = await system.spawn(managerActor, null, { thread: threadOf(0, count) });
    const make: Address<ProducerMail>[] = [];
    const take: Address<ConsumerMail>[] = [];
    for (let i = 1; i <= producers; i += 1)
      make.push(await system.spawn(producerActor, { cost }, { thread: threadOf(i, count) }));
    for (let i = 1 + producers; i < count; i += 1)
      take.push(await system.spawn(consumerActor, { cost }, { thread: threadOf(i, count) }));
    return async () => {
      const outcome = await system.ask(
        manager,
        { kind: "play", producers: make, consumers: take, itemsEach, buffer },
        { timeoutMs: PLAY_MS_MAX },
      );
      checkCount("items", producers * itemsEach, outcome.items);
      // Each producer numbers its items down to 1.
      checkCount("sum of items", (producers * itemsEach * (itemsEach + 1)) / 2, outcome.sum);
      assert(outcome.heldMax <= buffer, "the buffer held more than it may");
      return outcome.items;
    };
  },
};
