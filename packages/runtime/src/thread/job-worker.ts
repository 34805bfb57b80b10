// A thread of the pool: it runs the jobs that come through its lines, one at a time, with an environment of
// its own. What can be undone is kept until it is taken: a line that closes before has nobody behind it. That
// a line is over is said when nothing that came through it runs or will run.
import { type MessagePort, workerData } from "node:worker_threads";
import { codedError, toErrorData } from "../actor/error-data.ts";
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
  | {
      readonly kind: "line";
      readonly number: number;
      readonly port: MessagePort;
      /** One word, 1 when whoever is at the other end is dead: its jobs are not begun any more. */
      readonly gone: SharedArrayBuffer;
    }
  /** As soon as the last line is over. */
  | { readonly kind: "end" };
export type FromPoolThread =
  | { readonly kind: "here" }
  /** It has another place: it holds the task until the port closes, so that another thread gets the next. */
  | { readonly kind: "occupied" }
  /** Its other end has closed, and what had begun has returned and is undone. */
  | { readonly kind: "line-over"; readonly number: number }
  | { readonly kind: "ended" };

export type OpenTask = {
  readonly control: MessagePort;
  /** This thread's place in the table of loads. */
  readonly worker: number;
};

type AnyJob = JobDefinition<unknown, unknown>;

type Line = {
  readonly port: MessagePort;
  readonly gone: Int32Array<SharedArrayBuffer>;
  /** What undoes the results that nobody has taken yet. */
  readonly kept: Map<number, () => Promise<void>>;
  /** Jobs and undoings that have begun. */
  running: number;
  isClosed: boolean;
};

const data = workerData as JobWorkerData;
const modules = new ModuleSource();
const load = new JobLoad(data.load);
/** Those that are not over. */
const lines = new Set<Line>();
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
    if (mail.kind === "line") addLine(mail, worker, control);
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

function addLine(
  { number, port, gone }: Extract<ToPoolThread, { readonly kind: "line" }>,
  worker: number,
  control: MessagePort,
): void {
  const line: Line = {
    port,
    gone: new Int32Array(gone),
    kept: new Map(),
    running: 0,
    isClosed: false,
  };
  const endIfIdle = (): void => {
    if (!line.isClosed || line.running > 0) return;
    lines.delete(line);
    say(control, { kind: "line-over", number });
    endIfOver(control);
  };
  const during = async (work: () => Promise<void>): Promise<void> => {
    line.running += 1;
    await work();
    line.running -= 1;
    endIfIdle();
  };
  lines.add(line);
  port.on("message", (mail: ToJobThread) => {
    if (mail.kind === "taken") line.kept.delete(mail.number);
    void during(() => serve(line, mail)).then(() => load.subtract(worker));
  });
  port.on("close", () => {
    line.isClosed = true;
    for (const kept of line.kept.keys()) void during(() => undoKept(line, kept));
    endIfIdle();
  });
  port.unref();
}

async function serve(line: Line, mail: ToJobThread): Promise<void> {
  if (mail.kind === "taken") return;
  if (mail.kind === "release") return undone(mail.url, mail.name, mail.result);
  const { port } = line;
  const { number, url, name } = mail;
  const { outcome, job } = await run(line, mail);
  const isKept = outcome.kind === "done" && job?.release !== undefined;
  if (isKept) line.kept.set(number, () => undone(url, name, outcome.value));
  const reply: FromJobThread = { number, outcome, isKept };
  try {
    port.postMessage(reply);
  } catch (thrown) {
    const error = toErrorData(thrown);
    port.postMessage({ number, outcome: { kind: "failed", error }, isKept: false });
    // It cannot travel: nobody will ever take it.
    await undoKept(line, number);
  }
  if (line.isClosed) await undoKept(line, number);
}

async function undoKept({ kept }: Line, number: number): Promise<void> {
  const undo = kept.get(number);
  kept.delete(number);
  await undo?.();
}

type RunMail = Extract<ToJobThread, { readonly kind: "run" }>;
type Ran = { readonly outcome: JobOutcome<unknown>; readonly job: AnyJob | undefined };

/** Never rejects: what a job throws is its outcome. */
async function run({ gone }: Line, { url, name, args }: RunMail): Promise<Ran> {
  let job: AnyJob | undefined;
  try {
    environment ??= openEnvironment();
    job = await modules.find<AnyJob>(url, name, "run");
    const own = await environment;
    // After every wait: from here on it runs without one.
    if (Atomics.load(gone, 0) === 1) return { outcome: notBegun(name), job };
    return { outcome: { kind: "done", value: job.run(own, args) }, job };
  } catch (error) {
    return { outcome: { kind: "failed", error: toErrorData(error) }, job };
  }
}

/** Nobody hears of it. */
function notBegun(name: string): JobOutcome<unknown> {
  const error = codedError("ERR_MULTIRAFT_JOB", `job ${name} was not begun: its owner is dead`);
  return { kind: "failed", error };
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
