// The address of one life of one actor. An address is given once: a restart, a respawn or a reused
// slot has another incarnation, so that nothing sent to an earlier life can reach a later one.
import { assert } from "../assert.ts";

/** What an address accepts; exists for the compiler only. */
declare const takes: unique symbol;

/**
 * Plain data, so that it survives any encoding. `slot` indexes the routing table; `incarnation` is new
 * at every spawn of that slot. Two addresses name the same life when both numbers are equal.
 */
export type Address<Message = never> = {
  readonly slot: number;
  readonly incarnation: number;
  readonly [takes]?: (message: Message) => void;
};

/** An address of which nothing is known but where it points. Every address can be seen as one. */
export type AnyAddress = Address<never>;

export function toAddress<Message>(slot: number, incarnation: number): Address<Message> {
  assert(Number.isInteger(slot) && slot >= 0, () => `slot out of range: ${slot}`);
  assert(
    Number.isInteger(incarnation) && incarnation > 0,
    () => `incarnation out of range: ${incarnation}`,
  );
  return { slot, incarnation };
}

export function sameAddress(a: AnyAddress, b: AnyAddress): boolean {
  return a.slot === b.slot && a.incarnation === b.incarnation;
}
