// How lives begin and end. The end has one order, whatever its cause: the address closes; what is queued is
// dropped and answered; jobs return; `stopped`; the lease is released, last held first; debts are answered;
// the slot is freed; watchers are told. Nothing later starts before everything earlier is done.
import type { Address, AnyAddress } from "../actor/address.ts";
import type { ActorContext, SpawnOptions } from "../actor/context.ts";
import type { MessageShape } from "../actor/definition.ts";
import { codedError, toErrorData } from "../actor/error-data.ts";
import type { ErrorData, SpawnOutcome, StopReason } from "../actor/outcome.ts";
import { assert } from "../assert.ts";
import type { Calls } from "./calls.ts";
import type { Cell } from "./cell.ts";
import type { CellTable } from "./cell-table.ts";
import type { DeadlineHeap } from "./deadline-heap.ts";
import type { Interlude } from "./interlude.ts";
import type { AnyDefinition, KernelObserver } from "./kernel-options.ts";
import { MAILBOX_MESSAGES_MAX } from "./limits.ts";
import type { Post } from "./post.ts";
import type { Signals } from "./signals.ts";

type LivesOptions = {
  readonly cells: CellTable;
  readonly calls: Calls;
  readonly deadlines: DeadlineHeap;
  readonly signals: Signals;
  readonly post: Post;
  readonly interlude: Interlude;
  readonly observer: KernelObserver;
  readonly contextOf: (cell: Cell) => ActorContext<MessageShape>;
};

const SHUT_DOWN = codedError("ERR_MULTIRAFT_SHUT_DOWN", "the system is shutting down");
const NO_SLOT = codedError("ERR_MULTIRAFT_SLOTS_EXHAUSTED", "all slots of the thread are in use");

export class Lives {
  readonly #o: LivesOptions;
  #isShuttingDown = false;

  constructor(options: LivesOptions) {
    this.#o = options;
  }

  spawn<M>(
    definition: AnyDefinition,
    args: unknown,
    options: SpawnOptions,
  ): SpawnOutcome<Address<M>> {
    if (this.#isShuttingDown) return { kind: "failed", error: SHUT_DOWN };
    const bound = options.mailboxMessagesMax ?? MAILBOX_MESSAGES_MAX;
    const cell = this.#o.cells.open(definition, bound);
    if (cell === undefined) return { kind: "failed", error: NO_SLOT };
    const error = this.#create(cell, args);
    return error === undefined
      ? { kind: "spawned", address: cell.address as Address<M> }
      : { kind: "failed", error };
  }

  stop(cell: Cell, mode: "now" | "drain"): void {
    if (mode === "now") this.close(cell, { kind: "stopped" });
    else if (cell.state === "open") this.#drain(cell);
  }

  #drain(cell: Cell): void {
    cell.state = "draining";
    cell.lease.fence();
    this.#o.cells.close(cell);
    this.closeIfDrained(cell);
  }

  closeIfDrained(cell: Cell): void {
    if (cell.state === "draining" && cell.activity === "idle" && cell.mailbox.size === 0)
      this.close(cell, { kind: "stopped" });
  }

  /** What an actor threw ends it; what it throws when it has closed already is only reported. */
  fail(cell: Cell, error: unknown): void {
    this.#o.observer.threw?.(cell.address, error);
    this.close(cell, { kind: "threw", error: toErrorData(error) });
  }

  close(cell: Cell, reason: StopReason): void {
    if (!cell.isHandling) return;
    if (cell.state === "open") this.#o.cells.close(cell);
    cell.state = "ending";
    cell.stopReason = reason;
    cell.lease.refuseMore();
    cell.abort();
    this.#cancelTimers(cell);
    this.#abandonCalls(cell);
    this.#o.post.dropQueue(cell, cell.refusal ?? "tombstone");
    this.endIfReturned(cell);
  }

  endIfReturned(cell: Cell): void {
    if (cell.state === "ending" && !cell.lease.hasTasks) this.#o.interlude.addEnding(cell);
  }

  /** Between handlers, once nothing of the life is running anywhere. */
  finish(cell: Cell): void {
    assert(cell.state === "ending", "a life ended that had not closed its address");
    assert(!cell.lease.hasTasks, "a life ended before its jobs had returned");
    const report = (error: unknown): void => this.#o.observer.threw?.(cell.address, error);
    try {
      cell.behavior?.stopped?.(cell.stopReason);
    } catch (error) {
      report(error);
    }
    cell.lease.releaseAll(report);
    this.#answerDebts(cell);
    cell.state = "ended";
    this.#o.cells.free(cell);
    this.#tellWatchers(cell);
    this.#o.observer.ended?.(cell.address, cell.stopReason);
  }

  /** The life vanishes with its thread: no code of it runs, its mail is lost, shared memory goes back. */
  abandon(cell: Cell): void {
    cell.state = "ended";
    cell.lease.refuseMore();
    this.#cancelTimers(cell);
    this.#o.post.loseQueue(cell, "thread-dead");
    cell.lease.releasePayloads();
    this.#o.cells.free(cell);
  }

  shutDown(): void {
    this.#isShuttingDown = true;
    for (const cell of this.#o.cells) this.close(cell, { kind: "shut-down" });
  }

  #create(cell: Cell, args: unknown): ErrorData | undefined {
    this.#o.interlude.enter();
    try {
      cell.behavior = cell.definition.create(this.#o.contextOf(cell), args);
      this.#o.observer.started?.(cell.address, cell.definition, args);
      return undefined;
    } catch (error) {
      this.fail(cell, error);
      return toErrorData(error);
    } finally {
      this.#o.interlude.leave();
    }
  }

  #cancelTimers(cell: Cell): void {
    cell.lease.clearTimers((tick) => this.#o.deadlines.cancel(tick));
  }

  #abandonCalls(cell: Cell): void {
    for (const call of this.#o.calls.abandon(cell))
      if (call.expected.what === "watch" && call.target !== undefined)
        this.#o.signals.send(call.target, {
          kind: "unwatch",
          to: call.target,
          from: cell.address,
          call: call.number,
        });
  }

  #answerDebts(cell: Cell): void {
    let debt = cell.lease.takeAnyDebt();
    if (debt === undefined) return;
    const error = unanswered(cell.stopReason);
    const failure = { kind: "failed", reason: "error", error } as const;
    for (; debt !== undefined; debt = cell.lease.takeAnyDebt()) {
      const record = { kind: "failure", to: debt.asker, call: debt.ask, failure } as const;
      this.#o.signals.send(debt.asker, record);
    }
  }

  #tellWatchers(cell: Cell): void {
    for (const { from, call } of cell.takeWatchers())
      this.tellTermination(from, call, cell.stopReason);
  }

  tellTermination(
    to: AnyAddress,
    call: number,
    termination: StopReason | { kind: "not-found" },
  ): void {
    this.#o.signals.send(to, { kind: "terminated", to, call, termination });
  }
}

function unanswered(reason: StopReason): ErrorData {
  const cause = reason.kind === "threw" ? reason.error : undefined;
  return codedError("ERR_MULTIRAFT_UNANSWERED", "the actor ended before it had answered", cause);
}
