// What comes with a message: its sender, the duty to reply, and bytes that it owns.
import type { AnyAddress } from "./address.ts";

/** A debt: whoever holds it owes `asker` one answer. Plain data; the lease of the holder owns it. */
export type ReplyToken = {
  readonly asker: AnyAddress;
  /** Number of the ask at the asker, never used again there. */
  readonly ask: number;
};

/**
 * Bytes in shared memory owned by exactly one holder at a time: the message in flight, then the actor
 * that took it. Releasing returns the block to the thread that allocated it.
 */
export interface Payload {
  readonly bytes: Uint8Array<SharedArrayBuffer>;
  readonly isReleased: boolean;
  /** Harmless when repeated. `bytes` must not be touched afterwards. */
  release(): void;
}

export interface Envelope {
  readonly from: AnyAddress | undefined;
  /** Present when the sender asked. Unanswered when the life ends, the asker is told so, once. */
  readonly reply: ReplyToken | undefined;
  /** Valid during `receive`; released after it unless taken. */
  readonly payload: Payload | undefined;
  /** Makes the receiver the owner of the payload beyond this turn. */
  takePayload(): Payload | undefined;
}
