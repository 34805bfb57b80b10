// All that may cross from the kernel of one thread to the kernel of another: one union, whatever carries it.
// A "mail" record is user mail and counted; the others are system mail, which no mailbox bound refuses.
import type { AnyAddress } from "../actor/address.ts";
import type { MessageShape } from "../actor/definition.ts";
import type { AnyLayout } from "../actor/layout.ts";
import type { AskFailure, SpawnOutcome, Termination } from "../actor/outcome.ts";
import type { AnyDefinition } from "./kernel-options.ts";
import type { PayloadBlock } from "./payload-allocator.ts";

/**
 * The number of one open call (ask, watch or spawn) of a kernel: never given twice there, 0 is none.
 * A `ReplyToken` is the pair of `from` and `call` of the mail that asked.
 */
export type CallNumber = number;

export type MailRecord = {
  readonly kind: "mail";
  readonly to: AnyAddress;
  /** The first sender: forwarding keeps it, so it is also who asked. */
  readonly from: AnyAddress | undefined;
  /** Above 0 when the sender asked. */
  readonly call: CallNumber;
  /** What is left until the asker gives up, when this was sent; 0 when nobody asked. */
  readonly budgetMs: number;
  readonly message: MessageShape;
  /** Owned by the record. */
  readonly payload: PayloadBlock | undefined;
  /** How `message` is to be encoded, if not like any other. */
  readonly layout: AnyLayout | undefined;
};

/** Mail that is nothing but a message from one life to another. */
export function plainMail(
  from: AnyAddress,
  to: AnyAddress,
  message: MessageShape,
  layout: AnyLayout | undefined,
): MailRecord {
  return { kind: "mail", to, from, call: 0, budgetMs: 0, message, payload: undefined, layout };
}

export type SystemRecord =
  | {
      readonly kind: "reply";
      readonly to: AnyAddress;
      readonly call: CallNumber;
      readonly value: unknown;
    }
  | {
      readonly kind: "failure";
      readonly to: AnyAddress;
      readonly call: CallNumber;
      readonly failure: AskFailure;
    }
  /** The ask was forwarded: whoever owes the answer now lives on `thread`. */
  | {
      readonly kind: "moved";
      readonly to: AnyAddress;
      readonly call: CallNumber;
      readonly thread: number;
    }
  | {
      readonly kind: "watch";
      readonly to: AnyAddress;
      readonly from: AnyAddress;
      readonly call: CallNumber;
    }
  | {
      readonly kind: "unwatch";
      readonly to: AnyAddress;
      readonly from: AnyAddress;
      readonly call: CallNumber;
    }
  | {
      readonly kind: "terminated";
      readonly to: AnyAddress;
      readonly call: CallNumber;
      readonly termination: Termination;
    }
  | { readonly kind: "stop"; readonly to: AnyAddress; readonly mode: "now" | "drain" }
  | {
      readonly kind: "spawn";
      readonly from: AnyAddress;
      readonly call: CallNumber;
      readonly url: string;
      readonly name: string;
      readonly args: unknown;
      readonly mailboxMessagesMax: number;
      /** What `url` and `name` mean, if the record has not left the thread; never encoded. */
      readonly definition: AnyDefinition | undefined;
    }
  | {
      readonly kind: "spawned";
      readonly to: AnyAddress;
      readonly call: CallNumber;
      readonly outcome: SpawnOutcome<AnyAddress>;
    };

export type KernelRecord = MailRecord | SystemRecord;
