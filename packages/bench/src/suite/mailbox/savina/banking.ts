// Banking: transfers between accounts. The source account takes the amount out, tells the destination, and looks
// at nothing else until it was told that the amount is there; meanwhile it puts aside what comes.
import {
  type Address,
  type Asks,
  assert,
  defineActor,
  defineLayout,
  Sfc32,
} from "@multiraft/runtime";
import { checkCount, type Note, noteOf, PLAY_MS_MAX, type Program } from "./program.ts";

type Transfer = {
  readonly kind: "transfer";
  readonly amount: number;
  /** The destination. */
  readonly slot: number;
  readonly incarnation: number;
};
type AccountMail =
  | Transfer
  | Note<"deposit">
  | Note<"deposited">
  | ({ readonly kind: "balance" } & Asks<number>);
type TellerMail =
  | ({
      readonly kind: "play";
      readonly accounts: readonly Address<AccountMail>[];
      readonly transfers: number;
      readonly seed: number;
    } & Asks<number>)
  | Note<"transferred">;

const DEPOSIT = noteOf("banking", "deposit");
const DEPOSITED = noteOf("banking", "deposited");
const TRANSFERRED = noteOf("banking", "transferred");
const transferLayout = defineLayout<Transfer>({
  name: "savina banking transfer 1",
  byteLength: 16,
  write: ({ amount, slot, incarnation }, view, at) => {
    view.setFloat64(at, amount, true);
    view.setInt32(at + 8, slot, true);
    view.setInt32(at + 12, incarnation, true);
  },
  read: (view, at) => ({
    kind: "transfer",
    amount: view.getFloat64(at, true),
    slot: view.getInt32(at + 8, true),
    incarnation: view.getInt32(at + 12, true),
  }),
});
const TRANSFER = { layout: transferLayout };

const BALANCE = 1_000_000;
const AMOUNT_MAX = 1_000;
/** Transfers under way: Savina has all of them, in mailboxes without a bound. */
export const TRANSFERS_MAX = 2_048;

export const accountActor = defineActor<AccountMail, null>({
  url: import.meta.url,
  name: "accountActor",
  layouts: [transferLayout, DEPOSIT.layout, DEPOSITED.layout],
  create: (context) => {
    let balance = BALANCE;
    let teller: Address<TellerMail> | undefined;
    type Aside = { readonly transfer: Transfer; readonly from: Address<TellerMail> };
    const aside: Aside[] = [];
    let next = 0;
    const begin = ({ amount, slot, incarnation }: Transfer, from: Address<TellerMail>) => {
      const to: Address<AccountMail> = { slot, incarnation };
      teller = from;
      balance -= amount;
      context.tell(to, { kind: "deposit", value: amount }, DEPOSIT);
    };
    const goOn = () => {
      const waiting = aside[next];
      if (waiting === undefined) return;
      next += 1;
      if (next === aside.length) {
        aside.length = 0;
        next = 0;
      }
      begin(waiting.transfer, waiting.from);
    };
    return {
      receive(mail, { from, reply }) {
        switch (mail.kind) {
          case "transfer": {
            const sender = from as Address<TellerMail>;
            if (teller === undefined) begin(mail, sender);
            else aside.push({ transfer: mail, from: sender });
            return;
          }
          // Destinations are never sources, as in Savina: they have nothing to wait for.
          case "deposit":
            balance += mail.value;
            context.tell(
              from as Address<AccountMail>,
              { kind: "deposited", value: mail.value },
              DEPOSITED,
            );
            return;
          case "deposited":
            assert(teller !== undefined, "a deposit that nobody waits for");
            context.tell(teller, { kind: "transferred", value: mail.value }, TRANSFERRED);
            teller = undefined;
            return goOn();
          case "balance":
            return reply && context.reply(reply, balance);
        }
      },
    };
  },
});

export const tellerActor = defineActor<TellerMail, null>({
  url: import.meta.url,
  name: "tellerActor",
  layouts: [TRANSFERRED.layout],
  create: (context) => {
    let accounts: readonly Address<AccountMail>[] = [];
    let random = new Sfc32(0);
    let transfers = 0;
    let begun = 0;
    let ended = 0;
    let done: (count: number) => void = () => {};
    /** Sources are of the first nine tenths, destinations of the rest: no two wait for each other. */
    const begin = () => {
      if (begun === transfers) return;
      begun += 1;
      const sources = Math.floor((accounts.length * 9) / 10);
      const from = accounts[random.below(sources)];
      const to = accounts[sources + random.below(accounts.length - sources)];
      assert(from !== undefined && to !== undefined, "no accounts");
      const amount = 1 + random.below(AMOUNT_MAX);
      const { slot, incarnation } = to;
      context.tell(from, { kind: "transfer", amount, slot, incarnation }, TRANSFER);
    };
    return {
      receive(mail, { reply }) {
        if (mail.kind === "transferred") {
          ended += 1;
          begin();
          if (ended === transfers) done(ended);
          return;
        }
        ({ accounts, transfers } = mail);
        random = new Sfc32(mail.seed);
        begun = 0;
        ended = 0;
        done = (count) => reply && context.reply(reply, count);
        for (let i = 0; i < TRANSFERS_MAX; i += 1) begin();
      },
    };
  },
});

export const banking: Program<{ readonly accounts: number; readonly transfers: number }> = {
  open: async ({ system, threadOf }, { accounts, transfers }) => {
    const teller = await system.spawn(tellerActor, null, { thread: threadOf(0, accounts + 1) });
    const all: Address<AccountMail>[] = [];
    for (let i = 1; i <= accounts; i += 1)
      all.push(await system.spawn(accountActor, null, { thread: threadOf(i, accounts + 1) }));
    const options = { timeoutMs: PLAY_MS_MAX };
    let seed = 0;
    return async () => {
      seed += 1;
      const play = { kind: "play" as const, accounts: all, transfers, seed };
      checkCount("transfers", transfers, await system.ask(teller, play, options));
      const balances = await Promise.all(
        all.map((one) => system.ask(one, { kind: "balance" }, options)),
      );
      const sum = balances.reduce((all, balance) => all + balance, 0);
      checkCount("money", accounts * BALANCE, sum);
      return transfers;
    };
  },
};
