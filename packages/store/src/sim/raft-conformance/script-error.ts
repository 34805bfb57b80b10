/** A script that cannot be run as it is written: it fails whatever output it expects. */
export class ScriptError extends Error {
  override readonly name = "ScriptError";
  readonly code = "ERR_MULTIRAFT_CONFORMANCE_SCRIPT";
}
