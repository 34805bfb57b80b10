// What is between two kernels. Everything passes here, also what an actor sends to its neighbour: it is encoded
// and decoded, held if a test wants it held, and else in its mailbox before the next step.
import type { DropReason } from "../actor/outcome.ts";
import { unreachable } from "../assert.ts";
import { copyRecord } from "../codec/copy-record.ts";
import type { MessageCodec } from "../codec/message-codec.ts";
import { Fifo } from "../kernel/fifo.ts";
import type { SendResult } from "../kernel/outbound.ts";
import type { KernelRecord } from "../kernel/record.ts";
import type { Agenda } from "./agenda.ts";
import { AT_ONCE, type Courier, type Delivery } from "./courier.ts";
import type { ManualHost } from "./manual-host.ts";
import type { Pending } from "./pending.ts";
import { Step } from "./step.ts";
import type { VirtualClock } from "./virtual-clock.ts";

export class Transit {
  readonly #agenda: Agenda;
  readonly #codec: MessageCodec;
  readonly #hostOf: (thread: number) => ManualHost | undefined;
  /** Sent during this step, carried after it. */
  readonly #outbox = new Fifo<Step>();
  readonly #clock: VirtualClock;
  #mailCount = 0;
  /** Asked for all mail between hosts, if there is one. */
  courier: Courier | undefined;

  constructor(
    agenda: Agenda,
    codec: MessageCodec,
    clock: VirtualClock,
    hostOf: (thread: number) => ManualHost | undefined,
  ) {
    this.#agenda = agenda;
    this.#codec = codec;
    this.#clock = clock;
    this.#hostOf = hostOf;
  }

  /** User mail on its way, held or not. */
  get mailCount(): number {
    return this.#mailCount;
  }

  /**
   * A crashed host sends nothing, and nothing is sent to one. Between the threads of a machine their exchanges
   * say so, as they have to in production.
   */
  carry(from: ManualHost, thread: number, record: KernelRecord): SendResult {
    const to = this.#hostOf(thread);
    if (!from.isAlive || to === undefined) return "thread-dead";
    if (from !== to && from.crossing !== undefined && from.crossing === to.crossing)
      return from.crossing.carry(from, to, record);
    if (!to.isAlive) return "thread-dead";
    const copy = copyRecord(this.#codec, record);
    if (copy.kind === "mail") this.#mailCount += 1;
    const step = new WayStep(
      this.#agenda.nextSequence(),
      from,
      to,
      copy,
      this.#clock,
      this.#arrive,
    );
    if (!this.#agenda.tryHold(step)) this.#send(step, this.#deliveryOf(from, to, step));
    return "ok";
  }

  #deliveryOf(from: ManualHost, to: ManualHost, step: WayStep): Delivery {
    if (this.courier === undefined || from === to || !step.isMail) return AT_ONCE;
    const { pending } = step;
    return pending.kind === "mail" ? this.courier(from.name, pending, step.bytes) : AT_ONCE;
  }

  #send(step: WayStep, delivery: Delivery): void {
    switch (delivery.kind) {
      case "at-once":
        return this.#outbox.push(step);
      case "later":
        step.waitUntil(delivery.dueMs, delivery.inOrder);
        return this.#agenda.addPassed(step);
      case "lost":
        return step.lose();
      default:
        return unreachable(delivery);
    }
  }

  /** What a hold lets go: on its way, or a step as any other. */
  letGo(step: Step): void {
    if (step.isOnTheWay) this.#outbox.push(step);
    else this.#agenda.addPassed(step);
  }

  /** What was sent arrives in the mailboxes; nothing is handled by that. */
  flush(): void {
    for (let step = this.#outbox.shift(); step !== undefined; step = this.#outbox.shift())
      step.run();
  }

  readonly #arrive: Arrival = (from, to, record, lost) => {
    if (record.kind === "mail") this.#mailCount -= 1;
    const reason = lost ?? (to.isAlive ? undefined : "thread-dead");
    if (reason === undefined) to.deliver(record);
    else from.kernel.returned(record, reason);
  };
}

type Arrival = (
  from: ManualHost,
  to: ManualHost,
  record: KernelRecord,
  lost: DropReason | undefined,
) => void;

class WayStep extends Step {
  readonly #from: ManualHost;
  readonly #to: ManualHost;
  readonly #clock: VirtualClock;
  #dueMs = 0;
  #isInOrder = false;
  readonly #record: KernelRecord;
  readonly #arrive: Arrival;

  constructor(
    sequence: number,
    from: ManualHost,
    to: ManualHost,
    record: KernelRecord,
    clock: VirtualClock,
    arrive: Arrival,
  ) {
    super(sequence);
    this.#from = from;
    this.#to = to;
    this.#clock = clock;
    this.#record = record;
    this.#arrive = arrive;
  }

  override get isOnTheWay(): boolean {
    return true;
  }

  override get host(): string {
    return this.#to.name;
  }

  override get thread(): string {
    return this.#to.threadName;
  }

  override get dueMs(): number {
    return this.#dueMs;
  }

  get isMail(): boolean {
    return this.#record.kind === "mail";
  }

  get bytes(): Uint8Array | undefined {
    return this.#record.kind === "mail" ? this.#record.payload?.bytes : undefined;
  }

  waitUntil(dueMs: number, isInOrder: boolean): void {
    this.#dueMs = dueMs;
    this.#isInOrder = isInOrder;
  }

  override isBlocked(): boolean {
    return this.#dueMs > this.#clock.nowMs();
  }

  override isOfPairOf(other: Step): boolean {
    if (!(other instanceof WayStep) || !this.#isInOrder || !other.#isInOrder) return false;
    return other.#from === this.#from && other.#to === this.#to;
  }

  override run(): void {
    this.#arrive(this.#from, this.#to, this.#record, undefined);
  }

  override lose(): void {
    this.#arrive(this.#from, this.#to, this.#record, "lane-full");
  }

  protected override describe(): Pending {
    const record = this.#record;
    const { sequence, host, thread } = this;
    const to = record.kind === "spawn" ? record.from : record.to;
    const common = { sequence, host, thread, to, actor: this.#to.actorAt(to) };
    if (record.kind !== "mail") return { ...common, kind: "signal", signal: record.kind };
    const { from, message, call } = record;
    return { ...common, kind: "mail", at: "way", from, message, isAsk: call !== 0 };
  }
}
