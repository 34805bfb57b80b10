// What a round of the raft suite is asked to measure.

export type ProposalJob = {
  readonly kind: "proposals" | "proposal-bytes" | "plain-logs";
  readonly groups: number;
  readonly proposals: number;
  readonly batch: number;
  readonly payloadBytes: number;
};

export type TickJob = {
  readonly kind:
    | "idle-followers"
    | "idle-leaders"
    | "idle-mixed"
    | "tick-bytes"
    | "heartbeats"
    | "plain-counters"
    | "replica-bytes";
  readonly replicas: number;
  /** How often all replicas are ticked. */
  readonly ticks: number;
};

export type WireJob = {
  readonly kind: "wire-layout" | "wire-msgpackr";
  readonly messages: number;
  /** None: a heartbeat. */
  readonly entries: number;
  readonly payloadBytes: number;
};

export type RaftJob = ProposalJob | TickJob | WireJob;
