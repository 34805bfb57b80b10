// Which thread owns an address, and why mail to it is dropped. What a sender reads here is a hint that
// saves work: only the owner of the slot decides, when it takes the mail.
import { DROP_REASONS, type DropReason } from "../actor/outcome.ts";
import { assert } from "../assert.ts";

/**
 * - `open`: the life takes mail. `closed`: the slot is still its own, its mailbox is not (`tombstone`).
 * - `free`: the life has ended and released all it held; the slot waits for its next incarnation.
 */
export type RouteState = "open" | "closed" | "free";

/** At least 0: the owner thread. Below 0: `~index` of a reason in `DROP_REASONS`. No allocation. */
export type Route = number;

export function dropRoute(reason: DropReason): Route {
  return ~DROP_REASONS.indexOf(reason);
}

/** @param route Below 0. */
export function dropReasonOf(route: Route): DropReason {
  const reason = DROP_REASONS[~route];
  assert(reason !== undefined, "a route that is no drop was asked for its reason");
  return reason;
}

/** The table as one thread sees it: everybody reads, the owner of a slot alone publishes. */
export interface RoutingTable {
  lookUp(slot: number, incarnation: number): Route;
  /**
   * The thread that gives out this slot, whatever its state: system mail goes to closed lives too.
   * Below 0 when nobody does (`vacant`) or that thread has died (`thread-dead`).
   */
  ownerOf(slot: number): Route;
  publish(slot: number, incarnation: number, state: RouteState): void;
  /** The last number given in this slot, 0 before the first: a successor thread goes on above it. */
  lastIncarnation(slot: number): number;
}
