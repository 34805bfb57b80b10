// What can go wrong with a tablet beyond this code: damage, absence, a disk that fails or is full.

export type TabletErrorCode =
  | "ERR_MULTIRAFT_TABLET_MISSING"
  | "ERR_MULTIRAFT_TABLET_CORRUPT"
  /** A commit failed: nothing of it is durable, and nothing more will be until the tablet is reopened. */
  | "ERR_MULTIRAFT_TABLET_COMMIT_FAILED"
  /** No copy of the files could be written; the tablet itself is as it was. */
  | "ERR_MULTIRAFT_TABLET_COPY_FAILED"
  /** So many environments are in use that one more would exhaust the descriptors of the process. */
  | "ERR_MULTIRAFT_TABLET_EXHAUSTED";

export class TabletError extends Error {
  override readonly name = "TabletError";
  readonly code: TabletErrorCode;
  constructor(code: TabletErrorCode, message: string, options?: ErrorOptions) {
    super(message, options);
    this.code = code;
  }
}
