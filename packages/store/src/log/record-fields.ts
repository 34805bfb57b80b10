// Parts that several records share, each with its writer and its reader side by side. Brands are
// given here, where the bytes are decoded.
import type {
  Key,
  Peer,
  PeerId,
  PeerRole,
  Region,
  RegionEpoch,
  RegionId,
  StoreId,
} from "@multiraft/pd/protocol";
import type { LogIndex, Term } from "../raft/ids.ts";
import { type ByteReader, type ByteSink, malformed } from "./byte-codec.ts";
import type { HardState, Life, Tombstone } from "./record.ts";

type Identity = {
  readonly regionId: RegionId;
  readonly peerId: PeerId;
  readonly epoch: RegionEpoch;
};

export function writeIdentity(sink: ByteSink, identity: Identity): void {
  sink.u53(identity.regionId);
  sink.u53(identity.peerId);
  writeEpoch(sink, identity.epoch);
}

export function readIdentity(reader: ByteReader): Identity {
  return { regionId: readRegionId(reader), peerId: readPeerId(reader), epoch: readEpoch(reader) };
}

export function writeHardState(sink: ByteSink, hardState: HardState): void {
  sink.u53(hardState.term);
  sink.u53(hardState.vote);
  sink.u53(hardState.commit);
}

export function readHardState(reader: ByteReader): HardState {
  const term = readTerm(reader);
  const vote = reader.u53() as PeerId | 0;
  return { term, vote, commit: readIndex(reader) };
}

export function writeTombstone(sink: ByteSink, tombstone: Tombstone): void {
  sink.u53(tombstone.regionId);
  sink.u53(tombstone.peerId);
  writeEpoch(sink, tombstone.epoch);
  sink.u32(tombstone.removedPeerIds.length);
  for (const id of tombstone.removedPeerIds) sink.u53(id);
}

export function readTombstone(reader: ByteReader): Tombstone {
  const regionId = readRegionId(reader);
  const peerId = readPeerId(reader);
  const epoch = readEpoch(reader);
  const removedPeerIds: PeerId[] = [];
  for (let left = reader.u32(); left > 0; left -= 1) removedPeerIds.push(readPeerId(reader));
  return { regionId, peerId, epoch, removedPeerIds };
}

const ROLES = ["voter", "learner"] as const satisfies readonly PeerRole[];

export function writeRegion(sink: ByteSink, region: Region): void {
  sink.u53(region.id);
  sink.latin1(region.range.start);
  sink.latin1(region.range.end);
  writeEpoch(sink, region.epoch);
  sink.u32(region.peers.length);
  for (const peer of region.peers) {
    sink.u53(peer.id);
    sink.u53(peer.storeId);
    sink.u8(ROLES.indexOf(peer.role));
  }
}

export function readRegion(reader: ByteReader): Region {
  const id = readRegionId(reader);
  const range = { start: reader.latin1() as Key, end: reader.latin1() as Key };
  const epoch = readEpoch(reader);
  const peers: Peer[] = [];
  for (let left = reader.u32(); left > 0; left -= 1)
    peers.push({ id: readPeerId(reader), storeId: readStoreId(reader), role: readRole(reader) });
  return { id, range, epoch, peers };
}

function readRole(reader: ByteReader): PeerRole {
  const role = ROLES[reader.u8()];
  if (role === undefined) throw malformed("unknown role of a peer");
  return role;
}

function writeEpoch(sink: ByteSink, epoch: RegionEpoch): void {
  sink.u53(epoch.version);
  sink.u53(epoch.confVer);
}

function readEpoch(reader: ByteReader): RegionEpoch {
  return { version: reader.u53(), confVer: reader.u53() };
}

export function writeText(sink: ByteSink, text: string): void {
  const bytes = Buffer.from(text, "utf8");
  sink.u32(bytes.byteLength);
  sink.raw(bytes);
}

export function readText(reader: ByteReader): string {
  return Buffer.from(reader.raw(reader.u32())).toString("utf8");
}

export function readPositive(reader: ByteReader): number {
  const value = reader.u53();
  if (value === 0) throw malformed("0 is no id");
  return value;
}

export const readLife = (reader: ByteReader): Life => readPositive(reader) as Life;
export const readRegionId = (reader: ByteReader): RegionId => readPositive(reader) as RegionId;
export const readPeerId = (reader: ByteReader): PeerId => readPositive(reader) as PeerId;
export const readStoreId = (reader: ByteReader): StoreId => readPositive(reader) as StoreId;
export const readIndex = (reader: ByteReader): LogIndex => reader.u53() as LogIndex;
export const readTerm = (reader: ByteReader): Term => reader.u53() as Term;
