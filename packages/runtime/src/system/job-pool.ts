// The threads on which jobs run. The pool starts and keeps them; jobs reach them through lines, one from
// each thread that has jobs to each thread of the pool. Jobs are never aborted and the pool is closed, not
// destroyed: both would end a thread wherever it stands, and inside a native transaction that hangs the process.
// Whoever had lines and is gone may be forgotten only when nothing of it runs any more: `leave` waits for that.
import { MessageChannel, type MessagePort } from "node:worker_threads";
import { Piscina } from "piscina";
import type { Timers } from "../platform/timers.ts";
import type { JobLine } from "../thread/job-lines.ts";
import { JobLoad } from "../thread/job-load.ts";
import type {
  FromPoolThread,
  JobWorkerData,
  OpenTask,
  ToPoolThread,
} from "../thread/job-worker.ts";
import { SystemError } from "./system-error.ts";

/** The last jobs of the system may take this long before `close` gives up on them. */
const CLOSE_TIMEOUT_MS = 60_000;

/** Takes one end of a line to one thread of the pool. */
export type LineTaker = (line: JobLine, transfer: readonly MessagePort[]) => void;

/** A line from its making until nothing that came through it runs any more. */
type OpenLine = { readonly thread: PoolThread; readonly gone: Int32Array<SharedArrayBuffer> };

type Taker = { readonly take: LineTaker; readonly gone: Int32Array<SharedArrayBuffer> };

type PoolThread = { readonly control: MessagePort; isHere: boolean; hasEnded: boolean };

export class JobPool {
  readonly #threads: number;
  readonly #data: Omit<JobWorkerData, "load">;
  readonly #load: JobLoad;
  readonly #timers: Timers;
  /** By who has jobs, each with the word that says that it is gone. */
  readonly #takers = new Map<object, Taker>();
  readonly #lines = new Map<number, OpenLine>();
  #lastLine = 0;
  readonly #open = new Map<number, PoolThread>();
  /** Of threads that have a place and hold a task that was meant for one without. */
  #occupied: MessagePort[] = [];
  /** Made by the first job: many systems have none. */
  #pool: Piscina | undefined;
  #whenChanged: (() => void)[] = [];
  #isClosing = false;

  constructor(threads: number, data: Omit<JobWorkerData, "load">, timers: Timers) {
    this.#threads = threads;
    this.#timers = timers;
    this.#data = data;
    this.#load = JobLoad.create(threads);
  }

