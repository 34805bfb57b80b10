/**
 * The Raft core: pure, deterministic, and importing nothing from outside this folder. Behaviour of
 * etcd's raft with asynchronous storage writes; what goes beyond it is a switch in `config.ts`.
 *
 * The door
 *   raft-node.ts      one peer as its owner sees it: inputs in, Readys out
 *   config.ts         how a peer is set up; limits and their reasons
 *   ready.ts          what the owner has to do next; storage work and its responses
 *   storage.ts        what the core reads of the durable state; memory-storage.ts is one in memory
 *   message.ts        messages between peers and storage threads, one shape for all
 *   status.ts, trace.ts, refusal.ts   what it tells of itself, of its decisions, and why it refuses
 *   role-name.ts      the roles by name; assert.ts broken invariants
 *
 * Log
 *   ids.ts, entry.ts  branded numbers; entries and how their size is measured
 *   log.ts            the log as one sequence; unstable.ts its tail that is not durable
 *   apply-window.ts   committed entries on their way to be applied
 *
 * Peers and quorums
 *   conf-state.ts     who belongs to a group; conf-change.ts a change; reconfigure.ts its rules
 *   progress.ts       what the leader knows of one peer; inflights.ts the appends under way to it
 *   tracker.ts        the active configuration with all progress; quorum.ts majorities
 *   membership.ts     what follows when a configuration becomes active
 *
 * Protocol, each on `raft-state.ts`
 *   step.ts           every message: terms first; then step-leader, step-follower, step-candidate
 *   tick.ts           the passing of time
 *   roles.ts          changes of role; election.ts campaigns and votes
 *   propose.ts, replicate.ts, acknowledge.ts, commit.ts   the leader's side of replication
 *   append.ts, restore.ts   the follower's side: appends, heartbeats, snapshots
 *   read-index.ts     linearizable reads; read-queue.ts those that wait
 *   transfer.ts       handing leadership over
 *   storage-ack.ts    what the storage threads report
 */
export { RaftInvariantError } from "./assert.ts";
export {
  type ConfChange,
  type ConfChangeSingle,
  type ConfChangeTransition,
  type ConfChangeType,
  confChangeOf,
  decodeConfChange,
  encodeConfChange,
  LEAVE_JOINT,
  makeConfChange,
} from "./conf-change.ts";
export {
  allMembers,
  allVoters,
  type ConfState,
  EMPTY_CONF_STATE,
  isJoint,
  isMember,
  isVoter,
  normalizeConfState,
} from "./conf-state.ts";
export { type RaftConfig, RaftConfigError, type ReadMode } from "./config.ts";
export {
  ENTRY_HEADER_BYTES,
  type Entry,
  type EntryType,
  entryBytes,
  limitEntries,
  makeEntry,
  NO_ENTRIES,
  payloadBytes,
  sumEntryBytes,
} from "./entry.ts";
export {
  APPEND_THREAD,
  APPLY_THREAD,
  isStorageThread,
  type LogIndex,
  NO_INDEX,
  NO_PEER,
  NO_TERM,
  type PeerId,
  type Term,
  toLogIndex,
  toPeerId,
  toTerm,
} from "./ids.ts";
export { MemoryStorage } from "./memory-storage.ts";
export {
  isAfterPersistType,
  isLocalType,
  isResponseType,
  MESSAGE_TYPES,
  type Message,
  type MessageType,
  makeMessage,
  type Place,
  TRANSFER_CONTEXT,
} from "./message.ts";
export type { Flow, Progress } from "./progress.ts";
export { RaftNode } from "./raft-node.ts";
export type { ReadState } from "./raft-state.ts";
export type { Ready, SoftState } from "./ready.ts";
export { type Reconfigured, type ReconfigureRefusal, reconfigure } from "./reconfigure.ts";
export { isProposalRefusal, type ProposalRefusal, type Refusal } from "./refusal.ts";
export type { RoleName } from "./role-name.ts";
export type { ProgressStatus, Status } from "./status.ts";
export {
  EMPTY_HARD_STATE,
  type EntriesLookup,
  type HardState,
  isEmptyHardState,
  type RaftStorage,
  type Snapshot,
  type TermLookup,
} from "./storage.ts";
export type { TraceEvent, TraceSink } from "./trace.ts";
