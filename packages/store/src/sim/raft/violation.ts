/** A broken promise of the Raft core, by the name of the invariant. */

export const INVARIANTS = [
  "one leader a term",
  "terms and votes never go back",
  "leaders only append",
  "logs match",
  "leaders are complete",
  "commits are backed by a quorum",
  "the commit index never falls",
  "one entry an index",
  "configurations agree",
  "only durable entries are applied",
  "promises follow durability",
  "reads are linearizable",
  "the group goes on when it is left alone",
  "the core's own assertions hold",
] as const;

export type Invariant = (typeof INVARIANTS)[number];

export class Violation extends Error {
  override readonly name = "Violation";
  readonly code = "ERR_MULTIRAFT_SIMULATION_VIOLATION";
  readonly invariant: Invariant;

  constructor(invariant: Invariant, message: string, options?: ErrorOptions) {
    super(message, options);
    this.invariant = invariant;
  }
}

/** The message is built only when the promise is broken: it is asked for at every step. */
export function promise(
  invariant: Invariant,
  holds: boolean,
  message: () => string,
): asserts holds {
  if (!holds) throw new Violation(invariant, message());
}
