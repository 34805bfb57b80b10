/** Peers, disks and entries that never were: what the tests of the oracles show them. */
import {
  type ConfState,
  EMPTY_CONF_STATE,
  type Entry,
  type LogIndex,
  makeEntry,
  type PeerId,
  type RoleName,
  type Term,
} from "../../../raft/index.ts";
import type { DiskView, NodeView } from "./views.ts";

export const at = (raw: number) => raw as LogIndex;
export const peerId = (raw: number) => raw as PeerId;

export type ForgedNode = {
  readonly id?: number;
  readonly term?: number;
  readonly vote?: number;
  readonly role?: RoleName;
  readonly commit?: number;
  /** Terms of its log from index 1. */
  readonly log?: readonly number[];
  readonly voters?: readonly number[];
};

export function forgeNode(forged: ForgedNode): NodeView {
  const { id = 1, term = 1, vote = 0, role = "follower", commit = 0, log = [] } = forged;
  return {
    id: peerId(id),
    term: term as Term,
    vote: peerId(vote),
    role,
    commitIndex: at(commit),
    lastIndex: at(log.length),
    confState: forgeConfState(forged.voters ?? [1, 2, 3]),
    termAt: (index) => log[index - 1] ?? "unavailable",
  };
}

export function forgeConfState(voters: readonly number[]): ConfState {
  return { ...EMPTY_CONF_STATE, voters: voters.map(peerId) };
}

/** @param log Terms of the durable entries from index 1. */
export function forgeDisk(term: number, vote = 0, log: readonly number[] = []): DiskView {
  return {
    hardState: { term, vote },
    stores: (index, entryTerm) => log[index - 1] === entryTerm,
  };
}

export function forgeEntry(index: number, term: number, byte = 0): Entry {
  return makeEntry(term as Term, at(index), "normal", new Uint8Array([byte]));
}
