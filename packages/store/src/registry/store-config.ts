// What every actor of a store is told at its start. Plain data: it travels to other threads.

import type { PdMail, StoreId } from "@multiraft/pd/protocol";
import type { Address } from "@multiraft/runtime";
import type { LogMail } from "../log/log-mail.ts";
import type { PeerTuning } from "../peer/tuning.ts";
import type { GovernorMail } from "../snapshot/governor-mail.ts";

/**
 * The four remedies, each of which a test build can take out to see its oracle speak. In production
 * all stand.
 */
export type Remedies = {
  /** One creation path: a split hands its children to the one door and replaces nobody. */
  readonly oneDoor: boolean;
  /** The replica's state is checked when a snapshot is offered, handled and installed. */
  readonly snapshotChecks: boolean;
  /** An entry of the registry is changed only by the life that owns it. */
  readonly entryOwnership: boolean;
};

export const ALL_REMEDIES: Remedies = {
  oneDoor: true,
  snapshotChecks: true,
  entryOwnership: true,
};

/**
 * The name under which a registry or replica holds its store's tablets. Whoever stops the store finds by
 * it who is left, however it came into being.
 */
export function heldByStore(id: StoreId): string {
  return `tablets of store ${id}`;
}

/**
 * Bound of the mailboxes of a store's actors. Intents, routes and notices share them with requests of
 * clients and are not sent again: they must find room when clients are many.
 */
export const STORE_MAILBOX_MESSAGES_MAX = 65_536;

export type StoreConfig = {
  readonly clusterId: string;
  readonly storeId: StoreId;
  /** How often the store has been opened in this process, this time included. */
  readonly opening: number;
  /** Threads that replicas are spread over, one gate on each; empty: the registry's own. */
  readonly threads: readonly number[];
  readonly engine: "lmdb" | "memory";
  /** Where tablets live; undefined keeps everything in memory. */
  readonly tabletDirectory: string | undefined;
  readonly log: Address<LogMail>;
  readonly pd: Address<PdMail>;
  /** Grants slots and bytes to the snapshots of this store. */
  readonly governor: Address<GovernorMail>;
  readonly tuning: PeerTuning;
  readonly remedies: Remedies;
};
