// Everything that makes a thread a member of a system: its kernel, its exchange with the others and the loop
// that drives both. The same on actor threads and on the main thread.
import type { ErrorData } from "../actor/outcome.ts";
import type { JobRunner } from "../kernel/job-runner.ts";
import { Kernel } from "../kernel/kernel.ts";
import type { AnyDefinition, CellReport, KernelObserver } from "../kernel/kernel-options.ts";
import { ArenaView } from "../lane/slab-layout.ts";
import type { Environment } from "../platform/environment.ts";
import type { LoopHost } from "../platform/loop-host.ts";
import { MailCounters } from "../routing/mail-counters.ts";
import { SharedRoutingTable } from "../routing/shared-routing-table.ts";
import { Exchange } from "./exchange.ts";
import type { ModuleSource } from "./module-source.ts";
import type { ThreadLinkEnd } from "./peer-link.ts";
import { ThreadBoard } from "./thread-board.ts";
import { ThreadLoop } from "./thread-loop.ts";
import type { ThreadSetup } from "./thread-setup.ts";

export type ThreadHostOptions = {
  readonly setup: Omit<ThreadSetup, "service" | "seed">;
  readonly environment: Environment;
  readonly jobs: JobRunner;
  readonly modules: ModuleSource;
  readonly loopHost: LoopHost;
  readonly observer: KernelObserver;
  readonly onTurnEnd: () => void;
  readonly onCondemned: () => void;
};

/** What a thread tells about itself. */
export type ThreadReport = {
  readonly thread: number;
  readonly cells: readonly CellReport[];
  /** Blocks of its arena that somebody holds. */
  readonly arenaUsedBytes: number;
  readonly arenas: number;
  /** Mail that waits for room in a lane. */
  readonly overflowBytes: number;
};

export class ThreadHost {
  readonly thread: number;
  readonly kernel: Kernel;
  readonly exchange: Exchange;
  readonly loop: ThreadLoop;
  readonly board: ThreadBoard;
  readonly routing: SharedRoutingTable;
  readonly #actorThreads: number;
  #nextPlace: number;
  #whenEmpty: (() => void)[] = [];

  constructor(options: ThreadHostOptions) {
    const { setup } = options;
    const { thread, arena } = setup.self;
    this.thread = thread;
    this.#actorThreads = setup.actorThreads;
    this.#nextPlace = thread;
    this.board = new ThreadBoard(setup.board);
    this.routing = new SharedRoutingTable(setup.routing);
    this.exchange = new Exchange({
      thread,
      board: this.board,
      arena: new ArenaView(arena.id, thread, arena.memory),
      overflowBytesMax: setup.overflowBytesMax,
      onUnpublished: () => this.loop.nudge(),
    });
    this.kernel = this.#makeKernel(options);
    this.loop = this.#makeLoop(options);
    for (const end of setup.links) this.join(end);
    for (const dead of setup.unburied) this.exchange.addUnburied(dead);
  }

  join(end: ThreadLinkEnd): void {
    const { doorbell } = end;
    this.exchange.addLink(end);
    doorbell.on("message", () => this.loop.nudge());
    // Whoever holds a bell does not stay alive for it.
    doorbell.unref();
  }

  /** The first step of a funeral; afterwards nothing goes to `thread` and nothing comes from it. */
  detach(thread: number, error: ErrorData | undefined): void {
    const lost = this.exchange.detach(thread, (record) => this.kernel.deliver(record));
    for (const record of lost) this.kernel.returned(record, "thread-dead");
    this.kernel.threadDied(thread, error);
    this.exchange.flush((drained) => this.kernel.laneDrained(drained));
    this.loop.nudge();
  }

  /**
   * The second step: everybody has detached it. Word that an ask had been forwarded there may have come
   * after the first step, but none comes after this.
   */
  settle(thread: number): void {
    this.exchange.takeIn((record) => this.kernel.deliver(record));
    this.kernel.threadDied(thread, undefined);
    this.loop.nudge();
  }

  /** The last step: nothing of it runs any more, its jobs included. */
  bury(thread: number, arenaId: number): void {
    this.exchange.bury(thread, arenaId, (record) => this.kernel.deliver(record));
    this.loop.nudge();
  }

  /** Every life ends. @returns When none is left: their jobs have returned. */
  async shutDown(): Promise<void> {
    this.kernel.shutDown();
    this.loop.nudge();
    if (this.kernel.liveCount === 0) return;
    await new Promise<void>((resolve) => this.#whenEmpty.push(resolve));
  }

  inspect(): ThreadReport {
    const { slabs, links } = this.exchange;
    this.exchange.collect();
    return {
      thread: this.thread,
      cells: this.kernel.inspect(),
      arenaUsedBytes: slabs.usedBytes,
      arenas: slabs.arenaCount,
      overflowBytes: links.reduce((sum, link) => sum + link.overflowBytes, 0),
    };
  }

  close(): void {
    this.loop.end();
    this.exchange.close();
  }

  #makeKernel(options: ThreadHostOptions): Kernel {
    const { setup, environment, jobs, modules } = options;
    return new Kernel({
      thread: this.thread,
      firstSlot: setup.slots.firstSlot,
      slots: setup.slots.slots,
      environment,
      routing: this.routing,
      counters: new MailCounters(new Float64Array(setup.counters)),
      outbound: this.exchange,
      payloads: this.exchange.slabs,
      jobs,
      definitions: { load: (url, name) => modules.find<AnyDefinition>(url, name, "create") },
      placeSpawn: () => this.#place(),
      localMail: setup.localMail,
      observer: this.#observe(options.observer),
      workArrived: () => this.loop.nudge(),
    });
  }

  #makeLoop({
    setup,
    environment,
    loopHost,
    onTurnEnd,
    onCondemned,
  }: ThreadHostOptions): ThreadLoop {
    return new ThreadLoop({
      thread: this.thread,
      board: this.board,
      kernel: this.kernel,
      exchange: this.exchange,
      clock: environment.clock,
      host: loopHost,
      pollMs: setup.pollMs,
      cores: setup.cores,
      onTurnEnd: () => {
        onTurnEnd();
        this.#tellEmpty();
      },
      onCondemned,
    });
  }

  /** The last life may end between two turns. */
  #observe(observer: KernelObserver): KernelObserver {
    return {
      ...bindObserver(observer),
      started: (address, definition, args) => {
        this.exchange.layouts.add(definition.layouts ?? []);
        observer.started?.(address, definition, args);
      },
      ended: (address, reason) => {
        observer.ended?.(address, reason);
        if (this.#whenEmpty.length > 0) this.loop.nudge();
      },
    };
  }

  #tellEmpty(): void {
    if (this.#whenEmpty.length === 0 || this.kernel.liveCount > 0) return;
    for (const tell of this.#whenEmpty.splice(0)) tell();
  }

  /** The next actor thread in turn that lives. */
  #place(): number {
    for (let tries = 0; tries < this.#actorThreads; tries += 1) {
      this.#nextPlace = (this.#nextPlace + 1) % this.#actorThreads;
      if (this.exchange.hasLink(this.#nextPlace)) return this.#nextPlace;
    }
    return this.thread;
  }
}

function bindObserver(observer: KernelObserver): KernelObserver {
  return {
    deadLetter: (letter) => observer.deadLetter?.(letter),
    threw: (address, error) => observer.threw?.(address, error),
  };
}
