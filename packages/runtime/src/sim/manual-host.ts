// A host: actors that live and die together, with a disk of their own. It is one thread to the kernel; what a
// thread would do at once is a step here, taken when the test or the seed says so.
import type { AnyAddress } from "../actor/address.ts";
import type { MessageShape } from "../actor/definition.ts";
import { toErrorData } from "../actor/error-data.ts";
import type { JobDefinition } from "../actor/job.ts";
import type { JobOutcome } from "../actor/outcome.ts";
import { InvariantError } from "../assert.ts";
import type { MessageCodec } from "../codec/message-codec.ts";
import type { Cell } from "../kernel/cell.ts";
import { attempt, isPromise } from "../kernel/immediate-performer.ts";
import type { JobRunner, JobTask, Performer, PerformTask } from "../kernel/job-runner.ts";
import { Kernel } from "../kernel/kernel.ts";
import type { KernelObserver } from "../kernel/kernel-options.ts";
import type { MailEnvelope } from "../kernel/mail-envelope.ts";
import type { SendResult } from "../kernel/outbound.ts";
import { type KernelRecord, plainMail } from "../kernel/record.ts";
import type { Scheduler } from "../kernel/scheduler.ts";
import type { Environment } from "../platform/environment.ts";
import { MailCounters } from "../routing/mail-counters.ts";
import type { MemoryRoutingTable } from "../routing/memory-routing-table.ts";
import type { Agenda } from "./agenda.ts";
import { CountedPayloads } from "./counted-payloads.ts";
import type { Crossing } from "./crossing.ts";
import type { HostClock } from "./host-clock.ts";
import type { KnownDefinitions } from "./known-definitions.ts";
import type { MemoryDisk } from "./memory-disk.ts";
import type { Onlooker } from "./onlooker.ts";
import type { Pending } from "./pending.ts";
import { MailStep, type StepHost, TaskStep, TurnEndStep } from "./step.ts";

/** What all hosts of a system share. */
export type ManualWorld = {
  readonly agenda: Agenda;
  readonly codec: MessageCodec;
  readonly routing: MemoryRoutingTable;
  readonly slotsPerHost: number;
  readonly incarnationMax: number;
  readonly payloadBytesMax: number;
  readonly observer: KernelObserver;
  readonly onlookers: readonly Onlooker[];
  readonly isMailIsolated: boolean;
  carry(from: ManualHost, thread: number, record: KernelRecord): SendResult;
  /** A mistake that no actor may hide. */
  noteFailure(error: unknown): void;
  /** What spawns name that came through lanes. */
  readonly definitions: KnownDefinitions;
};

export type HostPlace = {
  readonly name: string;
  readonly threadName: string;
  readonly thread: number;
  readonly crossing: Crossing | undefined;
};

export type HostEnvironment = Environment & {
  readonly disk: MemoryDisk;
  readonly clock: HostClock;
};

export class ManualHost implements Scheduler, JobRunner, Performer, StepHost {
  /** Of the machine: its threads share disk and clock. */
  readonly name: string;
  readonly threadName: string;
  readonly thread: number;
  /** To the other threads of the machine, where it has any. */
  readonly crossing: Crossing | undefined;
  readonly environment: Environment;
  readonly disk: MemoryDisk;
  readonly clock: HostClock;
  readonly kernel: Kernel;
  readonly counters = new MailCounters();
  readonly payloads: CountedPayloads;
  isAlive = true;
  /** Whom the mail is meant for that is being delivered now. */
  #arrivingFor: AnyAddress | undefined;
  readonly #world: ManualWorld;
  #jobsRun = 0;
  /** Of its range; no life of the thread is there before the first was spawned. */
  readonly #firstSlot: number;

  constructor(place: HostPlace, environment: HostEnvironment, world: ManualWorld) {
    this.name = place.name;
    this.threadName = place.threadName;
    this.thread = place.thread;
    this.crossing = place.crossing;
    this.environment = environment;
    this.disk = environment.disk;
    this.clock = environment.clock;
    this.#world = world;
    this.payloads = new CountedPayloads(world.payloadBytesMax);
    this.#firstSlot = world.routing.claim(place.thread);
    this.kernel = this.#makeKernel();
  }

  /** What another kernel sent, or this one through the outbound. */
  deliver(record: KernelRecord): void {
    this.#arrivingFor = record.kind === "mail" ? record.to : undefined;
    this.kernel.deliver(record);
    this.#arrivingFor = undefined;
  }

