// An actor that hears of what must never be, on a thread of its own that nobody kills.
import { type ActorSystem, type Address, type Asks, defineActor } from "@multiraft/runtime";

export type JudgeMail =
  | { readonly kind: "violation"; readonly what: string }
  /** Takes what it was told so far. */
  | ({ readonly kind: "verdict" } & Asks<Verdict>);

export type Verdict = {
  readonly count: number;
  /** The first of them. */
  readonly first: readonly string[];
};

export type JudgeAddress = Address<JudgeMail>;

/** A fault is often met thousands of times: nobody reads more. */
const FIRST_MAX = 20;
const ASK_TIMEOUT_MS = 60_000;

export const judgeActor = defineActor<JudgeMail, Record<string, never>>({
  url: import.meta.url,
  name: "judgeActor",
  create: (context) => {
    let count = 0;
    let first: string[] = [];
    return {
      receive(mail, { reply }) {
        if (mail.kind === "violation") {
          count += 1;
          if (first.length < FIRST_MAX) first.push(mail.what);
          return;
        }
        if (reply !== undefined) context.reply(reply, { count, first });
        count = 0;
        first = [];
      },
    };
  },
});

export async function spawnJudge(system: ActorSystem): Promise<JudgeAddress> {
  return system.spawn(judgeActor, {}, { dedicated: true });
}

/** Passes on what the judge has heard of. */
export async function askJudge(
  system: ActorSystem,
  judge: JudgeAddress,
  violate: (what: string) => void,
): Promise<void> {
  const { count, first } = await system.ask(
    judge,
    { kind: "verdict" },
    { timeoutMs: ASK_TIMEOUT_MS },
  );
  for (const what of first) violate(what);
  if (count > first.length) violate(`${count - first.length} more of the kind`);
}
