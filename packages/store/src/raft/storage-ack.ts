/**
 * What the storage threads report. Durability lets entries leave the unstable log; application lets
 * the leader leave a joint configuration and frees its room for proposals.
 */
import { ENTRY_HEADER_BYTES, lastEntry, makeEntry, sumEntryBytes } from "./entry.ts";
import { type LogIndex, maxIndex, NO_INDEX, NO_TERM } from "./ids.ts";
import type { Message } from "./message.ts";
import { propose, releaseUncommitted } from "./propose.ts";
import type { Raft } from "./raft-state.ts";
import type { Snapshot } from "./storage.ts";

export function onStorageAppended(raft: Raft, message: Message): void {
  if (message.index > 0) raft.log.unstable.stableTo(message.index, message.logTerm);
  if (message.snapshot !== null) onSnapshotApplied(raft, message.snapshot);
}

/** A snapshot holds committed state, so it is valid in every later term. */
export function onSnapshotApplied(raft: Raft, snapshot: Snapshot): void {
  raft.log.unstable.stableSnapshotTo(snapshot.index);
  appliedTo(raft, snapshot.index, 0);
}

export function onStorageApplied(raft: Raft, { entries }: Message): void {
  if (entries.length === 0) return;
  const bytes = sumEntryBytes(entries);
  appliedTo(raft, lastEntry(entries).index, bytes);
  const payloadBytes = bytes - ENTRY_HEADER_BYTES * entries.length;
  if (raft.role.name === "leader") releaseUncommitted(raft.role, payloadBytes);
}

/** A snapshot may have overtaken batches that were under way: the index then stays. */
function appliedTo(raft: Raft, index: LogIndex, bytes: number): void {
  raft.log.appliedTo(maxIndex(index, raft.log.applied), bytes);
  leaveJointAutomatically(raft);
}

/** Proposed again whenever entries are applied, until one attempt is in the log and pending. */
function leaveJointAutomatically(raft: Raft): void {
  const { role, log, tracker } = raft;
  if (role.name !== "leader" || !tracker.confState.autoLeave) return;
  if (log.applied < role.pendingConfIndex) return;
  const { confState } = tracker;
  const entry = makeEntry(NO_TERM, NO_INDEX, "conf-change-v2", null);
  const refusal = propose(raft, role, [entry]);
  raft.trace?.({ kind: "auto-leave", confState, refusal });
}
