// Big: everybody sends to anybody. Each actor pings one of the others, drawn anew, and waits for its pong before
// the next.
import { type Address, type Asks, assert, defineActor, Sfc32 } from "@multiraft/runtime";
import { checkCount, type Note, noteOf, PLAY_MS_MAX, type Program } from "./program.ts";

type Counts = { readonly pings: number; readonly pongs: number };
type PeerMail =
  | ({ readonly kind: "meet"; readonly all: readonly Address<PeerMail>[] } & Asks<null>)
  /** Answered when every ping of this actor was answered. */
  | ({ readonly kind: "play"; readonly pings: number } & Asks<null>)
  | Note<"ping">
  | Note<"pong">
  | ({ readonly kind: "report" } & Asks<Counts>);

const PING = noteOf("big", "ping");
const PONG = noteOf("big", "pong");

export const peerActor = defineActor<PeerMail, { readonly seed: number }>({
  url: import.meta.url,
  name: "peerActor",
  layouts: [PING.layout, PONG.layout],
  create: (context, { seed }) => {
    const random = new Sfc32(seed);
    let all: readonly Address<PeerMail>[] = [];
    let left = 0;
    let pings = 0;
    let pongs = 0;
    let done = () => {};
    const ping = () => {
      const to = all[random.below(all.length)];
      assert(to !== undefined, "nobody to ping");
      context.tell(to, { kind: "ping", value: left }, PING);
    };
    return {
      receive(mail, { from, reply }) {
        switch (mail.kind) {
          case "ping":
            pings += 1;
            context.tell(from as Address<PeerMail>, { kind: "pong", value: mail.value }, PONG);
            return;
          case "pong":
            assert(mail.value === left, "a pong of another ping");
            pongs += 1;
            left -= 1;
            return left === 0 ? done() : ping();
          case "meet":
            all = mail.all;
            return reply && context.reply(reply, null);
          case "play":
            left = mail.pings;
            done = () => reply && context.reply(reply, null);
            return ping();
          case "report":
            if (reply) context.reply(reply, { pings, pongs });
            pings = 0;
            pongs = 0;
        }
      },
    };
  },
});

export const big: Program<{ readonly actors: number; readonly pings: number }> = {
  open: async ({ system, threadOf }, { actors, pings }) => {
    const all: Address<PeerMail>[] = [];
    for (let i = 0; i < actors; i += 1)
      all.push(await system.spawn(peerActor, { seed: i + 1 }, { thread: threadOf(i, actors) }));
    const options = { timeoutMs: PLAY_MS_MAX };
    await Promise.all(all.map((one) => system.ask(one, { kind: "meet", all }, options)));
    return async () => {
      await Promise.all(all.map((one) => system.ask(one, { kind: "play", pings }, options)));
      const counts = await Promise.all(
        all.map((one) => system.ask(one, { kind: "report" }, options)),
      );
      for (const { pongs } of counts) checkCount("pongs", pings, pongs);
      checkCount(
        "pings",
        actors * pings,
        counts.reduce((sum, count) => sum + count.pings, 0),
      );
      return 2 * actors * pings;
    };
  },
};
