// The manual platform: the kernel of the threads, in one thread, with a clock that stands still, disks in
// memory and every piece of work a step. Orders are scripted, or drawn from the seed; nothing is slept for.
//
// At every rest sent = delivered + dropped + in flight holds exactly, and is asserted.
import { type Address, type AnyAddress, sameAddress } from "../actor/address.ts";
import type { AskOptions, SendOptions, SpawnOptions } from "../actor/context.ts";
import {
  type ActorDefinition,
  type Asks,
  defineActor,
  type MessageShape,
} from "../actor/definition.ts";
import type { Payload } from "../actor/envelope.ts";
import { fromErrorData } from "../actor/error-data.ts";
import type { AskOutcome, StopReason, TellResult } from "../actor/outcome.ts";
import { assert } from "../assert.ts";
import { MessageCodec } from "../codec/message-codec.ts";
import type { CellReport, DeadLetter } from "../kernel/kernel-options.ts";
import type { LifeContext } from "../kernel/life-context.ts";
import { INCARNATION_MAX } from "../kernel/limits.ts";
import type { Environment } from "../platform/environment.ts";
import type { Random } from "../platform/random.ts";
import { Sfc32 } from "../platform/sfc32.ts";
import { MemoryRoutingTable } from "../routing/memory-routing-table.ts";
import { assertBalanced, countMail, listOpenThings, type SystemCounts } from "./accounts.ts";
import { Agenda, type Hold } from "./agenda.ts";
import type { Courier } from "./courier.ts";
import type { CrossingSizes } from "./crossing.ts";
import { Fingerprint } from "./fingerprint.ts";
import type { HostClock } from "./host-clock.ts";
import { Hosts } from "./hosts.ts";
import { KnownDefinitions } from "./known-definitions.ts";
import type { ManualHost, ManualWorld } from "./manual-host.ts";
import { type KeptAtCrash, MemoryDisk } from "./memory-disk.ts";
import type { Onlooker } from "./onlooker.ts";
import { describePending, type Pending, type PendingFilter } from "./pending.ts";
import type { Step } from "./step.ts";
import { Transit } from "./transit.ts";
import { VirtualClock } from "./virtual-clock.ts";
import { type Ending, type Thrown, Witness } from "./witness.ts";

/** Steps of one `settle`: beyond it two actors are keeping each other busy for ever. */
const SETTLE_STEPS_MAX = 100_000;
/** Timers of one moment: beyond it an actor sets one without delay each time one fires. */
const TICKS_OF_A_MOMENT_MAX = 10_000;
/** Promises of asynchronous handlers are followed this deep before they count as waiting for a step. */
const MICROTASK_ROUNDS = 32;
const PAYLOAD_BYTES_MAX = 64 * 1_024 * 1_024;
const ASK_TIMEOUT_MS = 60_000;
/** The host of whoever tests. */
const OUTSIDE = "outside";

export type ManualSystemOptions = {
  readonly seed: number;
  /** Which step is next: the oldest, one drawn from the seed, or one chosen among all that could be. */
  readonly order?: "oldest" | "random" | StepChooser;
  /** Small values bring rare cases near. */
  readonly slotsPerHost?: number;
  readonly incarnationMax?: number;
  readonly payloadBytesMax?: number;
  /** Default true: see the kernel's option. */
  readonly isMailIsolated?: boolean;
};

/** What can be seen of a step before it is taken. */
export type Candidate = {
  readonly host: string;
  readonly thread: string;
  readonly actorKey: string;
  readonly pending: Pending;
};

/** @param enabled Never empty. @returns One of them. */
export type StepChooser = (enabled: readonly Pending[]) => Pending;

export type AskHandle<Reply> = { readonly outcome: AskOutcome<Reply> | undefined };

const outsider = defineActor<MessageShape, undefined>({
  url: import.meta.url,
  name: "outside",
  create: () => ({ receive: () => undefined }),
});

