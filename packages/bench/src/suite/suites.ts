// The suites by name.
import { kvSuite } from "./kv/kv.ts";
import { mailboxSuite } from "./mailbox/mailbox.ts";
import { raftSuite } from "./raft/raft.ts";
import { scaleSuite } from "./scale/scale.ts";
import { snapshotSuite } from "./snapshot/snapshot.ts";
import type { Suite } from "./suite.ts";

export const SUITES: Readonly<Record<string, Suite>> = {
  kv: kvSuite,
  mailbox: mailboxSuite,
  raft: raftSuite,
  scale: scaleSuite,
  snapshot: snapshotSuite,
};
