// Why the placement driver leaves a region or a store as it is although it wants something else.
// Shown by `status`, so that a drain that does not move always explains itself.

export type Obstacle =
  | "scheduling-off"
  | "not-prepared" // too few regions are known since the start
  | "leader-unknown"
  | "learner-pending" // a replica on its way is waited for, not doubled
  | "no-store" // every store has a replica already, or is not up
  | "store-silent" // only stores that are not heard from could take it
  | "receiver-busy" // as many snapshots as allowed go to every store that could take it
  | "sender-busy" // as many snapshots as allowed come from the leader's store
  | "operator-limit"
  | "quorum-at-risk" // a removal now would leave too few healthy voters
  | "no-leader-candidate" // no healthy voter could take the leadership
  | "regions-unreported"; // parts of the key space are not known, so a store cannot be called empty
