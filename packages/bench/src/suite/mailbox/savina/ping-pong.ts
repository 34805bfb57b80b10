// Ping-pong: two actors, one message that goes to and fro.
import { type Address, type AnyLayout, type Asks, assert, defineActor } from "@multiraft/runtime";
import { checkCount, type Note, noteOf, PLAY_MS_MAX, type Program } from "./program.ts";

type PingMail =
  | ({
      readonly kind: "play";
      readonly pong: Address<PongMail>;
      readonly exchanges: number;
    } & Asks<number>)
  | Note<"pong">;
type PongMail = Note<"ping">;

const PING = noteOf("ping-pong", "ping");
const PONG = noteOf("ping-pong", "pong");

export const pingActor = defineActor<PingMail, null>({
  url: import.meta.url,
  name: "pingActor",
  layouts: [PONG.layout],
  create: (context) => {
    let pong: Address<PongMail> | undefined;
    let exchanges = 0;
    let done: (count: number) => void = () => {};
    return {
      receive(mail, { reply }) {
        if (mail.kind === "play") {
          assert(reply !== undefined, "a play is asked for");
          ({ pong, exchanges } = mail);
          done = (count) => context.reply(reply, count);
          context.tell(pong, { kind: "ping", value: 1 }, PING);
        } else if (mail.value === exchanges) done(mail.value);
        else if (pong) context.tell(pong, { kind: "ping", value: mail.value + 1 }, PING);
      },
    };
  },
});

export const pongActor = defineActor<PongMail, null>({
  url: import.meta.url,
  name: "pongActor",
  layouts: [PING.layout] as readonly AnyLayout[],
  create: (context) => ({
    receive({ value }, { from }) {
      context.tell(from as Address<PingMail>, { kind: "pong", value }, PONG);
    },
  }),
});

export const pingPong: Program<{ readonly exchanges: number }> = {
  open: async ({ system, threadOf }, { exchanges }) => {
    const ping = await system.spawn(pingActor, null, { thread: threadOf(0, 2) });
    const pong = await system.spawn(pongActor, null, { thread: threadOf(1, 2) });
    return async () => {
      const play = { kind: "play" as const, pong, exchanges };
      const count = await system.ask(ping, play, { timeoutMs: PLAY_MS_MAX });
      checkCount("exchanges", exchanges, count);
      return 2 * exchanges;
    };
  },
};
