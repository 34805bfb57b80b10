// A pending thing and how it is done. What a test sees of it is made when somebody looks: in a long run
// most steps are taken and never looked at.
import type { AnyAddress } from "../actor/address.ts";
import type { MessageShape } from "../actor/definition.ts";
import { assert } from "../assert.ts";
import type { Cell } from "../kernel/cell.ts";
import type { MailEnvelope } from "../kernel/mail-envelope.ts";
import type { Fingerprint } from "./fingerprint.ts";
import { describePending, type Pending } from "./pending.ts";

/** Its fields are set, not defined, and none is `#`: see `Link`. */
export abstract class Step {
  declare readonly sequence: number;
  declare private described: Pending | undefined;
  declare private key: string | undefined;

  constructor(sequence: number) {
    this.sequence = sequence;
    this.described = undefined;
    this.key = undefined;
  }

  get pending(): Pending {
    this.described ??= this.describe();
    return this.described;
  }

  /** It has left its sender and reached no mailbox: it travels on whatever happens to both. */
  get isOnTheWay(): boolean {
    return false;
  }

  /** Where it would happen: cheaper than to describe it. */
  abstract get host(): string;

  /** What it is, in the words of `describePending`. */
  addTo(fingerprint: Fingerprint): void {
    fingerprint.mix(describePending(this.pending));
  }

  /** On which of its threads. */
  abstract get thread(): string;

  /** Whom it would happen to, as text: equal for steps of one life. */
  get actorKey(): string {
    this.key ??= `${this.to.slot}.${this.to.incarnation}`;
    return this.key;
  }

  protected get to(): AnyAddress {
    return this.pending.to;
  }

  /** When it can be taken at the earliest; infinite when that is no matter of time. */
  get dueMs(): number {
    return Number.POSITIVE_INFINITY;
  }

  abstract run(): void;
  protected abstract describe(): Pending;

  /** Its life has ended, or somebody else has taken the mail: forgotten. */
  isGone(): boolean {
    return false;
  }

  /** It has to wait (for a handler that has not settled): skipped. */
  isBlocked(): boolean {
    return false;
  }

  /** True for mail of the same sender to the same life: the two must not overtake each other. */
  isOfPairOf(_other: Step): boolean {
    return false;
  }

  /** Only what is on the way or in a mailbox can be lost. */
  lose(): void {
    assert(false, () => `it can not be lost: ${this.pending.kind}`);
  }
}

/** What the steps of a host need of it. */
export type StepHost = {
  readonly name: string;
  readonly threadName: string;
  beforeHandling(step: MailStep): void;
  handle(cell: Cell, envelope: MailEnvelope): void;
  lose(cell: Cell, envelope: MailEnvelope): void;
};

/** Mail in a mailbox. */
export class MailStep extends Step {
  readonly cell: Cell;
  readonly message: MessageShape;
  readonly envelope: MailEnvelope;
  /** Whom the sender meant. */
  readonly addressedTo: AnyAddress;
  readonly #host: StepHost;

  override get host(): string {
    return this.#host.name;
  }

  override get thread(): string {
    return this.#host.threadName;
  }

  constructor(
    sequence: number,
    host: StepHost,
    cell: Cell,
    message: MessageShape,
    envelope: MailEnvelope,
    addressedTo: AnyAddress,
  ) {
    super(sequence);
    this.#host = host;
    this.cell = cell;
    this.message = message;
    this.envelope = envelope;
    this.addressedTo = addressedTo;
  }

  override addTo(fingerprint: Fingerprint): void {
    fingerprint.mix("mail ");
    fingerprint.mix(this.message.kind);
    fingerprint.mix(" to ");
    addPlace(fingerprint, this.host, this.cell);
  }

  protected override get to(): AnyAddress {
    return this.cell.address;
  }

  override run(): void {
    this.#host.beforeHandling(this);
    this.#host.handle(this.cell, this.envelope);
  }

  override isGone(): boolean {
    return !this.envelope.isQueued;
  }

  override isBlocked(): boolean {
    return !this.cell.canTakeMail || this.cell.mailbox.isHeld(this.message);
  }

  override isOfPairOf(other: Step): boolean {
    if (!(other instanceof MailStep) || other.cell !== this.cell) return false;
    const { from } = this.envelope;
    const { from: otherFrom } = other.envelope;
    if (from === undefined || otherFrom === undefined) return false;
    return from.slot === otherFrom.slot && from.incarnation === otherFrom.incarnation;
  }

  override lose(): void {
    this.#host.lose(this.cell, this.envelope);
  }

  protected override describe(): Pending {
    const { sequence, message, cell, envelope } = this;
    return {
      kind: "mail",
      at: "mailbox",
      sequence,
      host: this.#host.name,
      thread: this.#host.threadName,
      to: cell.address,
      actor: cell.definition.name,
      from: envelope.from,
      message,
      isAsk: envelope.call !== 0,
    };
  }
}

/** A start or a reply of a job or an operation: it waits for nothing. */
export class TaskStep extends Step {
  readonly #described: Pending;
  readonly #run: () => void;

  constructor(described: Pending, run: () => void) {
    super(described.sequence);
    this.#described = described;
    this.#run = run;
  }

  override get host(): string {
    return this.#described.host;
  }

  override get thread(): string {
    return this.#described.thread;
  }

  override run(): void {
    this.#run();
  }

  protected override describe(): Pending {
    return this.#described;
  }
}

export class TurnEndStep extends Step {
  readonly host: string;
  readonly thread: string;
  readonly #cell: Cell;
  readonly #run: () => void;

  constructor(sequence: number, host: StepHost, cell: Cell, run: () => void) {
    super(sequence);
    this.host = host.name;
    this.thread = host.threadName;
    this.#cell = cell;
    this.#run = run;
  }

  override addTo(fingerprint: Fingerprint): void {
    fingerprint.mix("turn-end of ");
    addPlace(fingerprint, this.host, this.#cell);
  }

  protected override get to(): AnyAddress {
    return this.#cell.address;
  }

  override run(): void {
    this.#run();
  }

  override isGone(): boolean {
    return !this.#cell.isHandling || !this.#cell.owesTurnEnd;
  }

  override isBlocked(): boolean {
    return this.#cell.activity === "awaiting";
  }

  protected override describe(): Pending {
    const { address: to, definition } = this.#cell;
    return {
      kind: "turn-end",
      sequence: this.sequence,
      host: this.host,
      thread: this.thread,
      to,
      actor: definition.name,
    };
  }
}

/** Word by word: a step is taken once, and nobody else reads its sentence. */
function addPlace(fingerprint: Fingerprint, host: string, { address, definition }: Cell): void {
  fingerprint.mix(host);
  fingerprint.mix("/");
  fingerprint.mix(definition.name);
  fingerprint.mix(" ");
  fingerprint.mix(String(address.slot));
  fingerprint.mix(".");
  fingerprint.mix(String(address.incarnation));
}
