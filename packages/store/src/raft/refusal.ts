/**
 * Why an input was not taken. These are expected: a caller retries, redirects or gives up.
 * `undefined` means that the input was taken, not that it will succeed.
 */

/**
 * Proposals. Only the last is cured by waiting for the own queue; the others need another leader.
 */
export type ProposalRefusal =
  | "no-leader"
  | "forwarding-disabled"
  | "not-a-member"
  | "transfer-in-progress"
  | "uncommitted-limit";

export type Refusal =
  | ProposalRefusal
  /** A type that only the own process may give came from a peer. */
  | "local-message"
  /** A response of somebody who is not in the configuration. */
  | "unknown-peer"
  | "read-queue-full";

export function isProposalRefusal(refusal: Refusal): refusal is ProposalRefusal {
  switch (refusal) {
    case "local-message":
    case "unknown-peer":
    case "read-queue-full":
      return false;
    default:
      return true;
  }
}
