// One life as its kernel sees it. A cell is made for one address and never given another: mail that is in
// its mailbox can only be mail of this incarnation.
//
//   open --stop(drain)--> draining --queue empty--+
//    |                       |                    v
//    +--stop(now), throw-----+----------------> ending --tasks returned, lease released--> ended
import type { AnyAddress } from "../actor/address.ts";
import type { ActorBehavior, MessageShape } from "../actor/definition.ts";
import type { DropReason, StopReason } from "../actor/outcome.ts";
import type { AnyDefinition, CellReport } from "./kernel-options.ts";
import { LifeLease } from "./life-lease.ts";
import { MailEnvelope } from "./mail-envelope.ts";
import type { Mailbox } from "./mailbox.ts";
import type { CallNumber } from "./record.ts";

export type Watcher = { readonly from: AnyAddress; readonly call: CallNumber };

export class Cell {
  readonly address: AnyAddress;
  /** Of the address: compared for each message. */
  readonly incarnation: number;
  readonly definition: AnyDefinition;
  readonly mailbox: Mailbox;
  readonly lease = new LifeLease();
  /** Under all plain mail that this life sends. */
  readonly plainEnvelope: MailEnvelope;
  /** Undefined until `create` has returned. */
  behavior: ActorBehavior<MessageShape> | undefined;

  state: "open" | "draining" | "ending" | "ended" = "open";
  /** Why it ends; set when it leaves `open`. */
  stopReason: StopReason = { kind: "stopped" };
  /** While it is not idle the mailbox waits: `awaiting` is an asynchronous handler that has not settled. */
  activity: "idle" | "running" | "awaiting" = "idle";
  /** Threads whose lanes are full of what this life sent: it gets no turn before they drain. */
  pausedFor: Set<number> | undefined;
  /** In the queue of those who have mail. */
  isScheduled = false;
  /** Has handled mail since its last turn end. */
  owesTurnEnd = false;
  #watchers: Map<string, Watcher> | undefined;
  #abort: AbortController | undefined;

  constructor(address: AnyAddress, definition: AnyDefinition, mailbox: Mailbox) {
    this.address = address;
    this.incarnation = address.incarnation;
    this.definition = definition;
    this.mailbox = mailbox;
    this.plainEnvelope = MailEnvelope.plain(address);
  }

  /** What it sent waits for room in the lane to `thread`. */
  pauseFor(thread: number): void {
    this.pausedFor ??= new Set();
    this.pausedFor.add(thread);
  }

  /** Why user mail is refused; undefined while the address is open. */
  get refusal(): DropReason | undefined {
    if (this.state === "open") return undefined;
    return this.stopReason.kind === "shut-down" ? "shut-down" : "tombstone";
  }

  /** Handlers may still run. */
  get isHandling(): boolean {
    return this.state === "open" || this.state === "draining";
  }

  get canTakeMail(): boolean {
    return this.isHandling && this.activity === "idle" && this.pausedFor === undefined;
  }

  /** Made on demand: few lives look at it, and it is dear. */
  get signal(): AbortSignal {
    this.#abort ??= this.#makeAbort();
    return this.#abort.signal;
  }

  abort(): void {
    this.#abort?.abort();
  }

  addWatcher(watcher: Watcher): void {
    this.#watchers ??= new Map();
    this.#watchers.set(keyOf(watcher), watcher);
  }

  removeWatcher(watcher: Watcher): void {
    this.#watchers?.delete(keyOf(watcher));
  }

  /** Nobody can be told any more whose thread has died. */
  forgetWatchers(isGone: (watcher: AnyAddress) => boolean): void {
    for (const watcher of this.#watchers?.values() ?? [])
      if (isGone(watcher.from)) this.removeWatcher(watcher);
  }

  takeWatchers(): readonly Watcher[] {
    const watchers = [...(this.#watchers?.values() ?? [])];
    this.#watchers = undefined;
    return watchers;
  }

  report(): CellReport {
    return {
      address: this.address,
      definition: this.definition.name,
      state: this.state === "ended" ? "ending" : this.state,
      queued: this.mailbox.size,
      isAwaiting: this.activity === "awaiting",
      held: this.lease.heldNames,
    };
  }

  #makeAbort(): AbortController {
    const controller = new AbortController();
    if (!this.isHandling) controller.abort();
    return controller;
  }
}

function keyOf(watcher: Watcher): string {
  return `${watcher.from.slot}.${watcher.from.incarnation}.${watcher.call}`;
}
