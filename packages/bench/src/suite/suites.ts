// The suites by name.
import { mailboxSuite } from "./mailbox/mailbox.ts";
import { raftSuite } from "./raft/raft.ts";
import { snapshotSuite } from "./snapshot/snapshot.ts";
import type { Suite } from "./suite.ts";

export const SUITES: Readonly<Record<string, Suite>> = {
  mailbox: mailboxSuite,
  raft: raftSuite,
  snapshot: snapshotSuite,
};
