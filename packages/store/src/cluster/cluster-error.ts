// Why a cluster is not started or not changed. Nothing of a refused directory was overwritten.

export type ClusterErrorCode =
  | "ERR_MULTIRAFT_CLUSTER_OPTION"
  /** Another process, or another cluster of this one, has the directory. */
  | "ERR_MULTIRAFT_CLUSTER_LOCKED"
  /** The directory was written by another version. */
  | "ERR_MULTIRAFT_CLUSTER_VERSION"
  /** The file that describes the cluster is not what was written. */
  | "ERR_MULTIRAFT_CLUSTER_DAMAGED"
  /** The directory holds something else. */
  | "ERR_MULTIRAFT_CLUSTER_FOREIGN"
  /** A store's files are not what was written. The message names the file and the place. */
  | "ERR_MULTIRAFT_STORE_DAMAGED"
  /** A store had data, and they are gone: under its old name it would break its promises. */
  | "ERR_MULTIRAFT_STORE_EMPTIED"
  | "ERR_MULTIRAFT_STORE_START"
  | "ERR_MULTIRAFT_PD_START"
  | "ERR_MULTIRAFT_NO_SUCH_STORE"
  /** The placement driver will not have it. */
  | "ERR_MULTIRAFT_CLUSTER_REFUSED"
  | "ERR_MULTIRAFT_CLUSTER_TIMEOUT"
  | "ERR_MULTIRAFT_CLUSTER_CLOSED";

export class ClusterError extends Error {
  override readonly name = "ClusterError";
  readonly code: ClusterErrorCode;
  constructor(code: ClusterErrorCode, message: string, options?: ErrorOptions) {
    super(message, options);
    this.code = code;
  }
}

export function wrongOption(message: string): ClusterError {
  return new ClusterError("ERR_MULTIRAFT_CLUSTER_OPTION", message);
}

/** The first cause within a cause: what an actor threw while it was made. */
export function rootOf(error: unknown): Error & { readonly code?: unknown } {
  let root = error instanceof Error ? error : new Error(String(error));
  // Errors that crossed a thread have a bounded chain of causes.
  while (root.cause instanceof Error) root = root.cause;
  return root;
}
