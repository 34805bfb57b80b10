// The streams of a system. Threads report only what somebody listens to, so a system that nobody watches
// pays nothing; counters are always exact, whether or not somebody listens.
import { Observable, Subject } from "rxjs";
import type { Timers } from "../platform/timers.ts";
import type { ToMain } from "../thread/service-mail.ts";
import type { ReportedStream, ThreadBoard } from "../thread/thread-board.ts";
import type {
  DeadLetterEvent,
  LifecycleEvent,
  SystemMetrics,
  ThreadEvent,
} from "./system-event.ts";

const METRICS_PERIOD_MS = 1_000;

export interface SystemStreams {
  /** A sample of the mail that was not delivered: at most sixteen a turn of a thread. */
  readonly deadLetters: Observable<DeadLetterEvent>;
  /** Actors that start, end or throw; threads that start and end. */
  readonly lifecycle: Observable<LifecycleEvent>;
  /** Once a second while somebody listens. */
  readonly metrics: Observable<SystemMetrics>;
}

export class StreamHub implements SystemStreams {
  readonly deadLetters: Observable<DeadLetterEvent>;
  readonly lifecycle: Observable<LifecycleEvent>;
  readonly metrics: Observable<SystemMetrics>;
  readonly #board: ThreadBoard;
  readonly #deadLetters = new Subject<DeadLetterEvent>();
  readonly #lifecycle = new Subject<LifecycleEvent>();
  readonly #closed = new Subject<void>();

  constructor(board: ThreadBoard, timers: Timers, measure: () => SystemMetrics) {
    this.#board = board;
    this.deadLetters = this.#reported("deadLetters", this.#deadLetters);
    this.lifecycle = this.#reported("lifecycle", this.#lifecycle);
    this.metrics = this.#measured(timers, measure);
  }

  /** What a thread has reported. */
  take(mail: Extract<ToMain, { readonly kind: "lifecycle" | "dead-letters" }>): void {
    if (mail.kind === "lifecycle") for (const report of mail.reports) this.#lifecycle.next(report);
    else
      for (const [index, letter] of mail.letters.entries())
        this.#deadLetters.next({ ...letter, skipped: index === 0 ? mail.skipped : 0 });
  }

  noteThread(event: ThreadEvent): void {
    this.#lifecycle.next(event);
  }

  close(): void {
    this.#deadLetters.complete();
    this.#lifecycle.complete();
    this.#closed.next();
  }

  /** The first subscriber lets the threads report, the last one that leaves ends it. */
  #reported<Event>(stream: ReportedStream, source: Subject<Event>): Observable<Event> {
    return new Observable((subscriber) => {
      const subscription = source.subscribe(subscriber);
      this.#board.setListenedTo(stream, true);
      return () => {
        subscription.unsubscribe();
        if (!source.observed) this.#board.setListenedTo(stream, false);
      };
    });
  }

  #measured(timers: Timers, measure: () => SystemMetrics): Observable<SystemMetrics> {
    return new Observable((subscriber) => {
      let cancel = (): void => {};
      const tick = (): void => {
        subscriber.next(measure());
        cancel = timers.after(METRICS_PERIOD_MS, tick);
      };
      tick();
      const end = this.#closed.subscribe(() => subscriber.complete());
      return () => {
        cancel();
        end.unsubscribe();
      };
    });
  }
}
