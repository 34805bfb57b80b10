// What a client needs of the world: somebody who asks actors, the way to the cluster, and time and
// chance. Small, so that the same client runs on worker threads and on the manual platform.
import type { PdMail, StoreId } from "@multiraft/pd/protocol";
import {
  ActorError,
  type Address,
  type AskOptions,
  type Clock,
  type MessageShape,
  type Random,
  type ReplyOf,
} from "@multiraft/runtime";
import type { GateMail } from "../transport/gate-mail.ts";

export interface Asker {
  /** Rejects with an `AskError`, or with what `wasNotAsked` knows. */
  ask<To extends MessageShape, Kind extends To["kind"]>(
    to: Address<To>,
    message: NoInfer<To> & { readonly kind: Kind },
    options: AskOptions,
  ): Promise<ReplyOf<Extract<To, { readonly kind: Kind }>>>;
}

/** This process has as much under way as it may: nothing was sent. */
export function wasNotAsked(error: unknown): error is ActorError {
  return error instanceof ActorError && error.code === "ERR_MULTIRAFT_OWN_MAIL_FULL";
}

export type ClientDoor = {
  readonly asker: Asker;
  /** As it is now: both change when the placement driver or a store is opened again. */
  readonly pd: () => Address<PdMail> | undefined;
  readonly gatesOf: (storeId: StoreId) => readonly Address<GateMail>[] | undefined;
  readonly clock: Pick<Clock, "nowMs">;
  readonly random: Random;
  /** Resolves after `delayMs`; early, without a throw, when `signal` aborts. */
  readonly delay: (delayMs: number, signal: AbortSignal | undefined) => Promise<void>;
};
