// The suites by name.
import { mailboxSuite } from "./mailbox/mailbox.ts";
import { raftSuite } from "./raft/raft.ts";
import type { Row } from "./row.ts";
import { snapshotSuite } from "./snapshot/snapshot.ts";

export type SuiteOptions = {
  readonly isQuick: boolean;
  /** Scratch space on the disk to be measured. */
  readonly directory: string;
};

export type Announce = (name: string, done: number, total: number) => void;
export type Suite = (options: SuiteOptions, announce: Announce) => Promise<readonly Row[]>;

export const SUITES: Readonly<Record<string, Suite>> = {
  mailbox: ({ isQuick }, announce) =>
    mailboxSuite(
      isQuick
        ? { messages: 20_000, asks: 500, rounds: 3 }
        : { messages: 500_000, asks: 20_000, rounds: 7 },
      announce,
    ),
  raft: ({ isQuick }, announce) =>
    raftSuite(
      isQuick
        ? { groups: 50, proposals: 12_800, replicas: 300, ticks: 1_000, rounds: 1 }
        : { groups: 1_000, proposals: 256_000, replicas: 10_000, ticks: 200, rounds: 3 },
      announce,
    ),
  snapshot: ({ isQuick, directory }, announce) =>
    snapshotSuite(
      isQuick
        ? { userBytes: 4e6, rounds: 1, threads: 2, directory }
        : { userBytes: 64e6, rounds: 3, threads: 2, directory },
      announce,
    ),
};
