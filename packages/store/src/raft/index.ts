/**
 * The Raft core: pure, deterministic, and importing nothing from outside this folder. Behaviour of
 * etcd's raft with asynchronous storage writes; what goes beyond it is a switch in `config.ts`.
 * ARCHITECTURE.md has its map: each file with its invariant, and the way of a proposal through them.
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
