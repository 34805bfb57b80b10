/** What the core says of its own decisions, as far as the report of a run counts it. */
import type { TraceEvent } from "../../raft/index.ts";
import type { Covered } from "./coverage.ts";

export function covers(event: TraceEvent): Covered | undefined {
  switch (event.kind) {
    case "vote-withheld":
      return "votes withheld";
    case "vote-ignored-in-lease":
      return "votes ignored in a lease";
    case "committed-by-vote":
      return "commits by a vote";
    case "stable-ack-of-older-term":
    case "stable-entry-mismatch":
      return "stale storage answers";
    case "conflict-found":
      return "log tails replaced";
    case "quorum-inactive":
      return "quorums lost";
    case "leader-forgotten":
      return "leaders forgotten";
    case "timeout-now-received":
      return "transfers";
    case "snapshot-unavailable":
      return "snapshots unavailable";
    case "role-changed":
      return event.role === "pre-candidate" ? "pre-votes" : undefined;
    default:
      return undefined;
  }
}
