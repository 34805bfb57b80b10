export type { PeerContent } from "./peer/content-digest.ts";
export type { MailMatch, NetworkRule } from "./testing/network.ts";
export { type PollOptions, settled } from "./testing/settled.ts";
export { type HeldMail, TestCluster, type TestClusterOptions } from "./testing/test-cluster.ts";
export { RAFT_MAIL_LAYOUT, type RaftToGate } from "./transport/raft-mail-layout.ts";
