// The parts of a system, put together in one place: shared memory, the main thread as a member, the other
// threads, the pool of jobs, the streams.
import type { SystemMetrics } from "../observe/system-event.ts";
import { StreamHub } from "../observe/system-streams.ts";
import type { Environment } from "../platform/environment.ts";
import { NodeLoop } from "../platform/loop-host.ts";
import { realEnvironment } from "../platform/real-environment.ts";
import { nodeTimers } from "../platform/timers.ts";
import { createRoutingMemory, SharedRoutingTable } from "../routing/shared-routing-table.ts";
import { JobLines } from "../thread/job-lines.ts";
import { ModuleSource } from "../thread/module-source.ts";
import { Reporter } from "../thread/reporter.ts";
import type { FromMain, ToMain } from "../thread/service-mail.ts";
import { createBoardMemory, THREADS_MAX, ThreadBoard } from "../thread/thread-board.ts";
import { ThreadHost } from "../thread/thread-host.ts";
import type { SharedSetup } from "../thread/thread-setup.ts";
import { Fleet } from "./fleet.ts";
import { JobPool } from "./job-pool.ts";
import { KeepAlive } from "./keep-alive.ts";
import { createCounters, MailLedger } from "./mail-ledger.ts";
import { MainMember, type ThreadMember } from "./member.ts";
import { Outside } from "./outside.ts";
import { SlotRanges } from "./slot-ranges.ts";
import type { SystemSettings } from "./system-options.ts";
import { createIdentity } from "./thread-birth.ts";

/** Arena of the main thread; the others count up from here. */
const MAIN_ARENA_ID = 0;
/** How long the process's exit waits for what is native: fsyncs of a slow disk included. */
const EXIT_WAIT_MS = 5_000;

export class SystemParts {
  readonly settings: SystemSettings;
  readonly ledger = new MailLedger();
  readonly keepAlive: KeepAlive;
  readonly streams: StreamHub;
  readonly routing: SharedRoutingTable;
  readonly host: ThreadHost;
  readonly outside: Outside;
  readonly fleet: Fleet;
  readonly #board = new ThreadBoard(createBoardMemory());
  readonly #environment: Environment;
  readonly #jobs: JobPool;
  readonly #ownJobs: JobLines;
  readonly #shared: SharedSetup;
  readonly #onExit = (): void => this.#holdExit();

