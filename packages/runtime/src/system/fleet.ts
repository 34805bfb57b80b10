// The threads of a system: started, ended and replaced one after the other by one coordinator. A thread's
// death takes its own actors and nothing else: everybody lets go of it, and its jobs are over, before anything
// of it is reused.
import { codedError, fromErrorData, toErrorData } from "../actor/error-data.ts";
import type { ErrorData } from "../actor/outcome.ts";
import type { ThreadEvent } from "../observe/system-event.ts";
import type { Random } from "../platform/random.ts";
import type { Timers } from "../platform/timers.ts";
import type { SharedRoutingTable } from "../routing/shared-routing-table.ts";
import type { FromMain, ToMain } from "../thread/service-mail.ts";
import type { ThreadBoard } from "../thread/thread-board.ts";
import type { SharedSetup } from "../thread/thread-setup.ts";
import { createCounters, type MailLedger } from "./mail-ledger.ts";
import {
  type MainMember,
  type Member,
  Signal,
  type ThreadMember,
  type ThreadPurpose,
} from "./member.ts";
import type { SlotRanges } from "./slot-ranges.ts";
import { SystemError } from "./system-error.ts";
import type { SystemSettings } from "./system-options.ts";
import { type BirthPlan, bearThread, createIdentity } from "./thread-birth.ts";

/** A thread that so often dies before it is ready, or cannot even be born, is not started again. */
const START_TRIES_MAX = 3;
/** Before the next try to bear a thread that was refused its memory: others may give some back meanwhile. */
const BIRTH_PAUSE_MS = 1_000;
/** A thread that is told to end and has not ended itself after this is ended where it stands. */
const END_GRACE_MS = 1_000;
/** Told of when it takes longer to know that no job of a dead thread runs: until then it has no successor. */
const JOBS_WARN_MS = 30_000;

export type FleetOptions = {
  readonly settings: SystemSettings;
  readonly shared: SharedSetup;
  readonly board: ThreadBoard;
  readonly routing: SharedRoutingTable;
  readonly ranges: SlotRanges;
  readonly ledger: MailLedger;
  readonly random: Random;
  readonly timers: Timers;
  readonly main: MainMember;
  /** Ends the sleep of a thread. */
  readonly wake: (thread: number) => void;
  readonly onServiceMail: (member: ThreadMember, mail: ToMain) => void;
  /** The thread is dead. Resolves when none of its jobs runs any more. */
  readonly leaveJobs: (member: ThreadMember) => Promise<void>;
  readonly onEvent: (event: ThreadEvent) => void;
};

export class Fleet {
  readonly #o: FleetOptions;
  readonly #members = new Map<number, ThreadMember>();
  readonly #givenUp = new Map<number, ErrorData>();
  readonly #startTries = new Map<number, number>();
  /** Starts and the steps of funerals, one at a time. */
  #coordinator: Promise<unknown> = Promise.resolve();
  #changed: (() => void)[] = [];
  #lastArenaId = 0;
  readonly #closing = new Signal();
  #isClosing = false;

  constructor(options: FleetOptions) {
    this.#o = options;
  }