  mailQueued(cell: Cell, message: MessageShape, envelope: MailEnvelope): void {
    const addressedTo =
      envelope.kind === "own" ? cell.address : (this.#arrivingFor ?? cell.address);
    const sequence = this.#world.agenda.nextSequence();
    const step = new MailStep(sequence, this, cell, message, envelope, addressedTo);
    // What others sent has passed the holds on its way here.
    if (envelope.kind === "own") this.#world.agenda.add(step);
    else this.#world.agenda.addPassed(step);
  }

  /** In the time of the simulation. */
  nextTimerMs(): number {
    const next = this.kernel.nextTimerMs();
    return next === undefined ? Number.POSITIVE_INFINITY : this.clock.toBaseMs(next);
  }

  /** Its process is gone. */
  abandon(): void {
    this.isAlive = false;
    for (const cell of this.kernel.cells) this.#tellEnded(cell.address);
    this.kernel.abandon();
  }

  /** Mail that was under way when the thread died. */
  noteLost(count: number): void {
    for (let n = 0; n < count; n += 1) {
      this.counters.noteArrived();
      this.counters.noteDropped("thread-dead");
    }
  }

  beforeHandling({ cell, message, envelope, addressedTo }: MailStep): void {
    const { address: life, definition } = cell;
    const { from, block } = envelope;
    const { name: host } = this;
    const actor = definition.name;
    const mail = { host, actor, life, addressedTo, from, message, bytes: block?.bytes };
    for (const onlooker of this.#world.onlookers) onlooker.handling?.(mail);
  }

  handle(cell: Cell, envelope: MailEnvelope): void {
    this.kernel.delivery.runExactly(cell, envelope);
  }

  lose(cell: Cell, envelope: MailEnvelope): void {
    this.kernel.loseMail(cell, envelope, "lane-full");
  }

  /** Steps look for themselves whether they are blocked. */
  resumed(): void {}

  turnEndDue(cell: Cell): void {
    const { agenda } = this.#world;
    const run = (): void => this.kernel.delivery.runTurnEnd(cell);
    agenda.add(new TurnEndStep(agenda.nextSequence(), this, cell, run));
  }

  start(task: JobTask | PerformTask): void {
    if ("definition" in task) this.#startJob(task);
    else this.#startPerform(task);
  }

  release(definition: JobDefinition<unknown, unknown>, result: unknown): void {
    definition.release?.(this.#jobEnvironment(definition.name), result);
  }

  /** The beginning of a new pending thing. */
  describe(to: AnyAddress, sequence: number = this.#world.agenda.nextSequence()) {
    return { sequence, host: this.name, thread: this.threadName, to, actor: this.actorAt(to) };
  }

  /** The same, of something that the thread does by itself. */
  describeThread() {
    const { name: host, threadName: thread } = this;
    const to: AnyAddress = { slot: this.#firstSlot, incarnation: 0 };
    return { sequence: this.#world.agenda.nextSequence(), host, thread, to, actor: "thread" };
  }

  /** The name of its definition; empty when it is gone. */
  actorAt(address: AnyAddress): string {
    return this.kernel.cells.find(address)?.definition.name ?? "";
  }

  #makeKernel(): Kernel {
    const { routing, slotsPerHost, incarnationMax, isMailIsolated } = this.#world;
    const { thread, environment, counters, payloads } = this;
    return new Kernel(
      {
        thread,
        environment,
        counters,
        payloads,
        routing,
        incarnationMax,
        isMailIsolated,
        firstSlot: this.#firstSlot,
        slots: slotsPerHost,
        outbound: {
          send: (thread, record) => this.#world.carry(this, thread, record),
          sendPlain: (thread, from, to, message, layout) =>
            this.#world.carry(this, thread, plainMail(from, to, message, layout)),
        },
        jobs: this,
        performer: this,
        definitions: { load: (url, name) => this.#world.definitions.find(url, name) },
        localMail: "through-outbound",
        observer: this.#makeObserver(),
      },
      this,
    );
  }

  #makeObserver(): KernelObserver {
    const { observer, onlookers } = this.#world;
    return {
      ...observer,
      started: (address, { name, layouts = [] }, args) => {
        if (layouts.length > 0) this.crossing?.learn(this, layouts);
        for (const onlooker of onlookers) onlooker.started?.(this.name, address, name, args);
      },
      ended: (address, reason) => {
        observer.ended?.(address, reason);
        this.#tellEnded(address);
      },
    };
  }

  #tellEnded(address: AnyAddress): void {
    for (const onlooker of this.#world.onlookers) onlooker.ended?.(this.name, address);
  }

  #startJob(task: JobTask): void {
    const args = this.#world.codec.roundTrip(task.args);
    const { owner, definition } = task;
    const pending = {
      ...this.describe(owner),
      kind: "job-start",
      name: definition.name,
      args,
    } as const;
    this.#addTask(pending, () => {
      const outcome = this.#runJob(definition, args);
      // Jobs run elsewhere: one that was started goes on when its thread has died, and nobody hears of it.
      if (!this.isAlive) return;
      const common = this.describe(owner);
      const reply = { ...common, kind: "job-reply", name: definition.name, outcome } as const;
      this.#addTask(reply, () => task.settle(outcome));
    });
  }

  #startPerform(task: PerformTask): void {
    const { owner, name } = task;
    this.#addTask({ ...this.describe(owner), kind: "perform-start", name }, () => {
      const outcome = this.#performNow(task);
      const reply = { ...this.describe(owner), kind: "perform-reply", name, outcome } as const;
      this.#addTask(reply, () => task.settle(outcome));
    });
  }

  #addTask(pending: Pending, run: () => void): void {
    this.#world.agenda.add(new TaskStep(pending, run));
  }

  #runJob(definition: JobDefinition<unknown, unknown>, args: unknown): JobOutcome<unknown> {
    const start = (): unknown => {
      const result = definition.run(this.#jobEnvironment(definition.name), args);
      return this.#world.codec.roundTrip(result);
    };
    return this.#synchronously(definition.name, start);
  }

  #performNow(task: PerformTask): JobOutcome<unknown> {
    return this.#synchronously(task.name, () => task.start());
  }

  #synchronously(name: string, start: () => unknown): JobOutcome<unknown> {
    const outcome = attempt(() => this.#noting(start));
    if (!isPromise(outcome)) return outcome;
    const error = new InvariantError(`in simulation ${name} must return its result, not a promise`);
    this.#world.noteFailure(error);
    return { kind: "failed", error: toErrorData(error) };
  }

  #noting(start: () => unknown): unknown {
    try {
      return start();
    } catch (error) {
      if (error instanceof InvariantError) this.#world.noteFailure(error);
      throw error;
    }
  }

  #jobEnvironment(name: string): Environment {
    const { clock, random } = this.environment;
    this.#jobsRun += 1;
    return { clock, disk: this.disk, random: random.fork(`job ${name} ${this.#jobsRun}`) };
  }
}