  constructor(settings: SystemSettings) {
    this.settings = settings;
    this.#environment = realEnvironment(settings.seed);
    const ranges = new SlotRanges(settings.threads, settings.slotsMax);
    const routing = createRoutingMemory(ranges.slots);
    this.routing = new SharedRoutingTable(routing);
    this.#shared = shareSetup(settings, this.#board.memory, routing);
    this.streams = new StreamHub(this.#board, nodeTimers, () => this.#measure());
    const jobData = {
      board: this.#board.memory,
      environment: settings.environment,
      modules: settings.jobModules,
      seed: this.#environment.random.fork("jobs").below(2 ** 32),
    };
    this.#jobs = new JobPool(settings.jobThreads, jobData, nodeTimers);
    this.#ownJobs = new JobLines(
      () => this.#jobs.join(this, (line) => this.#ownJobs.open(line)),
      () => this.host.loop.nudge(),
    );
    const identity = createIdentity(ranges.mainThread, MAIN_ARENA_ID, settings.arenaBytesMax);
    const counters = createCounters();
    this.ledger.open(counters);
    this.host = this.#makeHost(identity, counters, ranges);
    this.outside = new Outside(this.host.kernel);
    this.fleet = new Fleet({
      settings,
      shared: this.#shared,
      board: this.#board,
      routing: this.routing,
      ranges,
      ledger: this.ledger,
      random: this.#environment.random,
      timers: nodeTimers,
      main: new MainMember(identity, counters, this.host),
      wake: (thread) => this.host.exchange.wake(thread),
      onServiceMail: (member, mail) => this.#serve(member, mail),
      leaveJobs: (member) => this.#jobs.leave(member),
      onEvent: (event) => this.streams.noteThread(event),
    });
    process.on("exit", this.#onExit);
    // When nothing can be refused any more: nobody could close it.
    this.keepAlive = new KeepAlive();
  }

  async open(): Promise<void> {
    try {
      await this.keepAlive.during(this.fleet.open());
      if (this.settings.jobModules.length > 0) this.#jobs.start();
    } catch (error) {
      await this.close();
      throw error;
    }
  }

  /** Lives end and jobs return; then threads, pool and streams go. */
  async close(): Promise<void> {
    try {
      await this.keepAlive.during(this.#closeAll());
    } finally {
      this.keepAlive.close();
    }
  }

  /** Whoever waits for news of this system gets an end of it, also when a thread is stuck. */
  async #closeAll(): Promise<void> {
    await this.fleet.close().catch((error) => {
      this.outside.close();
      this.streams.close();
      throw error;
    });
    this.outside.close();
    await this.host.shutDown();
    this.host.close();
    this.#ownJobs.close();
    this.streams.close();
    await this.#jobs.close();
    // Not when a job is still running: it may be in native code.
    process.off("exit", this.#onExit);
  }

  #makeHost(
    self: ReturnType<typeof createIdentity>,
    counters: SharedArrayBuffer,
    ranges: SlotRanges,
  ): ThreadHost {
    const { thread } = self;
    this.#board.reset(thread);
    this.routing.give(ranges.of(thread), thread);
    const reporter = new Reporter({
      thread,
      board: this.#board,
      post: (mail) => this.#report(mail),
      onFirst: () => host.loop.nudge(),
    });
    const host: ThreadHost = new ThreadHost({
      setup: { ...this.#shared, self, slots: ranges.of(thread), counters, links: [], unburied: [] },
      environment: this.#environment,
      jobs: this.#ownJobs,
      modules: new ModuleSource(),
      loopHost: new NodeLoop(false),
      observer: { deadLetter: (letter) => reporter.deadLetter(letter) },
      onTurnEnd: () => reporter.flush(),
      onCondemned: () => {},
    });
    host.loop.start();
    return host;
  }

  #serve(member: ThreadMember, mail: ToMain): void {
    switch (mail.kind) {
      case "job-lines-wanted":
        this.#linkJobs(member);
        break;
      case "dedication-over":
        this.fleet.retireUnasked(member);
        break;
      default:
        this.#report(mail);
    }
  }

  /** Lines of its jobs, until it dies. Its wish may be heard after its death: then it has left already. */
  #linkJobs(member: ThreadMember): void {
    if (member.state === "dead") return;
    this.#jobs.join(member, (line, transfer) => {
      const mail: FromMain = { kind: "job-line", line };
      member.service.postMessage(mail, transfer);
    });
  }

  #report(mail: ToMain): void {
    if (mail.kind === "lifecycle" || mail.kind === "dead-letters") this.streams.take(mail);
  }

  #measure(): SystemMetrics {
    const threads = this.fleet.living.map(({ thread }) => ({
      thread,
      turns: this.#board.turns(thread),
      lives: this.#board.lives(thread),
      isAsleep: this.#board.isParked(thread),
    }));
    return { mail: this.ledger.totals(), threads };
  }

  /** The process ends its threads where they stand: not while something native is in flight. */
  #holdExit(): void {
    const { clock } = this.#environment;
    const nowMs = (): number => clock.nowMs();
    const untilMs = nowMs() + EXIT_WAIT_MS;
    for (let thread = 0; thread < THREADS_MAX; thread += 1) this.#board.condemn(thread);
    for (let thread = 0; thread < THREADS_MAX; thread += 1)
      this.#board.waitForNative(thread, untilMs, nowMs);
  }
}

function shareSetup(
  settings: SystemSettings,
  board: SharedArrayBuffer,
  routing: SharedArrayBuffer,
): SharedSetup {
  return {
    board,
    routing,
    environment: settings.environment,
    actorThreads: settings.threads,
    cores: settings.cores,
    pollMs: settings.pollUs / 1_000,
    overflowBytesMax: settings.overflowBytesMax,
    localMail: settings.isStrict ? "through-outbound" : "by-reference",
  };
}
