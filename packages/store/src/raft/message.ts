/**
 * Messages between peers, to and from the storage threads, and their constructors. All have one
 * shape and one hidden class, whatever their type: unused fields hold the type's zero. A message is
 * immutable.
 *
 * Fields beyond type, to, from and term, by type:
 * - MsgApp: index and logTerm of the entry before `entries`, commit
 * - MsgAppResp: index; refusing: reject, rejectHint, logTerm (the term at the hint); commit if
 *   reported
 * - MsgVote, MsgPreVote: index and logTerm of the last entry; context = TRANSFER_CONTEXT in a
 *   transfer
 *   both, and their refusals: commit and commitTerm if they are shared
 * - MsgHeartbeat: commit, context = read sequence; MsgHeartbeatResp: context; commit if reported
 * - MsgProp, MsgReadIndex: entries, term 0; MsgReadIndexResp: index, entries
 * - MsgStorageAppend: term, vote, commit (all 0 if unchanged), entries, snapshot, responses
 * - MsgStorageAppendResp: index and logTerm of the last entry written, snapshot
 * - MsgStorageApply: entries, responses; MsgStorageApplyResp: entries; both term 0
 */
import { type Entry, NO_ENTRIES } from "./entry.ts";
import { type LogIndex, NO_INDEX, NO_PEER, NO_TERM, type PeerId, type Term } from "./ids.ts";
import type { HardState, Snapshot } from "./storage.ts";

/** In this order since the numbers 0 to 23 of a byte format may be made from it. */
export const MESSAGE_TYPES = [
  "MsgHup",
  "MsgBeat",
  "MsgProp",
  "MsgApp",
  "MsgAppResp",
  "MsgVote",
  "MsgVoteResp",
  "MsgSnap",
  "MsgHeartbeat",
  "MsgHeartbeatResp",
  "MsgUnreachable",
  "MsgSnapStatus",
  "MsgCheckQuorum",
  "MsgTransferLeader",
  "MsgTimeoutNow",
  "MsgReadIndex",
  "MsgReadIndexResp",
  "MsgPreVote",
  "MsgPreVoteResp",
  "MsgStorageAppend",
  "MsgStorageAppendResp",
  "MsgStorageApply",
  "MsgStorageApplyResp",
  "MsgForgetLeader",
] as const;

export type MessageType = (typeof MESSAGE_TYPES)[number];
export type VoteRequestType = "MsgVote" | "MsgPreVote";
export type VoteResponseType = "MsgVoteResp" | "MsgPreVoteResp";

export type Message = {
  readonly type: MessageType;
  readonly to: PeerId;
  readonly from: PeerId;
  readonly term: Term;
  readonly logTerm: Term;
  readonly index: LogIndex;
  readonly entries: readonly Entry[];
  readonly commit: LogIndex;
  readonly commitTerm: Term;
  readonly vote: PeerId;
  readonly snapshot: Snapshot | null;
  readonly reject: boolean;
  readonly rejectHint: LogIndex;
  readonly context: number;
  readonly responses: readonly Message[];
};

/**
 * Marks the vote request of a leadership transfer: the old leader agreed, so leases do not bind.
 */
export const TRANSFER_CONTEXT = 1;
export const NO_CONTEXT = 0;

const NO_RESPONSES: readonly Message[] = Object.freeze([]);

type Draft = { -readonly [Field in keyof Message]: Message[Field] };

/** The one place where a message object is made. */
function draft(type: MessageType, to: PeerId, from: PeerId, term: Term): Draft {
  return {
    type,
    to,
    from,
    term,
    logTerm: NO_TERM,
    index: NO_INDEX,
    entries: NO_ENTRIES,
    commit: NO_INDEX,
    commitTerm: NO_TERM,
    vote: NO_PEER,
    snapshot: null,
    reject: false,
    rejectHint: NO_INDEX,
    context: NO_CONTEXT,
    responses: NO_RESPONSES,
  };
}

/** A message of given fields, the others zero: for codecs and tests. */
export function makeMessage(fields: Partial<Message> & { readonly type: MessageType }): Message {
  return Object.assign(draft(fields.type, NO_PEER, NO_PEER, NO_TERM), fields);
}

/** The same message on its way to somebody else, its sender and term set anew. */
export function redirect(message: Message, to: PeerId, from: PeerId, term: Term): Message {
  return Object.assign(draft(message.type, to, from, term), message, { to, from, term });
}

/** Who sends and in which term: every message of a peer starts from these. */
export type Sender = { readonly id: PeerId; readonly term: Term };

/** An entry by its place: two logs that have it in common are equal up to it (Raft paper §5.3). */
export type Place = { readonly index: LogIndex; readonly term: Term };
export const NO_PLACE: Place = Object.freeze({ index: NO_INDEX, term: NO_TERM });

export function plainMessage(type: MessageType, sender: Sender, to: PeerId): Message {
  return draft(type, to, sender.id, sender.term);
}

export function appendMessage(
  sender: Sender,
  to: PeerId,
  previous: Place,
  entries: readonly Entry[],
  commit: LogIndex,
): Message {
  const message = draft("MsgApp", to, sender.id, sender.term);
  message.index = previous.index;
  message.logTerm = previous.term;
  message.entries = entries;
  message.commit = commit;
  return message;
}

