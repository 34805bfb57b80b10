// Fork-join throughput: one actor sends many messages to each of several workers, which compute a little.
// With one worker that does not compute it is Savina's counting. Savina sends all at once into mailboxes
// without a bound; ours have one, so that each worker is sent a window, and says when more may come.
import { type Address, type Asks, assert, defineActor } from "@multiraft/runtime";
import { checkCount, type Note, noteOf, PLAY_MS_MAX, type Program } from "./program.ts";

type WorkerMail =
  | Note<"work">
  /** Answered with how many came since the last report, and with what was computed. */
  | ({ readonly kind: "report" } & Asks<{ readonly count: number; readonly sum: number }>);
type SourceMail =
  | ({
      readonly kind: "play";
      readonly workers: readonly Address<WorkerMail>[];
      readonly messages: number;
    } & Asks<null>)
  | Note<"grant">
  | Note<"finished">;

const WORK = noteOf("fork-join", "work");
const GRANT = noteOf("fork-join", "grant");
const FINISHED = noteOf("fork-join", "finished");
const GRANT_MESSAGES = 256;
export const WINDOW_MESSAGES = 4 * GRANT_MESSAGES;

/** Savina's busy work. */
export function compute(value: number): number {
  const sine = Math.sin(value);
  return sine * sine;
}

type WorkerArgs = { readonly isComputing: boolean; readonly messages: number };

export const workerActor = defineActor<WorkerMail, WorkerArgs>({
  url: import.meta.url,
  name: "workerActor",
  layouts: [WORK.layout],
  create: (context, { isComputing, messages }) => {
    let count = 0;
    let sum = 0;
    return {
      receive(mail, { from, reply }) {
        if (mail.kind === "report") {
          if (reply) context.reply(reply, { count, sum });
          count = 0;
          sum = 0;
          return;
        }
        count += 1;
        sum += isComputing ? compute(mail.value) : 1;
        const source = from as Address<SourceMail>;
        if (count === messages) context.tell(source, { kind: "finished", value: sum }, FINISHED);
        else if (count % GRANT_MESSAGES === 0)
          context.tell(source, { kind: "grant", value: count }, GRANT);
      },
    };
  },
});

/** What the work of every message is about. */
const VALUE = 37.2;

export const forkActor = defineActor<SourceMail, null>({
  url: import.meta.url,
  name: "forkActor",
  layouts: [GRANT.layout, FINISHED.layout],
  create: (context) => {
    const left = new Map<number, { readonly to: Address<WorkerMail>; messages: number }>();
    let working = 0;
    let done = () => {};
    const send = (slot: number, messages: number) => {
      const worker = left.get(slot);
      assert(worker !== undefined, "a grant of a stranger");
      const count = Math.min(messages, worker.messages);
      worker.messages -= count;
      for (let i = 0; i < count; i += 1)
        context.tell(worker.to, { kind: "work", value: VALUE }, WORK);
    };
    return {
      receive(mail, { from, reply }) {
        switch (mail.kind) {
          case "grant":
            assert(from !== undefined, "a grant comes from an actor");
            return send(from.slot, GRANT_MESSAGES);
          case "finished":
            working -= 1;
            return working === 0 ? done() : undefined;
          case "play":
            working = mail.workers.length;
            done = () => reply && context.reply(reply, null);
            for (const to of mail.workers) {
              left.set(to.slot, { to, messages: mail.messages });
              send(to.slot, WINDOW_MESSAGES);
            }
        }
      },
    };
  },
});

export type ForkJoinParams = { readonly actors: number; readonly messages: number };

export const forkJoin: Program<ForkJoinParams> = {
  open: (stage, params) => open(stage, params, true),
};
export const counting: Program<ForkJoinParams> = {
  open: (stage, params) => open(stage, params, false),
};

const open = async (
  { system, threadOf }: Parameters<Program<ForkJoinParams>["open"]>[0],
  { actors, messages }: ForkJoinParams,
  isComputing: boolean,
) => {
  const source = await system.spawn(forkActor, null, { thread: threadOf(0, actors + 1) });
  const workers: Address<WorkerMail>[] = [];
  for (let i = 1; i <= actors; i += 1)
    workers.push(
      await system.spawn(
        workerActor,
        { isComputing, messages },
        { thread: threadOf(i, actors + 1) },
      ),
    );
  const options = { timeoutMs: PLAY_MS_MAX };
  return async () => {
    await system.ask(source, { kind: "play", workers, messages }, options);
    const report = { kind: "report" } as const;
    const reports = await Promise.all(workers.map((one) => system.ask(one, report, options)));
    for (const { count, sum } of reports) {
      checkCount("messages", messages, count);
      checkCount("computed", isComputing ? sumOf(compute(VALUE), messages) : messages, sum);
    }
    return actors * messages;
  };
};

/** In the order in which a worker adds. */
function sumOf(value: number, times: number): number {
  let sum = 0;
  for (let i = 0; i < times; i += 1) sum += value;
  return sum;
}
