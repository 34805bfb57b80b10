// Fork-join creation: actors that live for one message. Each is spawned, told to compute, answers, and stops.
import {
  type Address,
  type Asks,
  assert,
  defineActor,
  type SpawnOutcome,
} from "@multiraft/runtime";
import { compute } from "./fork-join.ts";
import { checkCount, type Note, noteOf, PLAY_MS_MAX, type Program } from "./program.ts";

type LifeMail = Note<"work">;
type SpawnerMail =
  | ({
      readonly kind: "play";
      readonly lives: number;
      readonly threads: readonly number[];
    } & Asks<number>)
  | { readonly kind: "spawned"; readonly outcome: SpawnOutcome<Address<LifeMail>> }
  | Note<"worked">;

const WORK = noteOf("creation", "work");
const WORKED = noteOf("creation", "worked");
const VALUE = 37.2;
/** Lives at a time, also in the Erlang module. */
export const LIVES_MAX = 256;

export const lifeActor = defineActor<LifeMail, null>({
  url: import.meta.url,
  name: "lifeActor",
  layouts: [WORK.layout],
  create: (context) => ({
    receive({ value }, { from }) {
      context.tell(from as Address<SpawnerMail>, { kind: "worked", value: compute(value) }, WORKED);
      context.stopSelf();
    },
  }),
});

export const spawnerActor = defineActor<SpawnerMail, null>({
  url: import.meta.url,
  name: "spawnerActor",
  layouts: [WORKED.layout],
  create: (context) => {
    let lives = 0;
    let begun = 0;
    let worked = 0;
    let threads: readonly number[] = [];
    let done: (count: number) => void = () => {};
    const begin = () => {
      if (begun === lives) return;
      const thread = threads[begun % threads.length] ?? context.thread;
      begun += 1;
      context.spawn(lifeActor, null, { thread }, (outcome) => ({ kind: "spawned", outcome }));
    };
    return {
      receive(mail, { reply }) {
        switch (mail.kind) {
          case "play":
            ({ lives, threads } = mail);
            begun = 0;
            worked = 0;
            done = (count) => reply && context.reply(reply, count);
            for (let i = 0; i < LIVES_MAX; i += 1) begin();
            return;
          case "spawned":
            assert(mail.outcome.kind === "spawned", "a life was not spawned");
            context.tell(mail.outcome.address, { kind: "work", value: VALUE }, WORK);
            return;
          case "worked":
            assert(mail.value === compute(VALUE), "a life computed something else");
            worked += 1;
            begin();
            if (worked === lives) done(worked);
        }
      },
    };
  },
});

export const creation: Program<{ readonly lives: number }> = {
  open: async ({ system, threadOf }, { lives }) => {
    const spawner = await system.spawn(spawnerActor, null, { thread: threadOf(0, lives) });
    const threads = Array.from({ length: system.threads }, (_, i) => i).filter((thread) =>
      Array.from({ length: system.threads }, (_, i) => threadOf(i, system.threads)).includes(
        thread,
      ),
    );
    const others = await livesOf(system);
    return async () => {
      const play = { kind: "play" as const, lives, threads };
      checkCount("lives", lives, await system.ask(spawner, play, { timeoutMs: PLAY_MS_MAX }));
      checkCount("lives that have not ended", 0, (await livesOf(system)) - others);
      return lives;
    };
  },
};

type System = Parameters<typeof creation.open>[0]["system"];

async function livesOf(system: System): Promise<number> {
  const reports = await system.inspect();
  return reports.reduce((sum, { cells }) => sum + cells.length, 0);
}
