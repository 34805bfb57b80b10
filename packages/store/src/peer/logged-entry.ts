// Raft's entries as the store's log keeps them, and back.

import { assert } from "@multiraft/runtime";
import type { LoggedEntry } from "../log/record.ts";
import { type Entry, type EntryType, makeEntry } from "../raft/index.ts";

/** The number of a type is its place here: written to disk, so only ever appended to. */
const ENTRY_TYPES: readonly EntryType[] = ["normal", "conf-change", "conf-change-v2"];
const NO_DATA = new Uint8Array(0);

export function toLogged({ index, term, type, data }: Entry): LoggedEntry {
  return { index, term, type: ENTRY_TYPES.indexOf(type), data: data ?? NO_DATA };
}

export function fromLogged({ index, term, type, data }: LoggedEntry): Entry {
  const name = ENTRY_TYPES[type];
  assert(name !== undefined, () => `entry ${index} of unknown type ${type}`);
  return makeEntry(term, index, name, data.byteLength === 0 ? null : data);
}
