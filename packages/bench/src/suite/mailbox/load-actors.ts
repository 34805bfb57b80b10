// The actors of the mailbox suite: a sink that counts what reaches it, and a source that fills it.
import { type Address, type Asks, defineActor } from "@multiraft/runtime";

export type SinkMail =
  | { readonly kind: "item"; readonly number: number; readonly text: string }
  | ({ readonly kind: "echo"; readonly number: number } & Asks<number>)
  | ({ readonly kind: "count" } & Asks<{ readonly count: number; readonly sum: number }>)
  | ({ readonly kind: "expect"; readonly count: number } & Asks<{
      readonly count: number;
      readonly sum: number;
    }>);

/** Counts and adds up: a lost, doubled or torn message shows. */
export const sinkActor = defineActor<SinkMail, null>({
  url: import.meta.url,
  name: "sinkActor",
  create: (context) => {
    let count = 0;
    let sum = 0;
    let waiting: { readonly count: number; readonly answer: () => void } | undefined;
    return {
      receive(mail, { reply }) {
        switch (mail.kind) {
          case "item":
            count += 1;
            sum += mail.number;
            if (count === waiting?.count) waiting.answer();
            return;
          case "echo":
            if (reply) context.reply(reply, mail.number);
            return;
          case "count":
            if (reply) context.reply(reply, { count, sum });
            return;
          case "expect": {
            const answer = () => {
              if (reply) context.reply(reply, { count, sum });
              waiting = undefined;
              count = 0;
              sum = 0;
            };
            if (count === mail.count) answer();
            else waiting = { count: mail.count, answer };
          }
        }
      },
    };
  },
});

export type SourceMail =
  | { readonly kind: "send"; readonly to: Address<SinkMail>; readonly count: number }
  | { readonly kind: "more" };

/** Messages of one turn: few enough that the receiver's mailbox bound is never in play. */
const BATCH = 256;

export const sourceActor = defineActor<SourceMail, { readonly text: string }>({
  url: import.meta.url,
  name: "sourceActor",
  create: (context, { text }) => {
    let to: Address<SinkMail> | undefined;
    let left = 0;
    let number = 0;
    const batch = () => {
      if (to === undefined) return;
      for (let i = Math.min(BATCH, left); i > 0; i -= 1) {
        number += 1;
        left -= 1;
        context.tell(to, { kind: "item", number, text });
      }
      if (left > 0) context.tell(context.self, { kind: "more" });
    };
    return {
      receive(mail) {
        if (mail.kind === "send") {
          to = mail.to;
          left = mail.count;
          number = 0;
        }
        batch();
      },
    };
  },
});
