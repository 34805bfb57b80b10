// All that crosses the service port between an actor thread and the main thread, one union a direction.
// Calls of the control plane go another way; mail of actors never goes here.
import type { AnyAddress } from "../actor/address.ts";
import type { DropReason, ErrorData, StopReason } from "../actor/outcome.ts";
import type { JobLine } from "./job-lines.ts";

/** One drop out of the sample that a thread reports. */
export type DeadLetterReport = {
  readonly thread: number;
  readonly reason: DropReason;
  readonly to: AnyAddress;
  readonly from: AnyAddress | undefined;
  readonly messageKind: string;
};

export type LifecycleReport =
  | { readonly kind: "started"; readonly address: AnyAddress; readonly definition: string }
  | { readonly kind: "ended"; readonly address: AnyAddress; readonly reason: StopReason }
  | { readonly kind: "threw"; readonly address: AnyAddress; readonly error: ErrorData };

export type ToMain =
  | { readonly kind: "ready" }
  /** Its first job: it wants lines to the threads of the pool. */
  | { readonly kind: "job-lines-wanted" }
  | { readonly kind: "lifecycle"; readonly reports: readonly LifecycleReport[] }
  /** `skipped`: drops that the sample left out; the counters have them all. */
  | {
      readonly kind: "dead-letters";
      readonly letters: readonly DeadLetterReport[];
      readonly skipped: number;
    }
  /** The actor for which this thread was started has ended. */
  | { readonly kind: "dedication-over" };

export type FromMain =
  /** All others know this thread: it may send now. */
  { readonly kind: "go" } | { readonly kind: "job-line"; readonly line: JobLine };
