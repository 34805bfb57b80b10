// What a client needs of the world: somebody who asks actors, the way to the cluster, and time and
// chance. Small, so that the same client runs on worker threads and on the manual platform.
import type { PdMail, StoreId } from "@multiraft/pd/protocol";
import type { Address, AskOptions, Clock, MessageShape, Random, ReplyOf } from "@multiraft/runtime";
import type { GateMail } from "../transport/gate-mail.ts";

export interface Asker {
  /** Rejects with an `AskError`. */
  ask<To extends MessageShape, Kind extends To["kind"]>(
    to: Address<To>,
    message: NoInfer<To> & { readonly kind: Kind },
    options: AskOptions,
  ): Promise<ReplyOf<Extract<To, { readonly kind: Kind }>>>;
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
