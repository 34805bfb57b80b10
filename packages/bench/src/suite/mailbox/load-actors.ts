// The actors of the mailbox suite: a sink that counts what reaches it, and a source that fills it. The
// source keeps a window: a mailbox is bounded, and what does not fit into it is dropped.
import { type Address, type Asks, assert, defineActor } from "@multiraft/runtime";

export type Tally = { readonly count: number; readonly sum: number };

export type SinkMail =
  /** What follows comes from `source`, which wants to hear how far it got. */
  | { readonly kind: "begin"; readonly source: Address<SourceMail> }
  | { readonly kind: "item"; readonly number: number; readonly text: string }
  | ({ readonly kind: "echo"; readonly number: number } & Asks<number>)
  /** Answered when `count` items have arrived since the last answer. */
  | ({ readonly kind: "expect"; readonly count: number } & Asks<Tally>);

/** Items between two words to the source. */
const GRANT = 512;
/** Items under way: well below the bound of a mailbox, enough that both sides always have work. */
const WINDOW = 4 * GRANT;

/** Counts and adds up: a lost, doubled or torn message shows. */
export const sinkActor = defineActor<SinkMail, null>({
  url: import.meta.url,
  name: "sinkActor",
  create: (context) => {
    let source: Address<SourceMail> | undefined;
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
            return;
          case "item":
            count += 1;
            sum += mail.number;
            if (count % GRANT === 0 && source !== undefined)
              context.tell(source, { kind: "grant" });
            return answerIfWhole();
          case "echo":
            if (reply) context.reply(reply, mail.number);
            return;
          case "expect": {
            assert(reply !== undefined, "an expectation is an ask");
            const { count: wanted } = mail;
            expected = { count: wanted, answer: () => context.reply(reply, { count, sum }) };
            return answerIfWhole();
          }
        }
      },
    };
  },
});

export type SourceMail =
  | { readonly kind: "send"; readonly to: Address<SinkMail>; readonly count: number }
  | { readonly kind: "grant" };

export const sourceActor = defineActor<SourceMail, { readonly text: string }>({
  url: import.meta.url,
  name: "sourceActor",
  create: (context, { text }) => {
    let to: Address<SinkMail> | undefined;
    let left = 0;
    let number = 0;
    const send = (items: number) => {
      if (to === undefined) return;
      for (let i = Math.min(items, left); i > 0; i -= 1) {
        number += 1;
        left -= 1;
        context.tell(to, { kind: "item", number, text });
      }
    };
    return {
      receive(mail) {
        if (mail.kind === "grant") return send(GRANT);
        to = mail.to;
        left = mail.count;
        number = 0;
        context.tell(to, { kind: "begin", source: context.self });
        send(WINDOW);
      },
    };
  },
});