export class ManualSystem {
  readonly clock = new VirtualClock();
  readonly random: Random;
  /** Steps taken so far. */
  steps = 0;
  readonly #agenda = new Agenda();
  readonly #codec = new MessageCodec();
  readonly #witness = new Witness();
  readonly #onlookers: Onlooker[] = [];
  readonly #transit = new Transit(
    this.#agenda,
    this.#codec,
    this.clock,
    (thread) => this.#hosts.threads[thread],
  );
  readonly #routing: MemoryRoutingTable;
  readonly #world: ManualWorld;
  readonly #order: "oldest" | "random" | StepChooser;
  readonly #schedule: Random;
  readonly #fingerprint = new Fingerprint();
  readonly #hosts: Hosts;
  readonly #outside: LifeContext<MessageShape>;

  constructor(options: ManualSystemOptions) {
    const { seed, order = "oldest", slotsPerHost = 4_096 } = options;
    this.random = new Sfc32(seed);
    this.#schedule = this.random.fork("schedule");
    this.#order = order;
    this.#routing = new MemoryRoutingTable(slotsPerHost);
    const definitions = new KnownDefinitions();
    this.#world = {
      agenda: this.#agenda,
      codec: this.#codec,
      routing: this.#routing,
      slotsPerHost,
      incarnationMax: options.incarnationMax ?? INCARNATION_MAX,
      payloadBytesMax: options.payloadBytesMax ?? PAYLOAD_BYTES_MAX,
      observer: this.#witness.observer,
      onlookers: this.#onlookers,
      isMailIsolated: options.isMailIsolated ?? true,
      definitions,
      carry: (from, thread, record) => {
        definitions.note(record);
        return this.#transit.carry(from, thread, record);
      },
      noteFailure: (error) => this.#witness.failures.push(error),
    };
    const { clock, random } = this;
    const parts = { agenda: this.#agenda, routing: this.#routing, clock, random };
    this.#hosts = new Hosts({ ...parts, world: this.#world });
    this.#outside = this.#openOutside();
  }

  /**
   * A place with a disk of its own; what is spawned there spawns there too.
   * @param options With `lanes` it may have more threads than its first, which has its name. @returns Its disk.
   */
  addHost(
    name: string,
    options: { readonly disk?: MemoryDisk; readonly lanes?: CrossingSizes } = {},
  ): MemoryDisk {
    return this.#hosts.add(name, options.disk ?? new MemoryDisk(), options.lanes).disk;
  }

  /** One more thread of a host with lanes, also in place of one that died. @returns Its number. */
  addThread(hostName: string, threadName: string): number {
    return this.#hosts.addThread(hostName, threadName).thread;
  }

  /**
   * A thread dies at a yield, its actors with it: what it had not published was never sent, what it had not
   * taken in is `thread-dead`. The rest of its host goes on; a job that had been started goes on.
   */
  killThread(threadName: string): void {
    this.#hosts.killThread(threadName);
    this.#transit.flush();
  }

  /**
   * Its machine loses power: no code of its actors runs, its jobs never reply, mail to it is `thread-dead`.
   * @param kept Of what was not synced. With `everything` it is the process that died, not the machine.
   */
  crashHost(name: string, kept?: KeptAtCrash): void {
    this.#hosts.crash(name, kept);
    this.#transit.flush();
  }

  /** A crashed host again, empty and with its first thread, and what its disk has kept. */
  restartHost(name: string): MemoryDisk {
    return this.#hosts.restart(name).disk;
  }

  diskOf(hostName: string): MemoryDisk {
    return this.#hosts.at(hostName).disk;
  }

  /** What an actor of this host is given as its environment, but for the random stream. */
  environmentOf(hostName: string): Environment {
    return this.#hosts.at(hostName).environment;
  }

  /** From now on, beside those that look on already. */
  lookOn(onlooker: Onlooker): void {
    this.#onlookers.push(onlooker);
  }

  /** At once. @throws What `create` threw. */
  spawn<M extends MessageShape, Args>(
    hostName: string,
    definition: ActorDefinition<M, Args>,
    args: Args,
    options: SpawnOptions = {},
  ): Address<M> {
    const given = this.#codec.roundTrip(args);
    const outcome = this.#hosts.at(hostName).kernel.spawn(definition, given, options);
    this.#transit.flush();
    if (outcome.kind === "failed") throw fromErrorData(outcome.error);
    return outcome.address;
  }

  /** From outside: the sender is an actor of no host. */
  tell<To extends MessageShape>(to: Address<To>, message: To, options?: SendOptions): TellResult {
    const result = this.#outside.tryTell(to, message, options);
    this.#transit.flush();
    return result;
  }

  /** @returns A handle that shows the outcome once there is one. */
  ask<To extends MessageShape, Reply>(
    to: Address<To>,
    message: To & Asks<Reply>,
    options: Partial<AskOptions> = {},
  ): AskHandle<Reply> {
    const handle: { outcome: AskOutcome<Reply> | undefined } = { outcome: undefined };
    this.askThen(to, message, options, (outcome) => {
      handle.outcome = outcome as AskOutcome<Reply>;
    });
    return handle;
  }

  /** @param then Called once, within the step that brings the outcome; it must take no step itself. */
  askThen<To extends MessageShape>(
    to: Address<To>,
    message: To,
    options: Partial<AskOptions>,
    then: (outcome: AskOutcome<unknown>) => void,
  ): void {
    let isSettled = false;
    const limits = { timeoutMs: ASK_TIMEOUT_MS, ...options };
    this.#outside.askThen(to, message, limits, (outcome) => {
      assert(!isSettled, "an ask had two outcomes");
      isSettled = true;
      then(outcome);
    });
    this.#transit.flush();
  }

  stop(target: AnyAddress, mode: "now" | "drain" = "now"): void {
    this.#outside.stop(target, mode);
    this.#transit.flush();
  }

  /** Memory for a payload that is sent from outside. */
  allocatePayload(byteLength: number): Payload {
    const payload = this.#outside.allocatePayload(byteLength);
    assert(payload !== undefined, "the payload memory outside is exhausted");
    return payload;
  }

  /** All that could happen next; mail of one sender to one receiver only in its order. */
  pending(): readonly Pending[] {
    this.#transit.flush();
    return this.#agenda.enabled().map((step) => step.pending);
  }

  /** Lets one of `pending()` happen. */
  run(pending: Pending): void {
    const step = this.#agenda.find(pending);
    assert(step !== undefined, () => `it is not pending: ${describePending(pending)}`);
    assert(!step.isGone() && !step.isBlocked(), () => `it can not be: ${describePending(pending)}`);
    this.#run(step);
  }

  /** @returns False when nothing can happen. */
  step(): boolean {
    this.#transit.flush();
    const step = this.#order === "oldest" ? this.#agenda.next() : this.#chooseStep(this.#order);
    if (step !== undefined) this.#run(step);
    return step !== undefined;
  }

  /** Until nothing can happen while time stands still. @returns Steps taken. */
  settle(stepsMax = SETTLE_STEPS_MAX): number {
    let steps = 0;
    while (this.step()) {
      steps += 1;
      if (steps >= stepsMax) throw new Error(`not settled after ${steps} steps: ${this.#busy()}`);
      this.#witness.throwFailure();
    }
    this.#witness.throwFailure();
    assertBalanced(this.#hosts.threads, this.#underWay);
    return steps;
  }

  /** As `settle`, for actors with asynchronous handlers: their promises run between the steps. */
  async settleAsync(stepsMax = SETTLE_STEPS_MAX): Promise<number> {
    let steps = 0;
    for (let taken = 1; taken > 0; steps += taken) {
      taken = this.settle(stepsMax);
      for (let round = 0; round < MICROTASK_ROUNDS; round += 1) await undefined;
      taken += this.settle(stepsMax);
    }
    return steps;
  }

  /** Moves time; timers fire in their order, and what follows from each settles before the next moment. */
  advance(byMs: number): void {
    const endMs = this.clock.nowMs() + byMs;
    this.settle();
    for (let next = this.nextTimerMs(); next !== undefined && next <= endMs; ) {
      this.#fireMoment(Math.max(next, this.clock.nowMs()));
      next = this.nextTimerMs();
    }
    this.clock.moveTo(endMs);
  }

  /** When the first timer or deadline comes. */
  nextTimerMs(): number | undefined {
    let next = Number.POSITIVE_INFINITY;
    for (const host of this.#hosts.alive) next = Math.min(next, host.nextTimerMs());
    return Number.isFinite(next) ? next : undefined;
  }

  /** When the first thing comes that waits for nothing but time: a timer, or mail on its way. */
  nextEventMs(): number | undefined {
    const timerMs = this.nextTimerMs() ?? Number.POSITIVE_INFINITY;
    const next = Math.min(timerMs, this.#agenda.nextDueMs(this.clock.nowMs()));
    return Number.isFinite(next) ? next : undefined;
  }

  /** Moves time while work is pending: the timers that are due fire, and nothing else happens. */
  moveTime(toMs: number): void {
    this.clock.moveTo(toMs);
    for (const host of this.#hosts.alive) host.kernel.fireTimers();
    this.#transit.flush();
  }

  /**
   * Takes one of all steps that could be next.
   * @param choose Gives a place among them, oldest first; undefined: none. Valid only during the call.
   * @returns What was taken: of mail that must not overtake, the first.
   */
  stepAmong(
    choose: (candidates: readonly Candidate[]) => number | undefined,
  ): Candidate | undefined {
    this.#transit.flush();
    const step = this.#agenda.pick(choose);
    if (step !== undefined) this.#run(step);
    return step;
  }

  /** Carries all mail between hosts from now on. */
  setCourier(courier: Courier | undefined): void {
    this.#transit.courier = courier;
  }

  /** What this host believes the time to be. */
  clockOf(hostName: string): HostClock {
    return this.#hosts.at(hostName).clock;
  }

  /** The sum of mail, as at each rest. @throws InvariantError */
  checkMail(): void {
    this.#transit.flush();
    assertBalanced(this.#hosts.threads, this.#underWay);
  }

  /**
   * Holds back what matches, from now on: mail on its way, system mail, jobs, performs, their replies, turn
   * ends; and what is pending already, mail in mailboxes included. Everything else overtakes it.
   */
  hold(filter: PendingFilter): Hold {
    this.#transit.flush();
    return this.#agenda.hold(filter, (step) => {
      this.#transit.letGo(step);
      this.#transit.flush();
    });
  }

  /** Keeps messages of these kinds in the mailbox of one actor while others overtake them. */
  holdMail(address: AnyAddress, kinds: readonly string[]): void {
    this.#owner(address)?.kernel.holdMail(address, kinds);
  }

  releaseMail(address: AnyAddress): void {
    this.#owner(address)?.kernel.releaseMail(address);
  }

  /** Mail that was not delivered, the last ones. */
  get deadLetters(): readonly DeadLetter[] {
    return this.#witness.deadLetters;
  }

  /** Lives that have ended, in their order; not those that vanished with their host. */
  get endings(): readonly Ending[] {
    return this.#witness.endings;
  }

  /** What actors threw, broken invariants included. */
  get thrown(): readonly Thrown[] {
    return this.#witness.thrown;
  }

  /** Broken invariants: `settle` throws the first. A test that expects one empties the list. */
  get failures(): unknown[] {
    return this.#witness.failures;
  }

  /** Of all steps so far and their times: equal for equal runs. */
  get fingerprint(): string {
    return this.#fingerprint.value;
  }

  isAlive(address: AnyAddress): boolean {
    return this.inspect().some((cell) => sameAddress(cell.address, address));
  }

  /** Why a life ended; undefined while it lives, and of a life that vanished with its host. */
  endOf(address: AnyAddress): StopReason | undefined {
    return this.#witness.endOf(address);
  }

  inspect(hostName?: string): readonly CellReport[] {
    const hosts = this.#inside().filter(({ name }) => hostName === undefined || name === hostName);
    return hosts.flatMap((host) => host.kernel.inspect());
  }

  counters(): SystemCounts {
    return countMail(this.#hosts.threads, this.#underWay);
  }

  /** Lives with what they hold, and payloads: nothing, after everything was stopped. */
  openThings(): readonly string[] {
    return listOpenThings(this.#inside());
  }

  /** Ends every life, as at the end of the system, and settles what follows. */
  shutDown(): void {
    for (const host of this.#inside()) host.kernel.shutDown();
    this.settle();
  }

  /** User mail that is in no mailbox. */
  get #underWay(): number {
    return this.#transit.mailCount + this.#hosts.mailInLanes;
  }

  #openOutside(): LifeContext<MessageShape> {
    const { kernel } = this.#hosts.add(OUTSIDE, new MemoryDisk(), undefined);
    const outcome = kernel.spawn(outsider, undefined);
    assert(outcome.kind === "spawned", "the outside has no place");
    const cell = kernel.cells.find(outcome.address);
    assert(cell !== undefined, "the outside is not where it was spawned");
    return kernel.contextOf(cell);
  }

  #run(step: Step): void {
    this.steps += 1;
    this.#fingerprint.mix(String(this.clock.nowMs()));
    this.#fingerprint.end();
    step.addTo(this.#fingerprint);
    this.#fingerprint.end();
    this.#agenda.take(step);
    step.run();
    this.#transit.flush();
  }

  #chooseStep(order: "random" | StepChooser): Step | undefined {
    if (order === "random") return this.#agenda.draw(this.#schedule);
    const enabled = this.#agenda.enabled();
    if (enabled.length === 0) return undefined;
    const chosen = this.#agenda.find(order(enabled.map((step) => step.pending)));
    assert(chosen !== undefined, "the chosen step is not pending");
    return chosen;
  }

  #fireMoment(nowMs: number): void {
    this.clock.moveTo(nowMs);
    for (let fired = 0; this.nextTimerMs() !== undefined; ) {
      const ticks = this.#hosts.alive.reduce((sum, host) => sum + host.kernel.fireTimers(), 0);
      if (ticks === 0) return;
      this.settle();
      fired += ticks;
      if (fired > TICKS_OF_A_MOMENT_MAX) throw new Error(`time stands still: ${this.#busy()}`);
    }
  }

  #busy(): string {
    return this.#agenda
      .enabled()
      .slice(0, 5)
      .map((step) => describePending(step.pending))
      .join("; ");
  }

  #inside(): ManualHost[] {
    return this.#hosts.alive.filter((host) => host.name !== OUTSIDE);
  }

  #owner(address: AnyAddress): ManualHost | undefined {
    return this.#hosts.alive.find((host) => host.kernel.cells.find(address) !== undefined);
  }
}
