// Records in short, a log on a disk, and all that a log holds as one text.
import type { PeerId, RegionEpoch, RegionId, StoreId } from "@multiraft/pd/protocol";
import { keyFromText } from "@multiraft/pd/protocol";
import { type Disk, Sfc32 } from "@multiraft/runtime";
import type { Log } from "../../src/log/log.ts";
import type { RecoveredLife, RecoveredLog } from "../../src/log/log-mail.ts";
import { type LogOptions, openLog as openLogAt } from "../../src/log/log-opening.ts";
import type {
  Generation,
  HardState,
  Life,
  LoggedEntry,
  LogRecord,
  SplitChild,
} from "../../src/log/record.ts";
import { encodeRecords } from "../../src/log/record-codec.ts";
import type { LogIndex, Term } from "../../src/raft/ids.ts";

export const DIRECTORY = "/store/log";

/** A few frames a segment, each of a few sectors. */
export const SMALL: LogOptions = { segmentBytes: 4_096, deadRatioMax: 0.4 };

export const life = (raw: number): Life => raw as Life;
export const index = (raw: number): LogIndex => raw as LogIndex;
export const term = (raw: number): Term => raw as Term;
export const epoch = (version: number, confVer: number): RegionEpoch => ({ version, confVer });

export const block = (below: number): LogRecord => ({ kind: "life-block", below: life(below) });

export function admit(number: number): LogRecord {
  const regionId = (100 + number) as RegionId;
  return {
    kind: "life",
    life: life(number),
    regionId,
    peerId: number as PeerId,
    epoch: epoch(1, 1),
  };
}

export function state(termNumber: number, vote: number, commit: number): HardState {
  return { term: term(termNumber), vote: vote as PeerId | 0, commit: index(commit) };
}

export function hardState(number: number, value: HardState): LogRecord {
  return { kind: "hard-state", life: life(number), hardState: value };
}

export function entry(at: number, termNumber: number, bytes: number): LoggedEntry {
  const data = new Uint8Array(bytes).fill((at * 31 + termNumber) & 0xff);
  return { index: index(at), term: term(termNumber), type: at % 3, data };
}

export function entries(
  number: number,
  from: number,
  to: number,
  termNumber = 1,
  bytes = 10,
): LogRecord {
  const list = Array.from({ length: to - from + 1 }, (_, at) =>
    entry(from + at, termNumber, bytes),
  );
  return { kind: "entries", life: life(number), entries: list };
}

export function truncate(number: number, at: number, termNumber = 1): LogRecord {
  return { kind: "truncate", life: life(number), index: index(at), term: term(termNumber) };
}

export function install(
  number: number,
  generation: number,
  at: number,
  value: HardState,
): LogRecord {
  return {
    kind: "install",
    life: life(number),
    generation: generation as Generation,
    index: index(at),
    term: value.term,
    hardState: value,
  };
}

export function tombstone(number: number, removed: readonly number[] = []): LogRecord {
  const removedPeerIds = removed as readonly PeerId[];
  const regionId = (100 + number) as RegionId;
  const value = { regionId, peerId: number as PeerId, epoch: epoch(1, 2), removedPeerIds };
  return { kind: "tombstone", life: life(number), tombstone: value };
}

export function child(regionId: number): SplitChild {
  const range = { start: keyFromText(`k${regionId}`), end: keyFromText(`k${regionId + 1}`) };
  const peers = [{ id: 7 as PeerId, storeId: 1 as StoreId, role: "voter" as const }];
  return {
    region: { id: regionId as RegionId, range, epoch: epoch(2, 1), peers },
    peerId: 7 as PeerId,
  };
}

export function split(parent: number, at: number, ...children: readonly number[]): LogRecord {
  return {
    kind: "split",
    parentLife: life(parent),
    index: index(at),
    children: children.map(child),
  };
}

export function splitDone(parent: number, at: number, regionId: number): LogRecord {
  const childRegionId = regionId as RegionId;
  return { kind: "split-done", parentLife: life(parent), index: index(at), childRegionId };
}

export function openLog(disk: Disk, options: LogOptions = SMALL, directory = DIRECTORY): Log {
  const clock = { nowMs: () => 0, wallMs: () => 0 };
  return openLogAt({ disk, clock, random: new Sfc32(1) }, directory, options);
}

export function append(log: Log, ...records: readonly LogRecord[]): void {
  log.append(encodeRecords(records));
}

export type LifeContent = RecoveredLife & { readonly entries: readonly LoggedEntry[] };

/** All that a committed log says, entries included. */
export function contentOf(log: Log): string {
  const { tornBytes: _, lives, ...rest } = log.recovered();
  return textOf({
    ...rest,
    lives: lives.map((each) => ({ ...each, entries: entriesOf(log, each) })),
  });
}

/** In no order of its own, so that equal contents are equal texts. */
export function textOf(
  content: Omit<RecoveredLog, "lives" | "tornBytes"> & { readonly lives: readonly LifeContent[] },
): string {
  const { identity, livesBelow, lives, tombstones, splits } = content;
  const lines = (list: readonly object[]) => list.map((each) => JSON.stringify(each)).sort();
  return [
    JSON.stringify({ identity, livesBelow }),
    ...lines(
      lives.map(({ entries: list, ...each }) => ({ ...each, entries: list.map(entryText) })),
    ),
    ...lines(tombstones),
    ...lines(splits),
  ].join("\n");
}

const entryText = ({ index: at, term: of, type, data }: LoggedEntry): string =>
  `${at}:${of}:${type}:${Buffer.from(data).toString("hex")}`;

function entriesOf(log: Log, recovered: RecoveredLife): readonly LoggedEntry[] {
  const { life: of, truncatedIndex, lastIndex } = recovered;
  if (truncatedIndex === lastIndex) return [];
  const reply = log.readEntries(of, index(truncatedIndex + 1), 1 << 20);
  if (!reply.isLast || reply.entries.length !== lastIndex - truncatedIndex)
    throw new Error(`entries of life ${of} are not all there`);
  return reply.entries;
}
