// A slow actor, and actors that send to it without asking whether it keeps up.
import { type Address, type AnyLayout, type Asks, assert, defineActor } from "@multiraft/runtime";
import { beBusy } from "./busy.ts";
import { type BytesItem, bytesLayout, itemMaker, weightOf } from "./items.ts";
import type { Tally } from "./load-actors.ts";

export type SlowMail = BytesItem | ({ readonly kind: "report" } & Asks<Tally>);

/** Takes `workUs` for each message. */
export const slowActor = defineActor<SlowMail, { readonly workUs: number }>({
  url: import.meta.url,
  name: "slowActor",
  layouts: [bytesLayout] as readonly AnyLayout[],
  create: (context, { workUs }) => {
    let count = 0;
    let sum = 0;
    return {
      receive(mail, { reply }) {
        if (mail.kind === "report") return reply && context.reply(reply, { count, sum });
        count += 1;
        sum += weightOf(mail);
        beBusy(workUs);
      },
    };
  },
});

export type FloodMail =
  | ({
      readonly kind: "play";
      readonly to: Address<SlowMail>;
      readonly messages: number;
      readonly bytes: number;
    } & Asks<null>)
  | { readonly kind: "next" };

/** Messages of one turn: others get theirs in between. */
const BURST = 256;

export const floodActor = defineActor<FloodMail, null>({
  url: import.meta.url,
  name: "floodActor",
  create: (context) => {
    const options = { layout: bytesLayout as AnyLayout };
    let make: ((number: number) => BytesItem) | undefined;
    let to: Address<SlowMail> | undefined;
    let messages = 0;
    let sent = 0;
    let done = () => {};
    const send = () => {
      assert(to !== undefined && make !== undefined, "a flood without an aim");
      for (const end = Math.min(messages, sent + BURST); sent < end; ) {
        sent += 1;
        const item = make(sent);
        // A copy of its own, as if each had been made for its message.
        context.tell(to, { ...item, data: item.data.slice() }, options);
      }
      if (sent === messages) done();
      else context.tell(context.self, { kind: "next" });
    };
    return {
      receive(mail, { reply }) {
        if (mail.kind === "play") {
          ({ to, messages } = mail);
          make = itemMaker({ shape: "bytes", bytes: mail.bytes }) as (number: number) => BytesItem;
          sent = 0;
          done = () => reply && context.reply(reply, null);
        }
        send();
      },
    };
  },
});
