// Looks on from outside of every guard: what starts, ends and is handled, as it happens. Oracles
// are made of this, so that a guard that is switched off cannot hide what it let pass.
import type { AnyAddress } from "../actor/address.ts";
import type { MessageShape } from "../actor/definition.ts";

export type HandledMail = {
  readonly host: string;
  readonly actor: string;
  /** Whose handler is being entered. */
  readonly life: AnyAddress;
  /** Whom the sender meant; the life itself for its own mail. */
  readonly addressedTo: AnyAddress;
  /** Undefined for own mail. */
  readonly from: AnyAddress | undefined;
  readonly message: MessageShape;
  /** Of the payload; only during the call. */
  readonly bytes: Uint8Array | undefined;
};

/** Must not throw, and must not change the system but by steps of its own. */
export interface Onlooker {
  started?(host: string, life: AnyAddress, actor: string, args: unknown): void;
  /** The lease is released, or the host has crashed. */
  ended?(host: string, life: AnyAddress): void;
  /** Just before the handler is entered, or an ask that has expired is dropped. */
  handling?(mail: HandledMail): void;
}
