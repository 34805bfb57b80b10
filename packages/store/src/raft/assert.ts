/**
 * Assertions of the Raft core, checked in production: a failed one means that this code, its
 * storage or its caller broke the contract, and the replica must stop rather than go on with a
 * wrong state.
 */
export class RaftInvariantError extends Error {
  override readonly name = "RaftInvariantError";
  readonly code = "ERR_MULTIRAFT_RAFT_INVARIANT";
}

/** A lazy message keeps the text's cost out of the path on which the condition holds. */
export function assert(holds: boolean, message: string | (() => string)): asserts holds {
  if (!holds) throw new RaftInvariantError(typeof message === "string" ? message : message());
}

/** The default branch of an exhaustive switch: a new member of the union fails to compile there. */
export function unreachable(value: never): never {
  throw new RaftInvariantError(`no branch for ${JSON.stringify(value)}`);
}
