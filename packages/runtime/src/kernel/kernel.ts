// The kernel of a thread: its lives, their mail, timers, calls and tasks. It knows no threads: others are
// reached through the outbound, and what they send comes in through `deliver`.
import type { Address, AnyAddress } from "../actor/address.ts";
import type { SpawnOptions } from "../actor/context.ts";
import type { ActorDefinition, MessageShape } from "../actor/definition.ts";
import type { DropReason, ErrorData, SpawnOutcome } from "../actor/outcome.ts";
import { Calls } from "./calls.ts";
import type { Cell } from "./cell.ts";
import { CellTable } from "./cell-table.ts";
import { DeadlineHeap } from "./deadline-heap.ts";
import { Delivery } from "./delivery.ts";
import { ImmediatePerformer } from "./immediate-performer.ts";
import { Interlude } from "./interlude.ts";
import type { AnyDefinition, CellReport, KernelOptions } from "./kernel-options.ts";
import { type ContextParts, LifeContext } from "./life-context.ts";
import { INCARNATION_MAX } from "./limits.ts";
import { Lives } from "./lives.ts";
import type { MailEnvelope } from "./mail-envelope.ts";
import { Post } from "./post.ts";
import type { KernelRecord } from "./record.ts";
import { RunQueue } from "./run-queue.ts";
import type { Scheduler } from "./scheduler.ts";
import { Signals } from "./signals.ts";
import { SystemMail } from "./system-mail.ts";
import { Tasks } from "./tasks.ts";
import type { ThreadKernel } from "./thread-kernel.ts";

export class Kernel implements ThreadKernel {
  readonly thread: number;
  readonly cells: CellTable;
  readonly calls: Calls;
  readonly delivery: Delivery;
  readonly #options: KernelOptions;
  readonly #runQueue: RunQueue;
  readonly #scheduler: Scheduler;
  readonly #interlude = new Interlude();
  readonly #deadlines: DeadlineHeap;
  readonly #signals: Signals;
  readonly #post: Post;
  readonly #tasks: Tasks;
  readonly #lives: Lives;
  readonly #systemMail: SystemMail;
  /** What all lives of this kernel share. */
  readonly #contextParts: ContextParts;

