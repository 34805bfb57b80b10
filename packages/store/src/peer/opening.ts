// Brings back what a replica has on disk: its tablet, and the tail of its log in pages. A replica that
// never had anything opens at once.
import type { Lease } from "@multiraft/runtime";
import type { RecoveredLife } from "../log/log-mail.ts";
import {
  type ConfState,
  EMPTY_CONF_STATE,
  type Entry,
  type HardState,
  type LogIndex,
  NO_PEER,
  type PeerId,
  type Snapshot,
} from "../raft/index.ts";
import type { Tablet, TabletEngine } from "../tablet/tablet.ts";
import { formatTabletName } from "../tablet/tablet-name.ts";
import type { AsyncWork } from "./async-work.ts";
import { fromLogged } from "./logged-entry.ts";
import type { PeerArgs, PeerMail } from "./peer-mail.ts";
import { ReplicaLog } from "./replica-log.ts";

export type OpenedReplica =
  | {
      readonly kind: "opened";
      readonly tablet: Tablet | undefined;
      readonly log: (
        confState: ConfState | undefined,
        snapshotFor: (to: PeerId) => Snapshot | "temporarily-unavailable",
      ) => ReplicaLog;
    }
  | { readonly kind: "failed"; readonly reason: string };

/** Entries asked for at once: a page fits the mail between threads. */
const PAGE_BYTES = 256 * 1024;
const READ_TIMEOUT_MS = 600_000;

/** @param lease Of the life: holds the tablet until it is handed over. */
export function openReplica(
  { config, origin }: PeerArgs,
  lease: Lease,
  engine: TabletEngine,
  work: AsyncWork<PeerMail>,
  done: (opened: OpenedReplica) => void,
): void {
  if (origin.kind === "new") {
    done({
      kind: "opened",
      tablet: undefined,
      log: (_, snapshotFor) => ReplicaLog.empty(snapshotFor),
    });
    return;
  }
  const { recovered } = origin;
  openTablet(recovered, engine, work, (tablet, failure) => {
    const damage = failure ?? damageBetween(recovered, tablet);
    if (damage !== undefined) {
      tablet?.close();
      return done({ kind: "failed", reason: damage });
    }
    let isHandedOver = false;
    const held = lease.hold("tablet of a replica that is opened", () => {
      if (!isHandedOver) tablet?.close();
    });
    readEntries(config.log, recovered, work, (entries, reason) => {
      if (reason !== undefined) {
        held.release();
        return done({ kind: "failed", reason });
      }
      done({
        kind: "opened",
        tablet,
        log: (confState, snapshotFor) =>
          new ReplicaLog({
            hardState: hardStateOf(recovered, tablet?.meta.appliedIndex),
            confState: confState ?? EMPTY_CONF_STATE,
            base: { index: recovered.truncatedIndex, term: recovered.truncatedTerm },
            entries,
            snapshotFor,
          }),
      });
      isHandedOver = true;
      held.release();
    });
  });
}

function openTablet(
  { regionId, life, generation }: RecoveredLife,
  engine: TabletEngine,
  work: AsyncWork<PeerMail>,
  done: (tablet: Tablet | undefined, failure: string | undefined) => void,
): void {
  if (generation === 0) return done(undefined, undefined);
  work.perform(
    "open tablet",
    () => engine.open({ regionId, life, generation }),
    (outcome) => {
      if (outcome.kind === "failed") done(undefined, outcome.error.message);
      else done(outcome.value, undefined);
    },
    (tablet) => tablet.close(),
  );
}

/**
 * The log is truncated up to what the tablet has durably, and the tablet has nothing that the log did not have
 * durably before: whatever a crash leaves, the log begins where the tablet ends or earlier.
 */
function damageBetween(
  { truncatedIndex, lastIndex }: RecoveredLife,
  tablet: Tablet | undefined,
): string | undefined {
  if (tablet === undefined) return undefined;
  const { appliedIndex } = tablet.meta;
  if (appliedIndex >= truncatedIndex && appliedIndex <= lastIndex) return undefined;
  const name = formatTabletName(tablet.name);
  return `tablet ${name} ends with entry ${appliedIndex}, its log has ${truncatedIndex + 1} to ${lastIndex}`;
}

function readEntries(
  log: PeerArgs["config"]["log"],
  { life, truncatedIndex, lastIndex }: RecoveredLife,
  work: AsyncWork<PeerMail>,
  done: (entries: readonly Entry[], failure: string | undefined) => void,
): void {
  const entries: Entry[] = [];
  const next = () => {
    const fromIndex = (truncatedIndex + entries.length + 1) as LogIndex;
    if (fromIndex > lastIndex) return done(entries, undefined);
    const ask = { kind: "read-entries" as const, life, fromIndex, bytesMax: PAGE_BYTES };
    work.ask(log, ask, { timeoutMs: READ_TIMEOUT_MS }, (outcome) => {
      if (outcome.kind === "failed") return done([], outcome.error.message);
      if (outcome.value.entries.length === 0) return done([], "the log lost entries");
      for (const entry of outcome.value.entries) entries.push(fromLogged(entry));
      next();
    });
  };
  next();
}

/**
 * The commit index is a hint. What was applied was committed, whether or not it says so; and it may speak
 * of entries that were written after it and did not survive.
 */
function hardStateOf(
  { hardState: { term, vote, commit }, lastIndex }: RecoveredLife,
  applied: LogIndex | undefined,
): HardState | null {
  const known = Math.max(Math.min(commit, lastIndex), applied ?? 0) as LogIndex;
  if (term === 0 && vote === 0 && known === 0) return null;
  return { term, vote: vote === 0 ? NO_PEER : vote, commit: known };
}
