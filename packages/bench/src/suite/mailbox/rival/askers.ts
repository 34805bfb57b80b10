// Whoever answers a question: libraries that talk to a worker, raw postMessage, an actor library
// within one thread, and our own system seen from the main thread. Libraries are optional.
import { createRequire } from "node:module";
import { Worker } from "node:worker_threads";
import { ActorSystem } from "@multiraft/runtime";
import { echoActor } from "../ask-actors.ts";
import { answerTo, type Question } from "../questions.ts";
import { startEcho } from "./post-message.ts";
import type { Ask } from "./round-trips.ts";

export type Asker = { readonly ask: Ask; close(): Promise<void> };

const ASK_TIMEOUT_MS = 60_000;
/** One worker; the pools may hand it this many tasks before the first is answered. */
const TASKS_MAX = 64;

const OPENERS = {
  multiraft: openOurs,
  postMessage: openPostMessage,
  comlink: openComlink,
  piscina: openPiscina,
  workerpool: openWorkerpool,
  nact: openNact,
} satisfies Readonly<Record<string, () => Promise<Asker>>>;

export type Rival = keyof typeof OPENERS;

export function openAsker(by: Rival): Promise<Asker> {
  return OPENERS[by]();
}

/** @returns Why a library cannot be measured; undefined when it can. */
export function absentLibrary(
  name: "comlink" | "piscina" | "workerpool" | "nact",
): string | undefined {
  try {
    createRequire(import.meta.url).resolve(name);
    return undefined;
  } catch {
    return `${name} is not installed`;
  }
}

async function openOurs(): Promise<Asker> {
  const system = await ActorSystem.start({ threads: 1 });
  const to = await system.spawn(echoActor, null);
  const options = { timeoutMs: ASK_TIMEOUT_MS };
  return {
    ask: (question) => system.ask(to, question, options),
    close: () => system.close(),
  };
}

async function openPostMessage(): Promise<Asker> {
  const worker = startEcho();
  // Answers come in the order of the questions.
  const waiting: ((answer: number) => void)[] = [];
  let next = 0;
  worker.on("message", (answer: number) => {
    waiting[next]?.(answer);
    next += 1;
    if (next === waiting.length) {
      waiting.length = 0;
      next = 0;
    }
  });
  return {
    ask: (question) =>
      new Promise((resolve) => {
        waiting.push(resolve);
        worker.postMessage(question);
      }),
    close: async () => {
      await worker.terminate();
    },
  };
}

async function openComlink(): Promise<Asker> {
  const { wrap } = await import("comlink");
  const { nodeEndpoint } = await import("./comlink-endpoint.ts");
  const worker = new Worker(new URL("./comlink-entry.js", import.meta.url));
  const remote = wrap<{ echo(question: Question): number }>(nodeEndpoint(worker));
  return {
    ask: (question) => remote.echo(question),
    close: async () => {
      await worker.terminate();
    },
  };
}

async function openPiscina(): Promise<Asker> {
  const { Piscina } = await import("piscina");
  const pool = new Piscina({
    filename: new URL("./echo-task-entry.js", import.meta.url).href,
    minThreads: 1,
    maxThreads: 1,
    concurrentTasksPerWorker: TASKS_MAX,
    recordTiming: false,
  });
  return { ask: (question) => pool.run(question) as Promise<number>, close: () => pool.close() };
}

async function openWorkerpool(): Promise<Asker> {
  const { default: workerpool } = await import("workerpool");
  const { pathname } = new URL("./workerpool-entry.js", import.meta.url);
  const pool = workerpool.pool(pathname, {
    minWorkers: 1,
    maxWorkers: 1,
    workerType: "thread",
    workerTaskConcurrency: TASKS_MAX,
  } as Parameters<typeof workerpool.pool>[1]);
  return {
    ask: (question) => pool.exec("echo", [question]) as unknown as PromiseLike<number>,
    close: async () => {
      await pool.terminate();
    },
  };
}

async function openNact(): Promise<Asker> {
  const { query, spawnStateless, start, dispatch, stop } = await import("nact");
  type Asked = { readonly question: Question; readonly from: Parameters<typeof dispatch>[0] };
  const system = start();
  const echo = spawnStateless(system, ({ question, from }: Asked) =>
    dispatch(from, answerTo(question)),
  );
  return {
    ask: (question) =>
      query(echo, (from) => ({ question, from }) as Asked, ASK_TIMEOUT_MS) as Promise<number>,
    close: async () => stop(system),
  };
}
