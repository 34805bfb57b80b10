// The loop of a thread: take in, fire timers, run actors, send out; again while there is work, then look a
// little longer, then sleep until somebody rings. Asleep it costs nothing.

import type { DeliverPlain } from "../codec/record-reader.ts";
import type { ThreadKernel } from "../kernel/thread-kernel.ts";
import type { Clock } from "../platform/environment.ts";
import type { LoopHost } from "../platform/loop-host.ts";
import type { Deliver, Exchange } from "./exchange.ts";
import { PollPolicy } from "./poll-policy.ts";
import type { ThreadBoard } from "./thread-board.ts";

/** Longest delay of a host timer; later ones are looked at again then. */
const TIMER_MS_MAX = 2 ** 31 - 1;

/** Turns without a way through the event loop between them: ports and timers wait that long. */
const STAY_MS_MAX = 0.2;
/** Looks at all lanes before the event loop has its turn: 30 to 60 ns each. */
const LOOKS_MAX = 64;

export type ThreadLoopOptions = {
  readonly thread: number;
  readonly board: ThreadBoard;
  readonly kernel: ThreadKernel;
  readonly exchange: Exchange;
  readonly clock: Clock;
  readonly host: LoopHost;
  /** How long to look for mail before sleeping, while that has lately been worth it; 0 sleeps at once. */
  readonly pollMs: number;
  /** Looking is only for those who have a core of their own. */
  readonly cores: number;
  readonly onTurnEnd: () => void;
  /** The thread was condemned: it stands between two turns and takes none any more. */
  readonly onCondemned: () => void;
};

export class ThreadLoop {
  readonly #o: ThreadLoopOptions;
  readonly #poll: PollPolicy;
  readonly #deliver: Deliver;
  readonly #deliverPlain: DeliverPlain;
  #state: "unstarted" | "parked" | "scheduled" | "running" | "ended" = "unstarted";
  #lastWorkMs = 0;
  /** When the host's timer rings; `Infinity` while none is set. */
  #alarmMs = Infinity;
  /** The last turn found nothing to do. */
  #isLooking = false;

  constructor(options: ThreadLoopOptions) {
    this.#o = options;
    const { kernel } = options;
    this.#poll = new PollPolicy(options.pollMs);
    this.#deliver = (record) => kernel.deliver(record);
    this.#deliverPlain = (toSlot, toIncarnation, fromSlot, fromIncarnation, message) =>
      kernel.deliverPlain(toSlot, toIncarnation, fromSlot, fromIncarnation, message);
  }

