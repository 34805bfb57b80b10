// What can go wrong with a tablet beyond this code: damage, absence, use after the owner let go.

export type TabletErrorCode =
  | "ERR_MULTIRAFT_TABLET_MISSING"
  | "ERR_MULTIRAFT_TABLET_CORRUPT"
  | "ERR_MULTIRAFT_TABLET_CLOSED";

export class TabletError extends Error {
  override readonly name = "TabletError";
  readonly code: TabletErrorCode;
  constructor(code: TabletErrorCode, message: string, options?: ErrorOptions) {
    super(message, options);
    this.code = code;
  }
}
