// Faults of the log: what a correct caller cannot mend. Each has a stable code.
import { segmentName } from "./segment-name.ts";

export type LogErrorCode =
  /** Bytes that had been synced are not what was written. */
  | "ERR_MULTIRAFT_LOG_CORRUPT"
  /** The directory was written by another version. Nothing in it was touched. */
  | "ERR_MULTIRAFT_LOG_VERSION"
  /** Bytes that are no records. */
  | "ERR_MULTIRAFT_LOG_RECORD"
  /** A write or a sync failed earlier: nothing is promised any more. */
  | "ERR_MULTIRAFT_LOG_FAILED"
  /** An append of the same sender never arrived, so that later ones cannot be acknowledged. */
  | "ERR_MULTIRAFT_LOG_GAP"
  /** The entries asked for are not in the log: truncated, or of a life that ended. */
  | "ERR_MULTIRAFT_LOG_COMPACTED";

export type LogPlace = { readonly segment: number; readonly offsetBytes: number };

export class LogError extends Error {
  override readonly name = "LogError";
  readonly code: LogErrorCode;
  /**
   * Where, if the fault is in the files. It is in the message too, which survives a thread
   * boundary.
   */
  readonly place: LogPlace | undefined;
  constructor(
    code: LogErrorCode,
    message: string,
    options?: ErrorOptions & { readonly place?: LogPlace },
  ) {
    super(message, options);
    this.code = code;
    this.place = options?.place;
  }
}

export function corrupt(place: LogPlace, what: string, options?: ErrorOptions): LogError {
  const message = `${segmentName(place.segment)}, offset ${place.offsetBytes}: ${what}`;
  return new LogError("ERR_MULTIRAFT_LOG_CORRUPT", message, { ...options, place });
}
