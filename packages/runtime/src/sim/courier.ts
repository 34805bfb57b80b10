// What lies between hosts, if a simulation wants more there than a wire without length: each piece of mail
// from one host to another is given to a courier, who says when it arrives, or that it never will.
import type { Pending } from "./pending.ts";

export type Delivery =
  | { readonly kind: "at-once" }
  /** From `dueMs` on its arrival is a step as any other. `inOrder`: none of its pair overtakes it. */
  | { readonly kind: "later"; readonly dueMs: number; readonly inOrder: boolean }
  /** As by a full lane: its sender is told nothing, who asks learns it. */
  | { readonly kind: "lost" };

/**
 * @param fromHost Where it was sent. @param mail On its way; `host` is where it goes.
 * @param bytes Of its payload, the very ones that will arrive: a bad wire may change them.
 */
export type Courier = (
  fromHost: string,
  mail: Pending & { readonly kind: "mail" },
  bytes: Uint8Array | undefined,
) => Delivery;

export const AT_ONCE: Delivery = { kind: "at-once" };