export function appendAck(
  sender: Sender,
  to: PeerId,
  index: LogIndex,
  reportedCommit: LogIndex,
): Message {
  const message = draft("MsgAppResp", to, sender.id, sender.term);
  message.index = index;
  message.commit = reportedCommit;
  return message;
}

export function appendRefusal(sender: Sender, to: PeerId, index: LogIndex, hint: Place): Message {
  const message = draft("MsgAppResp", to, sender.id, sender.term);
  message.index = index;
  message.reject = true;
  message.rejectHint = hint.index;
  message.logTerm = hint.term;
  return message;
}

export function heartbeat(sender: Sender, to: PeerId, commit: LogIndex, context: number): Message {
  const message = draft("MsgHeartbeat", to, sender.id, sender.term);
  message.commit = commit;
  message.context = context;
  return message;
}

export function heartbeatAck(
  sender: Sender,
  to: PeerId,
  context: number,
  reportedCommit: LogIndex,
): Message {
  const message = draft("MsgHeartbeatResp", to, sender.id, sender.term);
  message.context = context;
  message.commit = reportedCommit;
  return message;
}

export function voteRequest(
  type: VoteRequestType,
  sender: Sender,
  to: PeerId,
  last: Place,
  committed: Place,
  context: number,
): Message {
  const message = draft(type, to, sender.id, sender.term);
  message.index = last.index;
  message.logTerm = last.term;
  message.commit = committed.index;
  message.commitTerm = committed.term;
  message.context = context;
  return message;
}

export function voteGrant(type: VoteResponseType, sender: Sender, to: PeerId): Message {
  return draft(type, to, sender.id, sender.term);
}

export function voteRefusal(
  type: VoteResponseType,
  sender: Sender,
  to: PeerId,
  committed: Place,
): Message {
  const message = draft(type, to, sender.id, sender.term);
  message.reject = true;
  message.commit = committed.index;
  message.commitTerm = committed.term;
  return message;
}

export function snapshotMessage(sender: Sender, to: PeerId, snapshot: Snapshot): Message {
  const message = draft("MsgSnap", to, sender.id, sender.term);
  message.snapshot = snapshot;
  return message;
}

/** Proposals and read requests carry no term: whoever leads when they arrive may take them. */
export function request(
  type: "MsgProp" | "MsgReadIndex",
  to: PeerId,
  from: PeerId,
  entries: readonly Entry[],
): Message {
  const message = draft(type, to, from, NO_TERM);
  message.entries = entries;
  return message;
}

export function readIndexResponse(
  sender: Sender,
  to: PeerId,
  index: LogIndex,
  entries: readonly Entry[],
): Message {
  const message = draft("MsgReadIndexResp", to, sender.id, sender.term);
  message.index = index;
  message.entries = entries;
  return message;
}

export function storageAppend(
  from: PeerId,
  to: PeerId,
  hardState: HardState | null,
  entries: readonly Entry[],
  snapshot: Snapshot | null,
  responses: readonly Message[],
): Message {
  const message = draft("MsgStorageAppend", to, from, hardState?.term ?? NO_TERM);
  message.vote = hardState?.vote ?? NO_PEER;
  message.commit = hardState?.commit ?? NO_INDEX;
  message.entries = entries;
  message.snapshot = snapshot;
  message.responses = responses;
  return message;
}

export function storageAppendAck(
  thread: PeerId,
  to: PeerId,
  term: Term,
  last: Place,
  snapshot: Snapshot | null,
): Message {
  const message = draft("MsgStorageAppendResp", to, thread, term);
  message.index = last.index;
  message.logTerm = last.term;
  message.snapshot = snapshot;
  return message;
}

export function storageApply(
  from: PeerId,
  to: PeerId,
  entries: readonly Entry[],
  responses: readonly Message[],
): Message {
  const message = draft("MsgStorageApply", to, from, NO_TERM);
  message.entries = entries;
  message.responses = responses;
  return message;
}

export function storageApplyAck(thread: PeerId, to: PeerId, entries: readonly Entry[]): Message {
  const message = draft("MsgStorageApplyResp", to, thread, NO_TERM);
  message.entries = entries;
  return message;
}

/** Inputs that only the own process may give: refused when they come from another peer. */
export function isLocalType(type: MessageType): boolean {
  switch (type) {
    case "MsgHup":
    case "MsgBeat":
    case "MsgUnreachable":
    case "MsgSnapStatus":
    case "MsgCheckQuorum":
    case "MsgStorageAppend":
    case "MsgStorageAppendResp":
    case "MsgStorageApply":
    case "MsgStorageApplyResp":
      return true;
    default:
      return false;
  }
}

/** Answers: meaningless from somebody who is not in the configuration. */
export function isResponseType(type: MessageType): boolean {
  switch (type) {
    case "MsgAppResp":
    case "MsgVoteResp":
    case "MsgHeartbeatResp":
    case "MsgUnreachable":
    case "MsgReadIndexResp":
    case "MsgPreVoteResp":
    case "MsgStorageAppendResp":
    case "MsgStorageApplyResp":
      return true;
    default:
      return false;
  }
}

/** A promise about durable state: leaves only after all that was unstable before it is durable. */
export function isAfterPersistType(type: MessageType): boolean {
  return type === "MsgAppResp" || type === "MsgVoteResp" || type === "MsgPreVoteResp";
}

export function responseTypeOf(type: VoteRequestType): VoteResponseType {
  return type === "MsgVote" ? "MsgVoteResp" : "MsgPreVoteResp";
}
