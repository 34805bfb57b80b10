// The actors of the ask rows: one that answers with the number it is sent, and one that asks, a few at a time
// or at a pace, and checks every answer.
import {
  type Address,
  type AskOutcome,
  type Asks,
  assert,
  defineActor,
  defineLayout,
} from "@multiraft/runtime";

export type EchoMail = { readonly kind: "echo"; readonly number: number } & Asks<number>;

const echoLayout = defineLayout<EchoMail>({
  name: "bench echo 1",
  byteLength: 8,
  write: ({ number }, view, at) => view.setFloat64(at, number, true),
  read: (view, at) => ({ kind: "echo", number: view.getFloat64(at, true) }),
});

export const echoActor = defineActor<EchoMail, null>({
  url: import.meta.url,
  name: "echoActor",
  layouts: [echoLayout],
  create: (context) => ({
    receive({ number }, { reply }) {
      assert(reply !== undefined, "an echo is asked for");
      context.reply(reply, number);
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

export type AskerMail =
  | ({
      readonly kind: "run";
      readonly to: Address<EchoMail>;
      readonly asks: number;
      readonly pace: Pace;
    } & Asks<AskReport>)
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
    let finish: ((report: AskReport) => void) | undefined;

    const ask = () => {
      if (to === undefined || asked === asks) return;
      const number = asked;
      asked += 1;
      if (pace.kind !== "together")
        startedMs[number] = pace.kind === "paced" ? dueMs : clock.nowMs();
      const message = { kind: "echo", number } as const;
      const options = { timeoutMs: ASK_TIMEOUT_MS, layout: echoLayout };
      context.request(to, message, options, (outcome) => ({ kind: "answered", number, outcome }));
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
      if (outcome.kind === "reply" && outcome.value === number) answered += 1;
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
