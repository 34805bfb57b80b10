// The open calls of a thread's lives. Each has a number that is never given again, and ends once: by its
// answer, its deadline, its asker's signal, a drop, the death of the other thread, or its own life's end.

import { ActorError } from "../actor/actor-error.ts";
import type { AnyAddress } from "../actor/address.ts";
import { sameAddress } from "../actor/address.ts";
import { askFailure } from "../actor/ask-error.ts";
import { codedError } from "../actor/error-data.ts";
import type { AskOutcome, DropReason, ErrorData } from "../actor/outcome.ts";
import { assert } from "../assert.ts";
import type { Clock } from "../platform/environment.ts";
import { Call, type Expected } from "./call.ts";
import { CallTable } from "./call-table.ts";
import type { Cell } from "./cell.ts";
import type { DeadlineHeap } from "./deadline-heap.ts";
import type { CallNumber } from "./record.ts";

export class Calls {
  readonly #open = new CallTable();
  readonly #deadlines: DeadlineHeap;
  readonly #clock: Clock;
  /** One for all calls: no closure each. */
  readonly #onDue = (call: Call): void =>
    this.settleAsk(call.owner.address, call.number, askFailure("timeout"));

  constructor(deadlines: DeadlineHeap, clock: Clock) {
    this.#deadlines = deadlines;
    this.#clock = clock;
  }

  get size(): number {
    return this.#open.size;
  }

  open(owner: Cell, expected: Expected, target: AnyAddress | undefined): Call {
    const call = new Call(this.#open.nextNumber(), owner, expected, target, this.#onDue);
    this.#open.add(call);
    owner.lease.calls.append(call);
    return call;
  }

  /** As `open`, with an end to the waiting. */
  openAsk(
    owner: Cell,
    target: AnyAddress,
    limits: { readonly timeoutMs: number; readonly signal?: AbortSignal },
    settle: (outcome: AskOutcome<unknown>) => void,
  ): Call {
    const { timeoutMs, signal } = limits;
    if (!(Number.isFinite(timeoutMs) && timeoutMs > 0))
      throw new ActorError("ERR_MULTIRAFT_DURATION", `an ask needs a timeout, not ${timeoutMs} ms`);
    const call = this.open(owner, { what: "ask", settle }, target);
    this.#deadlines.add(call, this.#clock.nowMs() + timeoutMs);
    if (signal !== undefined) this.#listen(call, signal);
    return call;
  }

  /** The open call of this number, now closed, if it is the asker's. Later answers find none. */
  take(asker: AnyAddress, number: CallNumber): Call | undefined {
    const call = this.#open.get(number);
    if (call === undefined || !sameAddress(call.owner.address, asker)) return undefined;
    this.#close(call);
    return call;
  }

  /** The mail of this call went to `thread`: if that dies, no answer will come. */
  noteThread(asker: AnyAddress, number: CallNumber, thread: number): void {
    const call = number === 0 ? undefined : this.#open.get(number);
    if (call !== undefined && sameAddress(call.owner.address, asker)) call.thread = thread;
  }

  settleAsk(asker: AnyAddress, number: CallNumber, outcome: AskOutcome<unknown>): void {
    const call = this.take(asker, number);
    if (call?.expected.what === "ask") call.expected.settle(outcome);
  }

  /** No answer can come any more, for the reason that a drop or a refused record had. */
  fail(asker: AnyAddress, number: CallNumber, reason: DropReason): void {
    const call = this.take(asker, number);
    if (call !== undefined) settleUnanswered(call, reason, undefined);
  }

  /** The life has closed: nobody waits any more. @returns What it had waited for. */
  abandon(owner: Cell): readonly Call[] {
    const calls = owner.lease.openCalls();
    for (const call of calls) {
      this.#close(call);
      if (call.expected.what === "ask") call.expected.settle(askFailure("aborted"));
    }
    return calls;
  }

  threadDied(thread: number, error: ErrorData | undefined): void {
    const lost = this.#open.inOrder().filter((call) => call.thread === thread);
    for (const call of lost) {
      // What one of its life's calls became may have ended the life, and its other calls with it.
      if (this.#open.get(call.number) !== call) continue;
      this.#close(call);
      settleUnanswered(call, "thread-dead", error);
    }
  }

  #listen(call: Call, signal: AbortSignal): void {
    assert(!signal.aborted, "an ask was opened for somebody who had given up already");
    const abort = (): void =>
      this.settleAsk(call.owner.address, call.number, askFailure("aborted"));
    signal.addEventListener("abort", abort, { once: true });
    call.stopListening = () => signal.removeEventListener("abort", abort);
  }

  #close(call: Call): void {
    this.#open.remove(call);
    this.#deadlines.cancel(call);
    call.owner.lease.calls.remove(call);
    call.stopListening?.();
  }
}

function settleUnanswered(call: Call, reason: DropReason, error: ErrorData | undefined): void {
  switch (call.expected.what) {
    case "ask":
      call.expected.settle(askFailure(reason));
      break;
    case "watch":
      call.expected.settle(watchEnd(reason, error));
      break;
    case "spawn":
      call.expected.settle({ kind: "failed", error: spawnError(reason, error) });
      break;
  }
}

function watchEnd(reason: DropReason, error: ErrorData | undefined) {
  if (reason === "thread-dead") return { kind: "thread-dead", error } as const;
  if (reason === "shut-down") return { kind: "shut-down" } as const;
  return { kind: "not-found" } as const;
}

function spawnError(reason: DropReason, cause: ErrorData | undefined): ErrorData {
  return codedError("ERR_MULTIRAFT_SPAWN", `the thread cannot spawn: ${reason}`, cause);
}
