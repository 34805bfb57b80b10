// Messages that carry the time when they were sent, one by one, each after a pause in which everybody falls
// asleep; who gets them keeps how long each took. The clock is the machine's, the same on all threads.
import {
  type Address,
  type AnyLayout,
  type Asks,
  assert,
  defineActor,
  defineLayout,
} from "@multiraft/runtime";

export type Stamp = { readonly kind: "stamp"; readonly sentMs: number };
export type StampedMail =
  | Stamp
  /** Answered with the milliseconds of each of `count` stamps, when they are there. */
  | ({ readonly kind: "expect"; readonly count: number } & Asks<Float64Array>);
export type PacerMail =
  | { readonly kind: "send"; readonly to: Address<StampedMail>; readonly count: number }
  | { readonly kind: "next" };

const stampLayout = defineLayout<Stamp>({
  name: "bench stamp 1",
  byteLength: 8,
  write: ({ sentMs }, view, at) => view.setFloat64(at, sentMs, true),
  read: (view, at) => ({ kind: "stamp", sentMs: view.getFloat64(at, true) }),
});

/** `performance.now` counts from another moment on every thread. */
export function machineMs(): number {
  return Number(process.hrtime.bigint()) / 1e6;
}

export const stampedActor = defineActor<StampedMail, null>({
  url: import.meta.url,
  name: "stampedActor",
  layouts: [stampLayout] as readonly AnyLayout[],
  create: (context) => {
    let took: number[] = [];
    let answerIfWhole = () => {};
    return {
      receive(mail, { reply }) {
        if (mail.kind === "stamp") took.push(machineMs() - mail.sentMs);
        else {
          const { count } = mail;
          answerIfWhole = () => {
            if (took.length !== count || reply === undefined) return;
            context.reply(reply, Float64Array.from(took));
            took = [];
            answerIfWhole = () => {};
          };
        }
        answerIfWhole();
      },
    };
  },
});

export const pacerActor = defineActor<PacerMail, { readonly pauseMs: number }>({
  url: import.meta.url,
  name: "pacerActor",
  create: (context, { pauseMs }) => {
    let to: Address<StampedMail> | undefined;
    let left = 0;
    return {
      receive(mail) {
        if (mail.kind === "send") ({ to, count: left } = mail);
        else {
          assert(to !== undefined, "nobody to send to");
          left -= 1;
          context.tell(to, { kind: "stamp", sentMs: machineMs() }, { layout: stampLayout });
        }
        if (left > 0) context.setTimer("next", pauseMs, { kind: "next" });
      },
    };
  },
});
