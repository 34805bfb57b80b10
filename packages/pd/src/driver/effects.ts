// What a step asks its host to do, in this order: make `save` durable, then send `orders` and answer.
import type { Address } from "@multiraft/runtime";
import type { PdError } from "../pd-error.ts";
import type { PdOrder } from "../protocol/operator-step.ts";
import type { PdRecord } from "./pd-record.ts";

export type OutgoingOrder = { readonly to: Address<PdOrder>; readonly order: PdOrder };

export type PdEffects = {
  readonly save: PdRecord | undefined;
  readonly orders: readonly OutgoingOrder[];
  /** Undefined for mail that asks nothing. */
  readonly reply:
    | { readonly kind: "value"; readonly value: unknown }
    | { readonly kind: "fault"; readonly error: PdError }
    | undefined;
};
