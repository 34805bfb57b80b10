// The actors of the ask rows: one that answers what it is asked, and one that asks, a few at a time
// or at a pace, and checks every answer.
import {
  type Address,
  type AnyLayout,
  type AskOptions,
  type AskOutcome,
  type Asks,
  assert,
  defineActor,
} from "@multiraft/runtime";
import {
  answerTo,
  bytesQuestionLayout,
  numberQuestionLayout,
  type Question,
  questionMaker,
} from "./questions.ts";

export type EchoMail = Question & Asks<number>;

export const echoActor = defineActor<EchoMail, null>({
  url: import.meta.url,
  name: "echoActor",
  layouts: [numberQuestionLayout, bytesQuestionLayout] as readonly AnyLayout[],
  create: (context) => ({
    receive(question, { reply }) {
      assert(reply !== undefined, "an echo is asked for");
      context.reply(reply, answerTo(question));
    },
  }),
});

/**
 * `together`: so many under way at any time. `apart`: one, `pauseMs` after the last was answered, when
 * everybody is asleep. `paced`: one every `everyMs`, whether or not earlier ones were answered, while the
 * asker's thread stays awake; an ask's time counts from when it was due.
 */
export type Pace =
  | { readonly kind: "together"; readonly inFlight: number }
  | { readonly kind: "apart"; readonly pauseMs: number }
  | { readonly kind: "paced"; readonly everyMs: number };

/** What an ask brings along, 0 bytes for a number alone, and how it travels. */
export type AskedWith = { readonly bytes: number; readonly codec: "layout" | "default" };

export type AskerMail =
  | ({
      readonly kind: "run";
      readonly to: Address<EchoMail>;
      readonly asks: number;
      readonly pace: Pace;
    } & AskedWith &
      Asks<AskReport>)
  | {
      readonly kind: "answered";
      readonly number: number;
      readonly outcome: AskOutcome<number>;
    }
  | { readonly kind: "next" };

export type AskReport = {
  /** Whose answer was the right one. */
  readonly answered: number;
  /** In the order of the answers; empty where only their number is wanted. */
  readonly durationsMs: Float64Array;
};

const ASK_TIMEOUT_MS = 60_000;

export const askerActor = defineActor<AskerMail, null>({
  url: import.meta.url,
  name: "askerActor",
  create: (context) => {
    const { clock } = context.environment;
    let to: Address<EchoMail> | undefined;
    let pace: Pace = { kind: "together", inFlight: 1 };
    let asks = 0;
    let asked = 0;
    let answered = 0;
    let returned = 0;
    let dueMs = 0;
    let startedMs = new Float64Array();
    let durationsMs = new Float64Array();
    let make = questionMaker(0);
    let options: AskOptions = { timeoutMs: ASK_TIMEOUT_MS };
    let finish: ((report: AskReport) => void) | undefined;

    const ask = () => {
      if (to === undefined || asked === asks) return;
      const number = asked;
      asked += 1;
      if (pace.kind !== "together")
        startedMs[number] = pace.kind === "paced" ? dueMs : clock.nowMs();
      context.request(to, make(number), options, (outcome) => ({
        kind: "answered",
        number,
        outcome,
      }));
    };
    const askWhatIsDue = () => {
      if (pace.kind !== "paced" || asked === asks) return;
      for (const nowMs = clock.nowMs(); dueMs <= nowMs && asked < asks; dueMs += pace.everyMs)
        ask();
      context.tell(context.self, { kind: "next" });
    };
    const begin = () => {
      if (pace.kind === "together") for (let i = 0; i < pace.inFlight; i += 1) ask();
      else if (pace.kind === "apart") ask();
      else {
        dueMs = clock.nowMs();
        askWhatIsDue();
      }
    };
    const take = (number: number, outcome: AskOutcome<number>) => {
      if (outcome.kind === "reply" && outcome.value === answerTo(make(number))) answered += 1;
      if (pace.kind !== "together")
        durationsMs[returned] = clock.nowMs() - (startedMs[number] ?? Number.NaN);
      returned += 1;
      if (returned === asks) finish?.({ answered, durationsMs });
      else if (pace.kind === "together") ask();
      else if (pace.kind === "apart") context.setTimer("next", pace.pauseMs, { kind: "next" });
    };
    return {
      receive(mail, { reply }) {
        switch (mail.kind) {
          case "run": {
            assert(reply !== undefined, "a run is asked for");
            ({ to, pace, asks } = mail);
            make = questionMaker(mail.bytes);
            options = optionsOf(mail);
            asked = 0;
            answered = 0;
            returned = 0;
            const recorded = pace.kind === "together" ? 0 : asks;
            startedMs = new Float64Array(recorded);
            durationsMs = new Float64Array(recorded);
            finish = (report) => context.reply(reply, report);
            return begin();
          }
          case "answered":
            return take(mail.number, mail.outcome);
          case "next":
            return pace.kind === "apart" ? ask() : askWhatIsDue();
        }
      },
    };
  },
});

function optionsOf({ bytes, codec }: AskedWith): AskOptions {
  if (codec === "default") return { timeoutMs: ASK_TIMEOUT_MS };
  const layout = (bytes === 0 ? numberQuestionLayout : bytesQuestionLayout) as AnyLayout;
  return { timeoutMs: ASK_TIMEOUT_MS, layout };
}
