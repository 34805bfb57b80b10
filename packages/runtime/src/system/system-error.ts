// What the system throws and rejects with, beside the failures of asks. The codes are stable.

export type SystemErrorCode =
  /** The system has been closed, or is being closed. */
  | "ERR_MULTIRAFT_SYSTEM_CLOSED"
  /** `create` threw (the cause says what), its module could not be loaded, or its thread has died. */
  | "ERR_MULTIRAFT_SPAWN"
  /** A thread could not be started; the cause says why. */
  | "ERR_MULTIRAFT_THREAD_START"
  /** No actor thread has this number. */
  | "ERR_MULTIRAFT_NO_SUCH_THREAD"
  /** The thread died before it answered. */
  | "ERR_MULTIRAFT_THREAD_DEAD"
  /** A thread did not answer the control plane in time: it is busy or stuck. */
  | "ERR_MULTIRAFT_CONTROL_TIMEOUT"
  /** A thread could not be ended: it does not leave native code, or a job. */
  | "ERR_MULTIRAFT_THREAD_STUCK"
  /** An option has no sense. */
  | "ERR_MULTIRAFT_OPTION";

export class SystemError extends Error {
  override readonly name = "SystemError";
  readonly code: SystemErrorCode;
  constructor(code: SystemErrorCode, message: string, options?: ErrorOptions) {
    super(message, options);
    this.code = code;
  }
}
