// Chameneos: creatures of three colours meet two by two in one mall, and take on the colour that neither has.
import { type Address, type Asks, assert, defineActor, defineLayout } from "@multiraft/runtime";
import { checkCount, type Note, noteOf, PLAY_MS_MAX, type Program } from "./program.ts";

type Met = {
  readonly kind: "met";
  readonly colour: number;
  /** Of the other one. */
  readonly slot: number;
  readonly incarnation: number;
};
type CreatureMail =
  | ({
      readonly kind: "play";
      readonly mall: Address<MallMail>;
      readonly colour: number;
    } & Asks<number>)
  | Met
  /** The colour that the other one has taken on. */
  | Note<"change">
  | Note<"closed">;
type MallMail = ({ readonly kind: "open"; readonly meetings: number } & Asks<null>) | Note<"enter">;

const ENTER = noteOf("chameneos", "enter");
const CHANGE = noteOf("chameneos", "change");
const CLOSED = noteOf("chameneos", "closed");
const metLayout = defineLayout<Met>({
  name: "savina chameneos met 1",
  byteLength: 16,
  write: ({ colour, slot, incarnation }, view, at) => {
    view.setInt32(at, colour, true);
    view.setInt32(at + 4, slot, true);
    view.setInt32(at + 8, incarnation, true);
  },
  read: (view, at) => ({
    kind: "met",
    colour: view.getInt32(at, true),
    slot: view.getInt32(at + 4, true),
    incarnation: view.getInt32(at + 8, true),
  }),
});
const MET = { layout: metLayout };

/** Of 0, 1 and 2: the same when both are equal, else the third. */
function complement(one: number, other: number): number {
  return one === other ? one : 3 - one - other;
}

export const creatureActor = defineActor<CreatureMail, null>({
  url: import.meta.url,
  name: "creatureActor",
  layouts: [metLayout, CHANGE.layout, CLOSED.layout],
  create: (context) => {
    let mall: Address<MallMail> | undefined;
    let colour = 0;
    let meetings = 0;
    let done = () => {};
    const enter = () => {
      assert(mall !== undefined, "a creature without a mall");
      context.tell(mall, { kind: "enter", value: colour }, ENTER);
    };
    return {
      receive(mail, { reply }) {
        switch (mail.kind) {
          case "met": {
            const { slot, incarnation } = mail;
            colour = complement(colour, mail.colour);
            meetings += 1;
            const other: Address<CreatureMail> = { slot, incarnation };
            context.tell(other, { kind: "change", value: colour }, CHANGE);
            return enter();
          }
          case "change":
            colour = mail.value;
            meetings += 1;
            return enter();
          case "closed":
            return done();
          case "play":
            ({ mall, colour } = mail);
            meetings = 0;
            done = () => reply && context.reply(reply, meetings);
            return enter();
        }
      },
    };
  },
});

export const mallActor = defineActor<MallMail, null>({
  url: import.meta.url,
  name: "mallActor",
  layouts: [ENTER.layout],
  create: (context) => {
    let left = 0;
    let waiting: { readonly creature: Address<CreatureMail> } | undefined;
    return {
      receive(mail, { from, reply }) {
        if (mail.kind === "open") {
          left = mail.meetings;
          waiting = undefined;
          if (reply) context.reply(reply, null);
          return;
        }
        const creature = from as Address<CreatureMail>;
        if (left === 0) context.tell(creature, { kind: "closed", value: 0 }, CLOSED);
        else if (waiting === undefined) waiting = { creature };
        else {
          const { slot, incarnation } = creature;
          left -= 1;
          context.tell(
            waiting.creature,
            { kind: "met", colour: mail.value, slot, incarnation },
            MET,
          );
          waiting = undefined;
        }
      },
    };
  },
});

export const chameneos: Program<{ readonly creatures: number; readonly meetings: number }> = {
  open: async ({ system, threadOf }, { creatures, meetings }) => {
    const mall = await system.spawn(mallActor, null, { thread: threadOf(0, creatures + 1) });
    const all: Address<CreatureMail>[] = [];
    for (let i = 1; i <= creatures; i += 1)
      all.push(await system.spawn(creatureActor, null, { thread: threadOf(i, creatures + 1) }));
    const options = { timeoutMs: PLAY_MS_MAX };
    return async () => {
      await system.ask(mall, { kind: "open", meetings }, options);
      const counts = await Promise.all(
        all.map((one, i) => system.ask(one, { kind: "play", mall, colour: i % 3 }, options)),
      );
      checkCount(
        "creatures that met",
        2 * meetings,
        counts.reduce((sum, count) => sum + count, 0),
      );
      return meetings;
    };
  },
};
