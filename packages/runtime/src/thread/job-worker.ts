// A thread of the pool: it runs the jobs that come through its lines, one at a time, with an environment of
// its own. What can be undone is kept until it is taken: a line that closes before has nobody behind it.
import { type MessagePort, workerData } from "node:worker_threads";
import { toErrorData } from "../actor/error-data.ts";
import type { JobDefinition } from "../actor/job.ts";
import type { JobOutcome } from "../actor/outcome.ts";
import type { Environment } from "../platform/environment.ts";
import { loadEnvironment } from "./environment-source.ts";
import type { FromJobThread, ToJobThread } from "./job-lines.ts";
import { JobLoad } from "./job-load.ts";
import { ModuleSource } from "./module-source.ts";
import { guardNative } from "./native-guard.ts";
import { ThreadBoard } from "./thread-board.ts";
import type { EnvironmentSource } from "./thread-setup.ts";

export type JobWorkerData = {
  readonly board: SharedArrayBuffer;
  readonly load: SharedArrayBuffer;
  readonly environment: EnvironmentSource | undefined;
  /** To be loaded before the first job asks for them. */
  readonly modules: readonly string[];
  readonly seed: number;
};

/** What the pool says to one of its threads. */
export type ToPoolThread =
  | { readonly kind: "line"; readonly port: MessagePort }
  /** As soon as the last line has closed. */
  | { readonly kind: "end" };
export type FromPoolThread =
  | { readonly kind: "here" }
  /** It has another place: it holds the task until the port closes, so that another thread gets the next. */
  | { readonly kind: "occupied" }
  | { readonly kind: "ended" };

export type OpenTask = {
  readonly control: MessagePort;
  /** This thread's place in the table of loads. */
  readonly worker: number;
};

type AnyJob = JobDefinition<unknown, unknown>;

const data = workerData as JobWorkerData;
const modules = new ModuleSource();
const load = new JobLoad(data.load);
const lines = new Set<MessagePort>();
let environment: Promise<Environment> | undefined;
let isHere = false;
let isEnding = false;

// What is missing is told to whoever asks for a job of it.
for (const url of data.modules) void import(url).catch(() => undefined);

/** The pool's task for each of its threads, once. It returns at once: lines need no task. */
export function openThread({ control, worker }: OpenTask): void | Promise<void> {
  if (isHere) {
    say(control, { kind: "occupied" });
    // A port that is not started sees no end of it behind a message.
    control.start();
    return new Promise((resolve) => control.on("close", resolve));
  }
  isHere = true;
  control.on("message", (mail: ToPoolThread) => {
    if (mail.kind === "line") addLine(mail.port, worker, control);
    else isEnding = true;
    endIfOver(control);
  });
  control.unref();
  say(control, { kind: "here" });
}

function say(control: MessagePort, mail: FromPoolThread): void {
  control.postMessage(mail);
}

function endIfOver(control: MessagePort): void {
  if (isEnding && lines.size === 0) say(control, { kind: "ended" });
}

function addLine(port: MessagePort, worker: number, control: MessagePort): void {
  const kept = new Map<number, () => void>();
  lines.add(port);
  port.on("message", (mail: ToJobThread) => {
    if (mail.kind === "taken") kept.delete(mail.number);
    void serve(port, mail, kept).then(() => load.subtract(worker));
  });
  port.on("close", () => {
    lines.delete(port);
    for (const undo of kept.values()) undo();
    endIfOver(control);
  });
  port.unref();
}

async function serve(
  port: MessagePort,
  mail: ToJobThread,
  kept: Map<number, () => void>,
): Promise<void> {
  if (mail.kind === "taken") return;
  if (mail.kind === "release") return void (await undone(mail.url, mail.name, mail.result));
  const { number, url, name, args } = mail;
  const { outcome, job } = await run(url, name, args);
  const isKept = outcome.kind === "done" && job?.release !== undefined;
  if (isKept) kept.set(number, () => void undone(url, name, outcome.value));
  const reply: FromJobThread = { number, outcome, isKept };
  try {
    port.postMessage(reply);
  } catch (thrown) {
    const error = toErrorData(thrown);
    port.postMessage({ number, outcome: { kind: "failed", error }, isKept: false });
    // It cannot travel: nobody will ever take it.
    kept.get(number)?.();
    kept.delete(number);
  }
  if (isKept && !lines.has(port)) kept.get(number)?.();
}

type Ran = { readonly outcome: JobOutcome<unknown>; readonly job: AnyJob | undefined };

/** Never rejects: what a job throws is its outcome. */
async function run(url: string, name: string, args: unknown): Promise<Ran> {
  let job: AnyJob | undefined;
  try {
    environment ??= openEnvironment();
    job = await modules.find<AnyJob>(url, name, "run");
    return { outcome: { kind: "done", value: job.run(await environment, args) }, job };
  } catch (error) {
    return { outcome: { kind: "failed", error: toErrorData(error) }, job };
  }
}

/** Nobody is left who could be told of a failure. */
async function undone(url: string, name: string, result: unknown): Promise<void> {
  try {
    environment ??= openEnvironment();
    const job = await modules.find<AnyJob>(url, name, "run");
    job.release?.(await environment, result);
  } catch (error) {
    process.emitWarning(`job ${name} could not be undone: ${toErrorData(error).message}`);
  }
}

function openEnvironment(): Promise<Environment> {
  const board = new ThreadBoard(data.board);
  const line = board.claimJobThread();
  guardNative(board, line);
  const request = { thread: undefined, seed: data.seed + line };
  return loadEnvironment(data.environment, request, modules);
}