  /** Not before all others know this thread: what it sends is passed on to any of them. */
  start(): void {
    if (this.#state !== "unstarted") return;
    this.#o.board.setParked(this.#o.thread);
    this.#state = "parked";
    this.nudge();
  }

  /**
   * Something may be to do: from the kernel, a doorbell, a timer, or written beside a turn. A loop that
   * is not parked looks at everything once more before it parks.
   */
  nudge(): void {
    if (this.#state === "parked") this.#unpark();
    else if (this.#state === "unstarted") this.#nudgeUnstarted();
  }

  /** No turn any more. */
  end(): void {
    if (this.#state === "ended") return;
    this.#o.board.noteAwake(this.#o.thread, false);
    this.#o.board.setParked(this.#o.thread);
    this.#state = "ended";
    this.#o.host.cancelLater();
  }

  /** There is nothing that it may do but end. Whoever comes next rings again. */
  #nudgeUnstarted(): void {
    this.#o.board.setParked(this.#o.thread);
    this.#hasEnded();
  }

  #unpark(): void {
    const { board, thread, clock } = this.#o;
    board.claimWake(thread);
    board.setWantsRoom(thread, false);
    board.noteAwake(thread, true);
    const nowMs = clock.nowMs();
    this.#poll.notePause(nowMs - this.#lastWorkMs);
    this.#lastWorkMs = nowMs;
    this.#schedule();
  }

  #schedule(): void {
    this.#state = "scheduled";
    this.#o.host.soon(() => this.#run());
  }

  #run(): void {
    if (this.#state === "ended" || this.#hasEnded()) return;
    const { clock } = this.#o;
    const startMs = clock.nowMs();
    for (let nowMs = startMs; ; nowMs = clock.nowMs()) {
      this.#state = "running";
      this.#timedTurn(nowMs);
      if (this.#hasEnded()) return;
      if (!this.#isToGoOn(nowMs)) return this.#park();
      if (nowMs - startMs >= STAY_MS_MAX || this.#o.kernel.hasWork || !this.#seesMail())
        return this.#schedule();
    }
  }

  #timedTurn(nowMs: number): void {
    const isBusy = this.#turn(nowMs);
    if (isBusy && this.#isLooking) this.#poll.notePause(nowMs - this.#lastWorkMs);
    if (isBusy) this.#lastWorkMs = nowMs;
    this.#isLooking = !isBusy;
  }

  /**
   * The way through the event loop is longer than that of a message, so an idle thread looks some microseconds
   * long before it takes it. After work it looks once: what awaits something of this turn goes on first.
   */
  #seesMail(): boolean {
    const { exchange } = this.#o;
    const looks = this.#isLooking ? LOOKS_MAX : 1;
    for (let look = 0; look < looks; look += 1) if (exchange.hasMail()) return true;
    return false;
  }

  #hasEnded(): boolean {
    const { board, thread, onCondemned } = this.#o;
    if (!board.isCondemned(thread)) return false;
    this.end();
    onCondemned();
    return true;
  }

  /** @returns True when there was something to do. */
  #turn(nowMs: number): boolean {
    const { board, thread, kernel, exchange, onTurnEnd } = this.#o;
    let isBusy = exchange.drain(this.#deliver, this.#deliverPlain) > 0;
    if ((kernel.nextTimerMs() ?? Infinity) <= nowMs) isBusy = kernel.fireTimers() > 0 || isBusy;
    if (kernel.hasWork) {
      kernel.runTurn();
      isBusy = true;
    }
    // What actors met that were refused something native is nobody's business.
    if (board.isCondemned(thread)) return true;
    this.#flush();
    board.noteTurn(thread, kernel.liveCount);
    onTurnEnd();
    return isBusy;
  }

  #isToGoOn(nowMs: number): boolean {
    const { kernel, board, cores } = this.#o;
    if (kernel.hasWork) return true;
    return this.#poll.isToLook(nowMs - this.#lastWorkMs) && board.awakeCount <= cores;
  }

  /** The flags go up before the last look: whoever sends or makes room after that look rings. */
  #park(): void {
    const { board, thread, exchange } = this.#o;
    board.setParked(thread);
    board.noteAwake(thread, false);
    this.#state = "parked";
    this.#setTimer();
    if (exchange.isBlocked) {
      board.setWantsRoom(thread, true);
      this.#flush();
    }
    if (this.#isParked() && this.#hasMissedSomething()) this.#unpark();
  }

  /** Freed senders may run at once, and have then ended the parking. */
  #isParked(): boolean {
    return this.#state === "parked";
  }

  #hasMissedSomething(): boolean {
    const { board, thread, exchange, kernel } = this.#o;
    return exchange.hasMail() || kernel.hasWork || board.isCondemned(thread);
  }

  #flush(): void {
    const { exchange, kernel } = this.#o;
    exchange.flush((drained) => kernel.laneDrained(drained));
  }

  #setTimer(): void {
    const { kernel, clock, host } = this.#o;
    const dueMs = kernel.nextTimerMs();
    if (dueMs === undefined) {
      this.#alarmMs = Infinity;
      host.cancelLater();
      return;
    }
    // One that rings too early is cheaper than setting it again at each sleep.
    if (this.#alarmMs <= dueMs) return;
    const nowMs = clock.nowMs();
    const delayMs = Math.min(TIMER_MS_MAX, Math.max(0, Math.ceil(dueMs - nowMs)));
    this.#alarmMs = Math.min(dueMs, nowMs + delayMs);
    host.later(delayMs, () => {
      this.#alarmMs = Infinity;
      this.nudge();
    });
  }
}
