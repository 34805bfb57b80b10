// Faults that a client reports. Each has a stable code; what a caller may try again is not among them.

export type ClientErrorCode =
  /** A key, value, range or option that no cluster would take; nothing was sent. */
  | "ERR_MULTIRAFT_CLIENT_ARGUMENT"
  /** The writes of a batch do not all lie in one region. Nothing was written. */
  | "ERR_MULTIRAFT_BATCH_ACROSS_REGIONS"
  /** Not done in time, and for certain without effect. The message says what was tried last. */
  | "ERR_MULTIRAFT_CLIENT_TIMEOUT"
  /** A write, or a part of a batch, may or may not have taken effect: ask for its keys to find out. */
  | "ERR_MULTIRAFT_OUTCOME_UNKNOWN"
  /** The cluster will not do it, however often it is asked. */
  | "ERR_MULTIRAFT_REFUSED"
  | "ERR_MULTIRAFT_CLIENT_CLOSED";

export class ClientError extends Error {
  override readonly name = "ClientError";
  readonly code: ClientErrorCode;
  constructor(code: ClientErrorCode, message: string, options?: ErrorOptions) {
    super(message, options);
    this.code = code;
  }
}

/** What they say of a call that an earlier part of it has made untrue. */
const WITHOUT_EFFECT: readonly ClientErrorCode[] = [
  "ERR_MULTIRAFT_CLIENT_TIMEOUT",
  "ERR_MULTIRAFT_BATCH_ACROSS_REGIONS",
  "ERR_MULTIRAFT_REFUSED",
];

/** What a call ends with of which an earlier part has, or may have, taken effect. @param done Says so. */
export function afterEffect(error: unknown, done: string): unknown {
  if (!(error instanceof ClientError) || !WITHOUT_EFFECT.includes(error.code)) return error;
  const message = `${done}; then: ${error.message}`;
  return new ClientError("ERR_MULTIRAFT_OUTCOME_UNKNOWN", message, { cause: error });
}

export function wrongArgument(message: string): ClientError {
  return new ClientError("ERR_MULTIRAFT_CLIENT_ARGUMENT", message);
}
