// The actors of the tell rows: a sink that counts what reaches it, and a source that fills it. The source
// keeps a window: a mailbox is bounded, and what does not fit into it is dropped.
import { type Address, type AnyLayout, type Asks, assert, defineActor } from "@multiraft/runtime";
import { beBusy } from "./busy.ts";
import {
  bytesLayout,
  hasLayout,
  ITEM_LAYOUTS,
  type Item,
  type ItemShape,
  itemMaker,
  numbersLayout,
  weightOf,
} from "./items.ts";

export type Tally = { readonly count: number; readonly sum: number };

export type SinkMail =
  /** What follows comes from `source`, which wants to hear of every `grant` items. */
  | { readonly kind: "begin"; readonly source: Address<SourceMail>; readonly grant: number }
  | Item
  /** Answered when `count` items have arrived since the last answer. */
  | ({ readonly kind: "expect"; readonly count: number } & Asks<Tally>);

/** Under way at most: well below the bound of a mailbox, enough that both sides always have work. */
const WINDOW_MESSAGES_MAX = 2_048;
/** Of large messages fewer: what fits into a lane and the slabs behind it. */
const WINDOW_BYTES_MAX = 2 ** 20;
/** Words to the source in a window: the sooner one comes, the less the source waits. */
const GRANTS = 4;

/** Counts and adds up, and takes `workUs` for each: a lost, doubled or torn message shows. */
export const sinkActor = defineActor<SinkMail, { readonly workUs: number }>({
  url: import.meta.url,
  name: "sinkActor",
  layouts: ITEM_LAYOUTS as readonly AnyLayout[],
  create: (context, { workUs }) => {
    let source: Address<SourceMail> | undefined;
    let grant = Number.POSITIVE_INFINITY;
    let count = 0;
    let sum = 0;
    let expected: { readonly count: number; readonly answer: () => void } | undefined;
    const answerIfWhole = () => {
      if (count !== expected?.count) return;
      expected.answer();
      expected = undefined;
      count = 0;
      sum = 0;
    };
    return {
      receive(mail, { reply }) {
        switch (mail.kind) {
          case "begin":
            source = mail.source;
            grant = mail.grant;
            return;
          case "expect": {
            assert(reply !== undefined, "an expectation is an ask");
            const { count: wanted } = mail;
            expected = { count: wanted, answer: () => context.reply(reply, { count, sum }) };
            return answerIfWhole();
          }
          default:
            count += 1;
            sum += weightOf(mail);
            if (workUs > 0) beBusy(workUs);
            if (count % grant === 0 && source !== undefined)
              context.tell(source, { kind: "grant" });
            return answerIfWhole();
        }
      },
    };
  },
});

export type SourceMail =
  | { readonly kind: "send"; readonly to: Address<SinkMail>; readonly count: number }
  | { readonly kind: "grant" };

export type SourceArgs = ItemShape & { readonly codec: "layout" | "default" };

export const sourceActor = defineActor<SourceMail, SourceArgs>({
  url: import.meta.url,
  name: "sourceActor",
  create: (context, { codec, ...shape }) => {
    const make = itemMaker(shape);
    const options = codec === "layout" ? { layout: layoutOf(shape) } : {};
    const window = Math.min(WINDOW_MESSAGES_MAX, Math.ceil(WINDOW_BYTES_MAX / shape.bytes));
    const grant = Math.ceil(window / GRANTS);
    let to: Address<SinkMail> | undefined;
    let left = 0;
    let number = 0;
    const send = (items: number) => {
      if (to === undefined) return;
      for (let i = Math.min(items, left); i > 0; i -= 1) {
        number += 1;
        left -= 1;
        context.tell(to, make(number), options);
      }
    };
    return {
      receive(mail) {
        if (mail.kind === "grant") return send(grant);
        to = mail.to;
        left = mail.count;
        number = 0;
        context.tell(to, { kind: "begin", source: context.self, grant });
        send(grant * GRANTS);
      },
    };
  },
});

function layoutOf(item: ItemShape): AnyLayout {
  assert(hasLayout(item), () => `${item.shape} has no layout`);
  return (item.shape === "numbers" ? numbersLayout : bytesLayout) as AnyLayout;
}