  /** @param scheduler Replaces the run queue: who gives it decides what runs, by `delivery`. */
  constructor(options: KernelOptions, scheduler?: Scheduler) {
    const { thread, environment, routing, outbound, counters, observer = {} } = options;
    const { clock } = environment;
    const interlude = this.#interlude;
    const isLocalDirect = options.localMail === "by-reference";
    this.thread = thread;
    this.#options = options;
    this.#runQueue = new RunQueue(clock, options.workArrived);
    this.#scheduler = scheduler ?? this.#runQueue;
    this.#deadlines = new DeadlineHeap(() => this.#runQueue.wake());
    const { firstSlot, slots, incarnationMax = INCARNATION_MAX, isMailIsolated = true } = options;
    this.cells = new CellTable({ firstSlot, slots, incarnationMax, routing, isMailIsolated });
    this.calls = new Calls(this.#deadlines, clock);
    this.#signals = new Signals({
      thread,
      routing,
      outbound,
      interlude,
      isLocalDirect,
      onRefused: (record, reason) => this.#systemMail.refused(record, reason),
    });
    const onThrow = (cell: Cell, error: unknown): void => this.#lives.fail(cell, error);
    this.#post = new Post({
      cells: this.cells,
      calls: this.calls,
      signals: this.#signals,
      scheduler: this.#scheduler,
      counters,
      routing,
      outbound,
      clock,
      isLocalDirect,
      observer,
      onThrow,
    });
    this.#lives = new Lives({
      cells: this.cells,
      calls: this.calls,
      deadlines: this.#deadlines,
      signals: this.#signals,
      post: this.#post,
      interlude,
      observer,
      contextOf: (cell) => this.contextOf(cell),
    });
    this.#tasks = new Tasks({
      jobs: options.jobs,
      performer: options.performer ?? new ImmediatePerformer(),
      post: this.#post,
      onReturned: (cell) => this.#lives.endIfReturned(cell),
      onThrow,
    });
    this.#systemMail = new SystemMail({
      cells: this.cells,
      calls: this.calls,
      lives: this.#lives,
      signals: this.#signals,
      definitions: options.definitions,
    });
    this.delivery = new Delivery({
      counters,
      clock,
      post: this.#post,
      lives: this.#lives,
      interlude,
      scheduler: this.#scheduler,
    });
    this.#contextParts = {
      thread,
      environment,
      payloads: options.payloads,
      calls: this.calls,
      deadlines: this.#deadlines,
      delivery: this.delivery,
      lives: this.#lives,
      post: this.#post,
      signals: this.#signals,
      tasks: this.#tasks,
      placeSpawn: (given) => this.#placeSpawn(given),
    };
    this.#interlude.bind({
      handle: (record) => this.#systemMail.handle(record),
      finish: (cell) => this.#lives.finish(cell),
    });
  }

  spawn<M extends MessageShape, Args>(
    definition: ActorDefinition<M, Args>,
    args: Args,
    options: SpawnOptions = {},
  ): SpawnOutcome<Address<M>> {
    return this.#lives.spawn<M>(definition as unknown as AnyDefinition, args, options);
  }

  stop(target: AnyAddress, mode: "now" | "drain" = "now"): void {
    this.#signals.send(target, { kind: "stop", to: target, mode });
  }

  deliver(record: KernelRecord): void {
    if (record.kind === "mail") this.#post.accept(record);
    else this.#interlude.addRecord(record);
  }

  deliverPlain(
    toSlot: number,
    toIncarnation: number,
    fromSlot: number,
    fromIncarnation: number,
    message: MessageShape,
  ): void {
    this.#post.acceptPlain(toSlot, toIncarnation, fromSlot, fromIncarnation, message);
  }

  returned(record: KernelRecord, reason: DropReason): void {
    if (record.kind === "mail") this.#post.returned(record, reason);
    else this.#systemMail.refused(record, reason);
  }

  laneDrained(thread: number): void {
    for (const cell of this.cells) {
      if (!cell.pausedFor?.delete(thread)) continue;
      if (cell.pausedFor.size > 0) continue;
      cell.pausedFor = undefined;
      this.#scheduler.resumed(cell);
    }
  }

  threadDied(thread: number, error: ErrorData | undefined): void {
    this.calls.threadDied(thread, error);
    for (const cell of this.cells) cell.forgetWatchers((from) => this.#isGone(from));
    this.laneDrained(thread);
  }

  runTurn(): boolean {
    return this.#runQueue.runTurn(this.delivery);
  }

  get hasWork(): boolean {
    return this.#runQueue.hasWork;
  }

  fireTimers(): number {
    const nowMs = this.#options.environment.clock.nowMs();
    let fired = 0;
    while (this.#deadlines.fireNext(nowMs)) fired += 1;
    return fired;
  }

  nextTimerMs(): number | undefined {
    return this.#deadlines.nextMs;
  }

  shutDown(): void {
    this.#lives.shutDown();
  }

  get liveCount(): number {
    return this.cells.size;
  }

  inspect(): readonly CellReport[] {
    return Array.from(this.cells, (cell) => cell.report());
  }

  holdMail(address: AnyAddress, kinds: readonly string[]): void {
    this.cells.find(address)?.mailbox.hold(kinds);
  }

  releaseMail(address: AnyAddress): void {
    const cell = this.cells.find(address);
    if (cell === undefined) return;
    cell.mailbox.releaseHeld();
    this.#scheduler.resumed(cell);
  }

  /** For simulation: this mail is lost. */
  loseMail(cell: Cell, envelope: MailEnvelope, reason: DropReason): void {
    const message = cell.mailbox.takeExactly(envelope);
    if (message !== undefined) this.#post.dropMail(cell, message, envelope, reason);
  }

  /** For simulation: the thread is gone. No code of any actor runs; only what is shared is given back. */
  abandon(): void {
    for (const cell of [...this.cells]) this.#lives.abandon(cell);
  }

  /** The hands of a life, for code of its host beside the actors. */
  contextOf(cell: Cell): LifeContext<MessageShape> {
    return new LifeContext(this.#contextParts, cell);
  }

  #isGone(address: AnyAddress): boolean {
    return this.#options.routing.ownerOf(address.slot) < 0;
  }

  #placeSpawn(options: SpawnOptions): number {
    if (options.thread !== undefined) return options.thread;
    const near = options.near && this.#options.routing.ownerOf(options.near.slot);
    if (near !== undefined && near >= 0) return near;
    return this.#options.placeSpawn?.(options) ?? this.thread;
  }
}
