// Faults that a client reports. Each has a stable code; what a caller may try again is not among them.

export type ClientErrorCode =
  /** A key, value, range or option that no cluster would take; nothing was sent. */
  | "ERR_MULTIRAFT_CLIENT_ARGUMENT"
  /** The writes of a batch do not all lie in one region. Nothing was written. */
  | "ERR_MULTIRAFT_BATCH_ACROSS_REGIONS"
  /** Not done in time, and for certain without effect. The message says what was tried last. */
  | "ERR_MULTIRAFT_CLIENT_TIMEOUT"
  /** A write may or may not have taken effect: ask for its key to find out. */
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

export function wrongArgument(message: string): ClientError {
  return new ClientError("ERR_MULTIRAFT_CLIENT_ARGUMENT", message);
}
