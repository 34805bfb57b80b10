// Kernels side by side in one thread, with queues for lanes: what the kernel does with threads around it, at
// full speed and without any. Time stands still until it is moved.
import { assert, expect } from "vitest";
import type { Address, AnyAddress } from "../src/actor/address.ts";
import type { SpawnOptions } from "../src/actor/context.ts";
import type { ActorBehavior, ActorDefinition, MessageShape } from "../src/actor/definition.ts";
import type { DropReason, StopReason } from "../src/actor/outcome.ts";
import type { JobRunner, JobTask } from "../src/kernel/job-runner.ts";
import { Kernel } from "../src/kernel/kernel.ts";
import type { AnyDefinition, DeadLetter } from "../src/kernel/kernel-options.ts";
import type { LifeContext } from "../src/kernel/life-context.ts";
import type { SendResult } from "../src/kernel/outbound.ts";
import { type KernelRecord, plainMail } from "../src/kernel/record.ts";
import { Sfc32 } from "../src/platform/sfc32.ts";
import { MailCounters, type MailCounts } from "../src/routing/mail-counters.ts";
import { MemoryRoutingTable } from "../src/routing/memory-routing-table.ts";
import { CountedPayloads } from "../src/sim/counted-payloads.ts";
import { MemoryDisk } from "../src/sim/memory-disk.ts";
import { VirtualClock } from "../src/sim/virtual-clock.ts";

export type Note = { readonly kind: string; readonly value?: unknown };

export type FixtureOptions = {
  readonly threads?: number;
  readonly slots?: number;
  readonly incarnationMax?: number;
};

type Carried = { readonly from: number; readonly to: number; readonly record: KernelRecord };

export class Threads implements JobRunner {
  readonly clock = new VirtualClock();
  readonly routing: MemoryRoutingTable;
  readonly kernels: Kernel[] = [];
  readonly counters: MailCounters[] = [];
  readonly payloads = new CountedPayloads(1_024 * 1_024);
  readonly letters: DeadLetter[] = [];
  readonly thrown: unknown[] = [];
  readonly ended: { readonly address: AnyAddress; readonly reason: StopReason }[] = [];
  /** Jobs that were started and have not returned. */
  readonly jobs: JobTask[] = [];
  readonly releasedResults: unknown[] = [];
  readonly definitions = new Map<string, AnyDefinition | Promise<AnyDefinition>>();
  wakes = 0;
  /** What the lanes say to a record; by default they take all. */
  answer: (record: KernelRecord, to: number) => SendResult = () => "ok";
  #carried: Carried[] = [];
  #outside: LifeContext<MessageShape> | undefined;

