// The mailbox suite: how fast small messages go from actor to actor, within a thread and across, and how
// long an ask takes, beside raw postMessage.
import { type ActorSystem, type Address, ActorSystem as System } from "@multiraft/runtime";
import { alternate, type Case } from "../alternate.ts";
import { checkedRound, type Round, type Row, timed } from "../row.ts";
import { type SinkMail, sinkActor, sourceActor } from "./load-actors.ts";
import { PostMessageRival } from "./post-message.ts";

export type MailboxOptions = {
  readonly messages: number;
  readonly asks: number;
  readonly rounds: number;
};

const TEXT = "0123456789abcdef";
const ASK_TIMEOUT_MS = 60_000;

export async function mailboxSuite(
  options: MailboxOptions,
  announce: (name: string, done: number, total: number) => void,
): Promise<readonly Row[]> {
  const system = await System.start({ threads: 2 });
  const rival = new PostMessageRival();
  try {
    return await alternate(await casesOf(system, rival, options), options.rounds, announce);
  } finally {
    await rival.close();
    await system.close();
  }
}

async function casesOf(
  system: ActorSystem,
  rival: PostMessageRival,
  { messages, asks }: MailboxOptions,
): Promise<readonly Case[]> {
  const near = await system.spawn(sinkActor, null, { thread: 0 });
  const far = await system.spawn(sinkActor, null, { thread: 1 });
  const source = await system.spawn(sourceActor, { text: TEXT }, { thread: 0 });
  const tell = (to: Address<SinkMail>) => async (): Promise<Round> => {
    let result = { count: 0, sum: 0 };
    const timing = await timed(async () => {
      system.tell(source, { kind: "send", to, count: messages });
      const expect = { kind: "expect" as const, count: messages };
      result = await system.ask(to, expect, { timeoutMs: ASK_TIMEOUT_MS });
    });
    const isWhole = result.sum === (messages * (messages + 1)) / 2;
    return checkedRound("tell", messages, isWhole ? result.count : -1, timing);
  };
  const params = { messages, textBytes: TEXT.length };
  const rivals = ["postMessage", "postMessage by 64"];
  return [
    { name: "tell within a thread", params, unit: "messages/s", rivals, run: tell(near) },
    { name: "tell across threads", params, unit: "messages/s", rivals, run: tell(far) },
    {
      name: "ask from the main thread, one at a time",
      params: { asks },
      unit: "asks/s",
      rivals: [],
      run: () => askRound(system, far, asks),
    },
    {
      name: "postMessage",
      params,
      unit: "messages/s",
      rivals: [],
      run: () => rival.round(messages, 1, TEXT),
    },
    {
      name: "postMessage by 64",
      params,
      unit: "messages/s",
      rivals: [],
      run: () => rival.round(messages, 64, TEXT),
    },
  ];
}

async function askRound(system: ActorSystem, to: Address<SinkMail>, asks: number): Promise<Round> {
  let answered = 0;
  const timing = await timed(async () => {
    for (let number = 0; number < asks; number += 1) {
      const echo = { kind: "echo" as const, number };
      if ((await system.ask(to, echo, { timeoutMs: ASK_TIMEOUT_MS })) === number) answered += 1;
    }
  });
  return checkedRound("ask", asks, answered, timing);
}
