// What could happen next on the manual platform. Each is one step: nothing in it is interrupted, and nothing
// happens that is not one (but the moving of the clock).
import type { AnyAddress } from "../actor/address.ts";
import type { MessageShape } from "../actor/definition.ts";
import type { JobOutcome } from "../actor/outcome.ts";
import type { SystemRecord } from "../kernel/record.ts";

type Common = {
  /** Order of coming into being; `step` takes the lowest. */
  readonly sequence: number;
  /** Where it would happen. */
  readonly host: string;
  /** Which of its threads: the host's own name where it has but one. */
  readonly thread: string;
  /** The actor that it would happen to, and the name of its definition ("" when it is gone). */
  readonly to: AnyAddress;
  readonly actor: string;
};

export type PendingMail = Common & {
  readonly kind: "mail";
  /** `way`: held before it has reached the mailbox; released to a life that has ended it is dropped. */
  readonly at: "way" | "mailbox";
  /** Undefined for own mail: ticks, outcomes, terminations. */
  readonly from: AnyAddress | undefined;
  readonly message: MessageShape;
  readonly isAsk: boolean;
};

export type Pending =
  | PendingMail
  /** System mail, pending only while it is held. */
  | (Common & { readonly kind: "signal"; readonly signal: SystemRecord["kind"] })
  | (Common & { readonly kind: "job-start"; readonly name: string; readonly args: unknown })
  | (Common & {
      readonly kind: "job-reply";
      readonly name: string;
      readonly outcome: JobOutcome<unknown>;
    })
  | (Common & { readonly kind: "perform-start"; readonly name: string })
  | (Common & {
      readonly kind: "perform-reply";
      readonly name: string;
      readonly outcome: JobOutcome<unknown>;
    })
  | (Common & { readonly kind: "turn-end" })
  /** A thread makes visible what it has written for the others of its host, or takes in what they have. */
  | (Common & { readonly kind: "publish" | "drain" });

export type PendingFilter = (pending: Pending) => boolean;

/** It has left its sender and reached no mailbox: it travels on whatever happens to both. */
export function isOnTheWay(pending: Pending): boolean {
  return pending.kind === "signal" || (pending.kind === "mail" && pending.at === "way");
}

export function describePending(pending: Pending): string {
  const where = `${pending.host}/${pending.actor} ${pending.to.slot}.${pending.to.incarnation}`;
  switch (pending.kind) {
    case "mail":
      return `${pending.kind} ${pending.message.kind} to ${where}`;
    case "signal":
      return `${pending.signal} to ${where}`;
    case "turn-end":
      return `${pending.kind} of ${where}`;
    case "publish":
    case "drain":
      return `${pending.kind} of ${pending.thread}`;
    default:
      return `${pending.kind} ${pending.name} of ${where}`;
  }
}
