// Faults of the placement driver that a caller cannot mend by trying again.

export type PdErrorCode =
  | "ERR_MULTIRAFT_PD_REQUEST" // a request that no correct caller makes
  | "ERR_MULTIRAFT_PD_VERSION" // the directory was written by another version
  | "ERR_MULTIRAFT_PD_MISSING" // the record that the cluster was begun with is gone
  | "ERR_MULTIRAFT_PD_DAMAGED"; // what the directory holds is not what was written

export class PdError extends Error {
  override readonly name = "PdError";
  readonly code: PdErrorCode;
  constructor(code: PdErrorCode, message: string, options?: ErrorOptions) {
    super(message, options);
    this.code = code;
  }
}
