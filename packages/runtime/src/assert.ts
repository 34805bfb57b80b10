// Invariants stay on in production: a failed one means that this code is wrong. The actor stops and
// says so, and nobody catches it to carry on.

/** Thrown by a broken invariant, never by bad input. */
export class InvariantError extends Error {
  override readonly name = "InvariantError";
  readonly code = "ERR_MULTIRAFT_INVARIANT";
}

/** @param message Constant, or lazy where building it costs: this stands on hot paths. */
export function assert(holds: boolean, message: string | (() => string)): asserts holds {
  if (!holds) throw new InvariantError(typeof message === "string" ? message : message());
}

/** The default branch of an exhaustive switch: a new case fails to compile here. */
export function unreachable(value: never): never {
  throw new InvariantError(`unreachable value: ${JSON.stringify(value)}`);
}
