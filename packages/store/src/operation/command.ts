// What a Raft entry of a region says, as bytes. Every replica decodes the same bytes and decides the
// same from its own applied state, refusals included.

import type { Key, PeerId, Region, RegionEpoch, RegionId } from "@multiraft/pd/protocol";
import { assert } from "@multiraft/runtime";
import type { MembershipChange } from "../region/membership.ts";
import type { SplitCut } from "../region/split.ts";
import type { Write } from "../tablet/tablet.ts";
import { ByteReader, ByteWriter } from "./bytes.ts";

export type Command =
  /** Atomic. Refused unless the version is the one it was made for and all keys are inside. */
  | { readonly kind: "write"; readonly version: number; readonly writes: readonly Write[] }
  /** Decided where it is applied, by what all entries before it have left there. */
  | ({ readonly kind: "compare-and-swap"; readonly version: number } & CompareAndSwap)
  | { readonly kind: "split"; readonly epoch: RegionEpoch; readonly cuts: readonly SplitCut[] }
  /** Carried as the context of a configuration change. */
  | {
      readonly kind: "membership";
      readonly epoch: RegionEpoch;
      readonly change: MembershipChange;
    }
  /** These removed peers have confirmed that they are gone: the list of reminders shrinks. */
  | { readonly kind: "confirm-removed"; readonly peerIds: readonly PeerId[] };

/** Undefined stands for a key that is not there, as what is expected and as what is to be. */
export type CompareAndSwap = {
  readonly key: Key;
  readonly expected: Uint8Array | undefined;
  readonly value: Uint8Array | undefined;
};

/** Largest entry: an append of one entry must fit the largest slab with room for the message. */
export const COMMAND_BYTES_MAX = 768 * 1024;

const KIND = {
  write: 1,
  split: 2,
  membership: 3,
  "confirm-removed": 4,
  "compare-and-swap": 5,
} as const;
const CHANGE = { "add-learner": 1, "promote-learner": 2, "remove-peer": 3 } as const;

export function encodeCommand(command: Command): Uint8Array {
  const out = new ByteWriter(expectedBytes(command));
  out.u8(KIND[command.kind]);
  switch (command.kind) {
    case "write":
      out.u32(command.version);
      encodeWrites(out, command.writes);
      break;
    case "compare-and-swap":
      out.u32(command.version);
      out.key(command.key);
      encodePresence(out, command.expected);
      encodePresence(out, command.value);
      break;
    case "split":
      encodeEpoch(out, command.epoch);
      out.u32(command.cuts.length);
      for (const cut of command.cuts) {
        out.key(cut.key);
        out.id(cut.regionId);
        encodeIds(out, cut.peerIds);
      }
      break;
    case "membership":
      encodeEpoch(out, command.epoch);
      encodeChange(out, command.change);
      break;
    case "confirm-removed":
      encodeIds(out, command.peerIds);
      break;
  }
  return out.finish();
}

/** Values are views of `bytes`, which is immutable from here on. */
export function decodeCommand(bytes: Uint8Array): Command {
  const input = new ByteReader(bytes);
  const kind = input.u8();
  switch (kind) {
    case KIND.write:
      return { kind: "write", version: input.u32(), writes: decodeWrites(input) };
    case KIND["compare-and-swap"]: {
      const [version, key] = [input.u32(), input.key()];
      const expected = decodePresence(input);
      return { kind: "compare-and-swap", version, key, expected, value: decodePresence(input) };
    }
    case KIND.split:
      return { kind: "split", epoch: decodeEpoch(input), cuts: decodeCuts(input) };
    case KIND.membership:
      return { kind: "membership", epoch: decodeEpoch(input), change: decodeChange(input) };
    case KIND["confirm-removed"]:
      return { kind: "confirm-removed", peerIds: decodeIds(input) };
    default:
      throw new RangeError(`entry of unknown kind ${kind}`);
  }
}

function expectedBytes(command: Command): number {
  if (command.kind === "write") return writeBytes(command.writes);
  if (command.kind !== "compare-and-swap") return 256;
  const { key, expected, value } = command;
  return 32 + key.length + (expected?.byteLength ?? 0) + (value?.byteLength ?? 0);
}

function writeBytes(writes: readonly Write[]): number {
  let bytes = 16;
  for (const write of writes)
    bytes += 7 + write.key.length + (write.kind === "put" ? write.value.byteLength : 0);
  return bytes;
}

function encodeWrites(out: ByteWriter, writes: readonly Write[]): void {
  out.u32(writes.length);
  for (const write of writes) {
    out.u8(write.kind === "put" ? 1 : 0);
    out.key(write.key);
    if (write.kind === "put") out.bytes(write.value);
  }
}

function decodeWrites(input: ByteReader): Write[] {
  const writes: Write[] = [];
  for (let left = input.u32(); left > 0; left -= 1) {
    const isPut = input.u8() === 1;
    const key = input.key();
    writes.push(isPut ? { kind: "put", key, value: input.bytes() } : { kind: "delete", key });
  }
  return writes;
}

function encodePresence(out: ByteWriter, value: Uint8Array | undefined): void {
  out.u8(value === undefined ? 0 : 1);
  if (value !== undefined) out.bytes(value);
}

function decodePresence(input: ByteReader): Uint8Array | undefined {
  return input.u8() === 1 ? input.bytes() : undefined;
}

function encodeEpoch(out: ByteWriter, epoch: RegionEpoch): void {
  out.u32(epoch.version);
  out.u32(epoch.confVer);
}

function decodeEpoch(input: ByteReader): RegionEpoch {
  return { version: input.u32(), confVer: input.u32() };
}

function encodeIds(out: ByteWriter, ids: readonly number[]): void {
  out.u32(ids.length);
  for (const id of ids) out.id(id);
}

function decodeIds(input: ByteReader): PeerId[] {
  return Array.from({ length: input.u32() }, () => input.id() as PeerId);
}

function decodeCuts(input: ByteReader): SplitCut[] {
  return Array.from({ length: input.u32() }, () => {
    const key: Key = input.key();
    return { key, regionId: input.id() as RegionId, peerIds: decodeIds(input) };
  });
}

function encodeChange(out: ByteWriter, change: MembershipChange): void {
  out.u8(CHANGE[change.kind]);
  if (change.kind === "add-learner") {
    out.id(change.peer.id);
    out.id(change.peer.storeId);
  } else out.id(change.peerId);
}

function decodeChange(input: ByteReader): MembershipChange {
  const kind = input.u8();
  const peerId = input.id() as PeerId;
  switch (kind) {
    case CHANGE["add-learner"]: {
      const storeId = input.id() as Region["peers"][number]["storeId"];
      return { kind: "add-learner", peer: { id: peerId, storeId, role: "learner" } };
    }
    case CHANGE["promote-learner"]:
      return { kind: "promote-learner", peerId };
    default:
      assert(kind === CHANGE["remove-peer"], () => `membership change of unknown kind ${kind}`);
      return { kind: "remove-peer", peerId };
  }
}
