// What the streams of a system carry. Plain data.
import type { ErrorData } from "../actor/outcome.ts";
import type { MailTotals } from "../system/mail-ledger.ts";
import type { DeadLetterReport, LifecycleReport } from "../thread/service-mail.ts";

export type ThreadEvent =
  | { readonly kind: "thread-started"; readonly thread: number }
  /** `lost`: mail that it had taken and not handled. */
  | {
      readonly kind: "thread-ended";
      readonly thread: number;
      readonly error: ErrorData | undefined;
      readonly lost: number;
    }
  /** It failed to start too often, or could not be buried, and is not replaced any more. */
  | { readonly kind: "thread-given-up"; readonly thread: number; readonly error: ErrorData };

export type LifecycleEvent = LifecycleReport | ThreadEvent;

/** A drop out of a sample. `skipped`: drops left out since the sample before; the counters have all. */
export type DeadLetterEvent = DeadLetterReport & { readonly skipped: number };

export type ThreadMetrics = {
  readonly thread: number;
  /** Turns of its loop since it started: stands still on a thread that sleeps or is stuck. */
  readonly turns: number;
  readonly lives: number;
  readonly isAsleep: boolean;
};

export type SystemMetrics = {
  readonly mail: MailTotals;
  readonly threads: readonly ThreadMetrics[];
};