  constructor({ threads = 1, slots = 64, incarnationMax = 1_000_000 }: FixtureOptions = {}) {
    this.routing = new MemoryRoutingTable(slots);
    for (let thread = 0; thread < threads; thread += 1)
      this.kernels.push(this.#makeKernel(thread, slots, incarnationMax));
  }

  kernel(thread = 0): Kernel {
    const kernel = this.kernels[thread];
    assert(kernel !== undefined, "no such thread");
    return kernel;
  }

  /** The hands of an actor on thread 0 that takes no mail itself. */
  get outside(): LifeContext<MessageShape> {
    this.#outside ??= this.open(0).context;
    return this.#outside;
  }

  /** An actor whose hands the test has. */
  open(
    thread = 0,
    behavior: Partial<ActorBehavior<MessageShape>> = {},
    options: SpawnOptions = {},
  ): { readonly address: Address<MessageShape>; readonly context: LifeContext<MessageShape> } {
    let context: LifeContext<MessageShape> | undefined;
    const address = this.spawn(
      (given) => {
        context = given;
        return { receive: () => undefined, ...behavior };
      },
      thread,
      options,
    );
    assert(context !== undefined, "the actor was not created");
    return { address, context };
  }

  spawn(
    create: (context: LifeContext<MessageShape>) => ActorBehavior<MessageShape>,
    thread = 0,
    options: SpawnOptions = {},
  ): Address<MessageShape> {
    const outcome = this.kernel(thread).spawn(define("inline", create), undefined, options);
    assert(outcome.kind === "spawned", "the spawn failed");
    return outcome.address;
  }

  /** An actor that writes down what it gets. */
  recorder(thread = 0, options: SpawnOptions = {}) {
    const seen: MessageShape[] = [];
    const opened = this.open(thread, { receive: (message) => void seen.push(message) }, options);
    return { ...opened, seen, kinds: () => seen.map((message) => message.kind) };
  }

  /** Turns, and what they send, until nothing is left to do. */
  run(): void {
    for (let rounds = 0; rounds < 10_000; rounds += 1) {
      const busy = this.kernels.filter((kernel) => kernel.hasWork);
      for (const kernel of busy) kernel.runTurn();
      if (!this.carry() && busy.length === 0) return;
    }
    assert.fail("the kernels keep each other busy");
  }

  /** Delivers what is on its way. @returns False when there was nothing. */
  carry(): boolean {
    const carried = this.#carried;
    this.#carried = [];
    for (const { to, record } of carried) deliver(this.kernel(to), record);
    return carried.length > 0;
  }

  /** What was on its way to `thread` is lost, as with its death. */
  lose(thread: number, reason: DropReason): void {
    const lost = this.#carried.filter((carried) => carried.to === thread);
    this.#carried = this.#carried.filter((carried) => carried.to !== thread);
    for (const { from, record } of lost) this.kernel(from).returned(record, reason);
  }

  onTheWay(): readonly KernelRecord[] {
    return this.#carried.map((carried) => carried.record);
  }

  advance(byMs: number): void {
    this.clock.moveTo(this.clock.nowMs() + byMs);
    for (const kernel of this.kernels) kernel.fireTimers();
    this.run();
  }

  start(task: JobTask): void {
    this.jobs.push(task);
  }

  release(_definition: unknown, result: unknown): void {
    this.releasedResults.push(result);
  }

  counts(): { readonly sent: number; readonly delivered: number; readonly dropped: number } {
    const all = this.counters.map((counters) => counters.read());
    const sum = (of: (counts: MailCounts) => number): number =>
      all.reduce((total, counts) => total + of(counts), 0);
    return {
      sent: sum((counts) => counts.sent),
      delivered: sum((counts) => counts.delivered),
      dropped: sum((counts) => droppedBy(counts)),
    };
  }

  dropped(reason: DropReason): number {
    return this.counters.reduce((sum, counters) => sum + counters.read().dropped[reason], 0);
  }

  /** The law of mail: nothing lost, nothing made, nothing of it still held. */
  expectBalanced(): void {
    const { sent, delivered, dropped } = this.counts();
    const onTheWay = this.#carried.filter((carried) => carried.record.kind === "mail").length;
    const queued = this.kernels.reduce((sum, kernel) => sum + userMailOf(kernel), 0);
    expect(sent).toBe(delivered + dropped + onTheWay + queued);
    const counted = this.counters.reduce((sum, counters) => sum + counters.read().queued, 0);
    expect(counted).toBe(queued);
  }

  /** Every life is stopped, and nothing that it had is left. */
  expectClean(): void {
    for (const kernel of this.kernels) kernel.shutDown();
    this.run();
    expect(this.kernels.map((kernel) => kernel.inspect())).toEqual(this.kernels.map(() => []));
    expect(this.kernels.map((kernel) => kernel.nextTimerMs())).toEqual(
      this.kernels.map(() => undefined),
    );
    expect(this.kernels.map((kernel) => kernel.calls.size)).toEqual(this.kernels.map(() => 0));
    expect(this.payloads.openBlocks).toBe(0);
    this.expectBalanced();
  }

  #makeKernel(thread: number, slots: number, incarnationMax: number): Kernel {
    const counters = new MailCounters();
    this.counters.push(counters);
    const random = new Sfc32(thread);
    return new Kernel({
      thread,
      slots,
      incarnationMax,
      counters,
      firstSlot: this.routing.claim(thread),
      routing: this.routing,
      environment: { clock: this.clock, random, disk: new MemoryDisk() },
      payloads: this.payloads,
      jobs: this,
      outbound: {
        send: (to, record) => this.#send(thread, to, record),
        sendPlain: (owner, from, to, message, layout) =>
          this.#send(thread, owner, plainMail(from, to, message, layout)),
      },
      definitions: { load: (url, name) => this.#load(`${url}#${name}`) },
      localMail: "by-reference",
      observer: {
        deadLetter: (letter) => this.letters.push(letter),
        threw: (_address, error) => this.thrown.push(error),
        ended: (address, reason) => this.ended.push({ address, reason }),
      },
      workArrived: () => {
        this.wakes += 1;
      },
    });
  }

  #send(from: number, to: number, record: KernelRecord): SendResult {
    const result = this.answer(record, to);
    // A lane carries no definitions.
    const carried = record.kind === "spawn" ? { ...record, definition: undefined } : record;
    if (result === "ok" || result === "paused") this.#carried.push({ from, to, record: carried });
    return result;
  }

  #load(key: string): AnyDefinition | Promise<AnyDefinition> {
    const definition = this.definitions.get(key);
    if (definition === undefined) throw new Error(`no module ${key}`);
    return definition;
  }
}

export function define(
  name: string,
  create: (context: LifeContext<MessageShape>) => ActorBehavior<MessageShape>,
): ActorDefinition<MessageShape, undefined> {
  return {
    url: "test:",
    name,
    create: (context) => create(context as LifeContext<MessageShape>),
  };
}

/** As lanes do: what is nothing but a message comes without a record. */
function deliver(kernel: Kernel, record: KernelRecord): void {
  if (record.kind !== "mail" || record.from === undefined) return kernel.deliver(record);
  const { to, from, call, payload, message } = record;
  if (call !== 0 || payload !== undefined) return kernel.deliver(record);
  kernel.deliverPlain(to.slot, to.incarnation, from.slot, from.incarnation, message);
}

function userMailOf(kernel: Kernel): number {
  let queued = 0;
  for (const cell of kernel.cells) queued += cell.mailbox.userQueued;
  return queued;
}

function droppedBy(counts: MailCounts): number {
  return Object.values(counts.dropped).reduce((sum, count) => sum + count, 0);
}