  /** @throws SystemError when one of the threads cannot be started; the others are ended. */
  async open(): Promise<void> {
    const threads = Array.from({ length: this.#o.settings.threads }, (_, thread) => thread);
    try {
      await this.#exclusively(() => Promise.all(threads.map((n) => this.#start(n, "actors"))));
    } catch (error) {
      await this.close();
      throw error;
    }
  }

  get living(): readonly ThreadMember[] {
    return [...this.#members.values()].filter(({ state }) => state === "live");
  }

  /** An actor thread that lives, now or when it has been replaced. */
  async whenLive(thread: number): Promise<ThreadMember> {
    for (;;) {
      const member = this.#members.get(thread);
      if (member?.state === "live") return member;
      if (this.#isClosing) throw closed();
      const givenUp = this.#givenUp.get(thread);
      if (givenUp !== undefined) throw startError(thread, givenUp);
      if (thread < 0 || thread >= this.#o.settings.threads) throw noSuchThread(thread);
      await new Promise<void>((resolve) => this.#changed.push(resolve));
    }
  }

  /** The thread has died too often and is not started again. */
  isGivenUp(thread: number): boolean {
    return this.#givenUp.has(thread);
  }

  /** An additional thread for one actor. */
  startDedicated(): Promise<ThreadMember> {
    return this.#exclusively(async () => {
      if (this.#isClosing) throw closed();
      const thread = this.#o.ranges.takeDedicated();
      if (thread === undefined)
        throw new SystemError("ERR_MULTIRAFT_THREAD_START", "too many dedicated threads");
      return this.#start(thread, "dedicated");
    });
  }

  /** Ends a thread in good order: its lives are told, their jobs return, then it goes. */
  async retire(member: ThreadMember): Promise<void> {
    await this.#shutDown(member);
    await this.#end(member);
    await member.buried.heard;
  }

  /** As `retire`, where nobody waits for it. */
  retireUnasked(member: ThreadMember): void {
    this.retire(member).catch(warn);
  }

  /**
   * Ends a thread, its lives with it. Resolves when it is buried and, if it was an actor thread, replaced.
   * @throws SystemError when it cannot be replaced, or the system is closed before.
   */
  async kill(thread: number): Promise<void> {
    // Where there is none between a thread and its successor, the successor is meant.
    const member = this.#members.get(thread) ?? (await this.whenLive(thread));
    await this.#end(member);
    await member.buried.heard;
    if (member.purpose === "actors") await this.whenLive(thread);
  }

  /** Resolves when nothing of those that are dead by now runs any more. */
  async whenBuried(): Promise<void> {
    await Promise.all(this.#unburied().map(({ buried }) => buried.heard));
  }

  async close(): Promise<void> {
    this.#isClosing = true;
    this.#closing.give();
    this.#notify();
    const members = [...this.#members.values()];
    await Promise.all(members.map((member) => this.#shutDown(member)));
    await Promise.all(members.map((member) => this.#end(member)));
    await Promise.all(members.map((member) => member.buried.heard));
    await this.#coordinator;
  }

  #exclusively<Value>(work: () => Promise<Value>): Promise<Value> {
    const done = this.#coordinator.then(work);
    this.#coordinator = done.then(
      () => undefined,
      () => undefined,
    );
    return done;
  }

  async #start(thread: number, purpose: ThreadPurpose): Promise<ThreadMember> {
    let member: ThreadMember;
    try {
      member = this.#bear(thread, purpose);
    } catch (thrown) {
      throw startError(thread, toErrorData(thrown));
    }
    return this.#raise(member);
  }

  /** From its birth until it is ready. One that dies meanwhile is buried like any other. */
  async #raise(member: ThreadMember): Promise<ThreadMember> {
    const { thread } = member;
    const { timers, settings, onEvent } = this.#o;
    const tooLate = pause(timers, settings.controlTimeoutMs).then(() => "late" as const);
    const ending = await Promise.race([
      member.ready.heard.then(() => "ready" as const),
      member.death.then((error) => error ?? unknownEnd()),
      tooLate,
    ]);
    if (ending !== "ready") {
      if (ending === "late") this.#endUnasked(member);
      throw startError(thread, ending === "late" ? lateStart() : ending);
    }
    await member.joined;
    const { service, state } = member;
    if (state === "dead") throw startError(thread, (await member.death) ?? unknownEnd());
    service.postMessage({ kind: "go" } satisfies FromMain);
    member.state = "live";
    this.#startTries.delete(thread);
    onEvent({ kind: "thread-started", thread });
    this.#notify();
    return member;
  }

  /** @throws What the process refuses: memory, or one thread more. Nothing is left of the thread then. */
  #bear(thread: number, purpose: ThreadPurpose): ThreadMember {
    const { board, routing, ranges, ledger } = this.#o;
    const slots = ranges.of(thread);
    board.reset(thread);
    routing.give(slots, thread);
    try {
      const member = bearThread(this.#planBirth(thread, purpose));
      ledger.open(member.counters);
      this.#members.set(thread, member);
      void member.death.then((error) => this.#onDeath(member, error));
      return member;
    } catch (thrown) {
      routing.markDead(slots);
      if (purpose === "dedicated") ranges.freeDedicated(thread);
      throw thrown;
    }
  }

  #planBirth(thread: number, purpose: ThreadPurpose): BirthPlan {
    const { ranges, random, settings, main } = this.#o;
    this.#lastArenaId += 1;
    return {
      identity: createIdentity(thread, this.#lastArenaId, settings.arenaBytesMax),
      counters: createCounters(),
      seed: random.fork(`thread life ${this.#lastArenaId}`).below(2 ** 32),
      peers: [main, ...this.#undead()],
      unburied: this.#unburied(),
      slots: ranges.of(thread),
      purpose,
      shared: this.#o.shared,
      settings,
      timers: this.#o.timers,
      onServiceMail: this.#o.onServiceMail,
      onFault: (faulty) => this.#endUnasked(faulty),
    };
  }

  /** Their funerals wait until the start that is under way is over, or for their jobs. */
  #unburied(): ThreadMember[] {
    return [...this.#members.values()].filter(({ state }) => state === "dead");
  }

  #undead(): ThreadMember[] {
    return [...this.#members.values()].filter(({ state }) => state !== "dead");
  }

  /** At once: nobody sends there any more, and whoever waits for it is told. */
  #onDeath(member: ThreadMember, error: ErrorData | undefined): void {
    const { board, routing, ranges } = this.#o;
    const wasLive = member.state === "live";
    member.state = "dead";
    routing.markDead(ranges.of(member.thread));
    board.noteDead(member.thread);
    member.control.die(error);
    void this.#holdFuneral(member, this.#o.leaveJobs(member), error).then((isBuried) => {
      member.buried.give();
      if (isBuried) this.#replace(member, wasLive, error ?? unknownEnd());
    });
  }

  /**
   * Others start, die and are buried while its jobs come to their end. @returns False when its number and what it
   * held are not used again: the system is being closed, or an invariant is broken.
   */
  async #holdFuneral(
    member: ThreadMember,
    jobsOver: Promise<void>,
    error: ErrorData | undefined,
  ): Promise<boolean> {
    try {
      await this.#exclusively(() => this.#letGo(member, error));
      if (!(await this.#areOver(member, jobsOver))) return false;
      await this.#exclusively(() => this.#bury(member));
      return true;
    } catch (thrown) {
      this.#leaveUnburied(member, thrown);
      return false;
    }
  }

  /** Nobody sends there or hears from there any more, and whoever waited for it has been told. */
  async #letGo(member: ThreadMember, error: ErrorData | undefined): Promise<void> {
    const { main, ledger, onEvent } = this.#o;
    const others: Member[] = [main, ...this.#undead()];
    await Promise.all(others.map((other) => other.detach(member, error)));
    const lost = ledger.close(member.counters, member.traffic());
    for (const other of [main, ...this.#members.values()]) other.closeLanes(member);
    await Promise.all(others.map((other) => other.settle(member)));
    member.service.close();
    onEvent({ kind: "thread-ended", thread: member.thread, error, lost });
  }

  /**
   * A job may be reading or writing what its thread held. At most one for each thread of the pool has begun, and
   * none is interrupted. A thread of the pool that is at work for somebody else says so only when that is over.
   * @returns False when the system is closed before: then nobody needs the memory.
   */
  async #areOver({ thread }: ThreadMember, jobsOver: Promise<void>): Promise<boolean> {
    const cancel = this.#o.timers.after(JOBS_WARN_MS, () => warn(lateJobs(thread)));
    const over = jobsOver.then(() => true);
    const areOver = await Promise.race([over, this.#closing.heard.then(() => false)]);
    cancel();
    return areOver;
  }

  /** What it held is its owners' again. */
  async #bury(member: ThreadMember): Promise<void> {
    const others: Member[] = [this.#o.main, ...this.#undead()];
    await Promise.all(others.map((other) => other.bury(member)));
    this.#members.delete(member.thread);
  }

  /** An invariant is broken: what it held is not given to others, and nobody gets its number. */
  #leaveUnburied(member: ThreadMember, thrown: unknown): void {
    const error = toErrorData(thrown);
    warn(fromErrorData(error));
    if (member.purpose === "actors") this.#giveUp(member.thread, error);
  }

  /** Its number is free: of an actor thread the successor gets it. */
  #replace({ thread, purpose }: ThreadMember, wasLive: boolean, cause: ErrorData): void {
    if (purpose === "dedicated") this.#o.ranges.freeDedicated(thread);
    else void this.#exclusively(() => this.#succeed(thread, wasLive, cause));
  }

  /** @param cause Why there is none. */
  async #succeed(thread: number, wasLive: boolean, cause: ErrorData): Promise<void> {
    if (this.#isClosing) return;
    const tries = wasLive ? 1 : (this.#startTries.get(thread) ?? 0) + 1;
    this.#startTries.set(thread, tries);
    if (tries > START_TRIES_MAX) return this.#giveUp(thread, cause);
    let member: ThreadMember;
    try {
      member = this.#bear(thread, "actors");
    } catch (thrown) {
      return this.#succeedLater(thread, toErrorData(thrown));
    }
    // Its own death, if it fails, brings the next try.
    await this.#raise(member).catch(() => undefined);
  }

  /** None was born, so none will die: the next try comes by itself. Others start and are buried meanwhile. */
  #succeedLater(thread: number, cause: ErrorData): void {
    this.#o.timers.after(BIRTH_PAUSE_MS, () => {
      void this.#exclusively(() => this.#succeed(thread, false, cause));
    });
  }

  /** It is not started again: whoever waits for it is told. */
  #giveUp(thread: number, cause: ErrorData): void {
    this.#givenUp.set(thread, cause);
    this.#o.onEvent({ kind: "thread-given-up", thread, error: cause });
    this.#notify();
  }

  /** Its lives end and their jobs return, or it does not answer: then it ends as it is. */
  async #shutDown(member: ThreadMember): Promise<void> {
    if (member.state === "dead") return;
    await member.control.call("shut down", (remote) => remote.shutDown()).catch(() => undefined);
  }

  /**
   * Told to end, a thread ends itself between two turns, when its native operations have returned. One that
   * does not is terminated, but only while nothing of it is in flight: that would end the process.
   */
  async #end(member: ThreadMember): Promise<void> {
    const { board, settings } = this.#o;
    const graceMs = Math.min(END_GRACE_MS, settings.controlTimeoutMs);
    board.condemn(member.thread);
    this.#o.wake(member.thread);
    for (let waitedMs = 0; ; waitedMs += graceMs) {
      // Before the wait: who has just left native code is about to end itself.
      const wasFree = board.nativeInFlight(member.thread) === 0;
      if (await this.#diesWithin(member, graceMs)) return;
      if (wasFree) break;
      if (waitedMs >= settings.controlTimeoutMs) throw stuck(member.thread);
    }
    void member.worker.terminate();
    if (!(await this.#diesWithin(member, settings.controlTimeoutMs))) throw stuck(member.thread);
  }

  /** Nobody waits for it: that it is stuck is told to whoever reads the warnings of the process. */
  #endUnasked(member: ThreadMember): void {
    this.#end(member).catch(warn);
  }

  async #diesWithin(member: ThreadMember, timeoutMs: number): Promise<boolean> {
    const isDead = member.death.then(() => true);
    return Promise.race([isDead, pause(this.#o.timers, timeoutMs).then(() => false)]);
  }

  #notify(): void {
    for (const tell of this.#changed.splice(0)) tell();
  }
}

function warn(error: Error): void {
  process.emitWarning(error);
}

function pause(timers: Timers, delayMs: number): Promise<void> {
  return new Promise((resolve) => {
    timers.after(delayMs, resolve);
  });
}

function closed(): SystemError {
  return new SystemError("ERR_MULTIRAFT_SYSTEM_CLOSED", "the system is closed");
}

function noSuchThread(thread: number): SystemError {
  return new SystemError("ERR_MULTIRAFT_NO_SUCH_THREAD", `there is no thread ${thread}`);
}

function stuck(thread: number): SystemError {
  const message = `thread ${thread} could not be ended: it does not leave native code`;
  return new SystemError("ERR_MULTIRAFT_THREAD_STUCK", message);
}

function lateJobs(thread: number): SystemError {
  const since = `nobody has said for ${JOBS_WARN_MS} ms that no job of it runs any more`;
  const message = `thread ${thread} is dead and not replaced: ${since}`;
  return new SystemError("ERR_MULTIRAFT_THREAD_STUCK", message);
}

function startError(thread: number, error: ErrorData): SystemError {
  const cause = fromErrorData(error);
  return new SystemError("ERR_MULTIRAFT_THREAD_START", `thread ${thread} did not start`, { cause });
}

function unknownEnd(): ErrorData {
  return codedError("ERR_MULTIRAFT_THREAD_DEAD", "the thread has exited");
}

function lateStart(): ErrorData {
  return codedError("ERR_MULTIRAFT_CONTROL_TIMEOUT", "the thread was not ready in time");
}
