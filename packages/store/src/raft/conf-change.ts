/**
 * A change of membership as it is proposed, and its byte form in a log entry.
 *
 * Layout: transition u8, flags u8 (1: a context follows), count u16, then per change its type u8
 * and the peer id as two u32 (high, low), then the context; big-endian. No bytes at all mean the
 * empty automatic change, which leaves a joint configuration: the leader proposes that one itself.
 */
import { assert } from "./assert.ts";
import type { Entry } from "./entry.ts";
import type { PeerId } from "./ids.ts";

/** `auto`: joint only if needed, left automatically; `implicit`: joint, left automatically. */
export type ConfChangeTransition = "auto" | "implicit" | "explicit";
export type ConfChangeType = "add-node" | "remove-node" | "update-node" | "add-learner-node";

export type ConfChangeSingle = { readonly type: ConfChangeType; readonly nodeId: PeerId };

export type ConfChange = {
  readonly transition: ConfChangeTransition;
  readonly changes: readonly ConfChangeSingle[];
  readonly context: Uint8Array | null;
};

const TRANSITIONS: readonly ConfChangeTransition[] = ["auto", "implicit", "explicit"];
const TYPES: readonly ConfChangeType[] = [
  "add-node",
  "remove-node",
  "update-node",
  "add-learner-node",
];

/**
 * Changes of one entry. A joint change replaces a handful of voters; the count field holds as many.
 */
export const CONF_CHANGES_MAX = 65_535;

const HEADER_BYTES = 4;
const CHANGE_BYTES = 9;
const HAS_CONTEXT = 1;
const HIGH_UNIT = 2 ** 32;

/** Leaves a joint configuration. */
export const LEAVE_JOINT: ConfChange = Object.freeze({
  transition: "auto",
  changes: Object.freeze([]),
  context: null,
});

export function makeConfChange(
  changes: readonly ConfChangeSingle[],
  transition: ConfChangeTransition = "auto",
  context: Uint8Array | null = null,
): ConfChange {
  return { transition, changes, context };
}

export function leavesJoint(change: ConfChange): boolean {
  return change.transition === "auto" && change.changes.length === 0;
}

/** One automatic change is a simple one; whatever else enters a joint configuration. */
export function entersJoint(change: ConfChange): boolean {
  return change.transition !== "auto" || change.changes.length > 1;
}

export function leavesAutomatically(change: ConfChange): boolean {
  return change.transition !== "explicit";
}

export function encodeConfChange(change: ConfChange): Uint8Array {
  const { changes, context } = change;
  assert(changes.length <= CONF_CHANGES_MAX, "too many changes for one entry");
  const contextAt = HEADER_BYTES + changes.length * CHANGE_BYTES;
  const bytes = new Uint8Array(contextAt + (context?.byteLength ?? 0));
  const view = new DataView(bytes.buffer);
  view.setUint8(0, TRANSITIONS.indexOf(change.transition));
  view.setUint8(1, context === null ? 0 : HAS_CONTEXT);
  view.setUint16(2, changes.length);
  let at = HEADER_BYTES;
  for (const { type, nodeId } of changes) {
    view.setUint8(at, TYPES.indexOf(type));
    view.setUint32(at + 1, Math.floor(nodeId / HIGH_UNIT));
    view.setUint32(at + 5, nodeId % HIGH_UNIT);
    at += CHANGE_BYTES;
  }
  if (context !== null) bytes.set(context, contextAt);
  return bytes;
}

export function decodeConfChange(data: Uint8Array | null): ConfChange {
  if (data === null || data.byteLength === 0) return LEAVE_JOINT;
  assert(data.byteLength >= HEADER_BYTES, "a conf change shorter than its header");
  const view = new DataView(data.buffer, data.byteOffset, data.byteLength);
  const transition = TRANSITIONS[view.getUint8(0)];
  assert(transition !== undefined, "a conf change of an unknown transition");
  const contextAt = HEADER_BYTES + view.getUint16(2) * CHANGE_BYTES;
  assert(data.byteLength >= contextAt, "a conf change shorter than its changes");
  const changes: ConfChangeSingle[] = [];
  for (let at = HEADER_BYTES; at < contextAt; at += CHANGE_BYTES)
    changes.push(decodeSingle(view, at));
  const context = view.getUint8(1) === HAS_CONTEXT ? data.slice(contextAt) : null;
  return { transition, changes, context };
}

function decodeSingle(view: DataView, at: number): ConfChangeSingle {
  const type = TYPES[view.getUint8(at)];
  assert(type !== undefined, "a conf change of an unknown type");
  const nodeId = view.getUint32(at + 1) * HIGH_UNIT + view.getUint32(at + 5);
  // Id 0 is legal here: such a change is carried and ignored.
  assert(Number.isSafeInteger(nodeId), "a conf change of a peer id out of range");
  return { type, nodeId: nodeId as PeerId };
}

/** The change an entry carries; undefined for a normal entry. */
export function confChangeOf(entry: Entry): ConfChange | undefined {
  return entry.type === "normal" ? undefined : decodeConfChange(entry.data);
}