  /** `owner` gets one line to each thread of the pool, now and whenever one is replaced. */
  join(owner: object, take: LineTaker): void {
    const taker: Taker = { take, gone: new Int32Array(new SharedArrayBuffer(4)) };
    this.#takers.set(owner, taker);
    this.start();
    for (const [worker, thread] of this.#open) if (thread.isHere) this.#link(taker, worker, thread);
  }

  /**
   * `owner` is dead, its ends of the lines with it: what waits in them is not begun any more. Resolves when what
   * had begun has returned and is undone, or is lost with its thread. At once for one that never joined.
   */
  async leave(owner: object): Promise<void> {
    const gone = this.#takers.get(owner)?.gone;
    if (gone === undefined) return;
    this.#takers.delete(owner);
    Atomics.store(gone, 0, 1);
    while ([...this.#lines.values()].some((line) => line.gone === gone)) await this.#nextChange();
  }

  /**
   * Ends when all who took lines have closed them. @throws SystemError when a job does not return: its thread
   * stays, because to end it there may hang the process.
   */
  async close(): Promise<void> {
    this.#isClosing = true;
    this.#letGo();
    for (const { control, isHere } of this.#open.values())
      if (isHere) say(control, { kind: "end" });
    // Also for tasks that are with a thread which has died: the pool would wait for these in vain.
    if (!(await this.#endsInTime())) throw stuck();
    await this.#pool?.close();
  }

  async #endsInTime(): Promise<boolean> {
    let isLate = false;
    const cancel = this.#timers.after(CLOSE_TIMEOUT_MS, () => {
      isLate = true;
      this.#changed();
    });
    while (!isLate && this.#isOpen) await this.#nextChange();
    cancel();
    return !this.#isOpen;
  }

  get #isOpen(): boolean {
    return [...this.#open.values()].some(({ hasEnded }) => !hasEnded);
  }

  /** Harmless when repeated. */
  start(): void {
    if (this.#pool !== undefined) return;
    this.#pool = new Piscina({
      filename: new URL("../thread/job-worker.js", import.meta.url).href,
      name: "openThread",
      minThreads: this.#threads,
      maxThreads: this.#threads,
      // Otherwise idle threads sleep outside of their event loop, where no line reaches them.
      atomics: "disabled",
      recordTiming: false,
      closeTimeout: CLOSE_TIMEOUT_MS,
      workerData: { ...this.#data, load: this.#load.memory } satisfies JobWorkerData,
    });
    // The end of a thread is told by its ports; without a listener it would be the end of the process.
    this.#pool.on("error", (error: Error) =>
      process.emitWarning(`a thread of the pool has died: ${error.message}`),
    );
    for (let worker = 0; worker < this.#threads; worker += 1) this.#openThread(worker);
  }

  /** Its task goes to any thread that is free: one that has a place already keeps it until another is found. */
  #openThread(worker: number): void {
    const { port1, port2 } = new MessageChannel();
    const thread: PoolThread = { control: port1, isHere: false, hasEnded: false };
    this.#open.set(worker, thread);
    port1.on("message", (mail: FromPoolThread) => this.#hear(worker, thread, mail));
    port1.on("close", () => this.#replace(worker, thread));
    port1.unref();
    const task: OpenTask = { control: port2, worker };
    // A thread that dies takes its task with it; what follows is up to `close` of its port.
    this.#pool?.run(task, { transferList: [port2] }).catch(() => port1.close());
  }

  #hear(worker: number, thread: PoolThread, mail: FromPoolThread): void {
    switch (mail.kind) {
      case "here":
        this.#arrive(worker, thread);
        break;
      case "occupied":
        this.#keepOccupied(worker, thread);
        break;
      case "line-over":
        this.#lines.delete(mail.number);
        break;
      case "ended":
        thread.hasEnded = true;
        break;
    }
    this.#changed();
  }

  #keepOccupied(worker: number, { control }: PoolThread): void {
    if (this.#isClosing) return control.close();
    this.#occupied.push(control);
    this.#openThread(worker);
  }

  #arrive(worker: number, thread: PoolThread): void {
    thread.isHere = true;
    this.#letGo();
    if (this.#isClosing) return say(thread.control, { kind: "end" });
    // Not before: whoever had lines to a predecessor has counted there until it knew.
    this.#load.reset(worker);
    for (const taker of this.#takers.values()) this.#link(taker, worker, thread);
  }

  #letGo(): void {
    for (const control of this.#occupied.splice(0)) control.close();
  }

  /** The thread has died; the pool starts another. */
  #replace(worker: number, thread: PoolThread): void {
    if (this.#open.get(worker) !== thread) return;
    this.#open.delete(worker);
    for (const [number, line] of this.#lines)
      if (line.thread === thread) this.#lines.delete(number);
    this.#changed();
    if (!this.#isClosing) this.#openThread(worker);
  }

  #link({ take, gone }: Taker, worker: number, thread: PoolThread): void {
    const { port1, port2 } = new MessageChannel();
    this.#lastLine += 1;
    const number = this.#lastLine;
    this.#lines.set(number, { thread, gone });
    say(thread.control, { kind: "line", number, port: port2, gone: gone.buffer }, [port2]);
    take({ port: port1, load: this.#load.memory, worker }, [port1]);
  }

  #nextChange(): Promise<void> {
    return new Promise((resolve) => this.#whenChanged.push(resolve));
  }

  #changed(): void {
    for (const tell of this.#whenChanged.splice(0)) tell();
  }
}

function stuck(): SystemError {
  const message = `a job has not returned within ${CLOSE_TIMEOUT_MS} ms`;
  return new SystemError("ERR_MULTIRAFT_THREAD_STUCK", message);
}

function say(control: MessagePort, mail: ToPoolThread, transfer: MessagePort[] = []): void {
  control.postMessage(mail, transfer);
}
