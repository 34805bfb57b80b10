// All that a store's disk says, read from a copy of it: nothing of the store itself is touched.
import { Sfc32 } from "@multiraft/runtime";
import type { MemoryDisk } from "@multiraft/runtime/testing";
import type { Log } from "../../log/log.ts";
import type { RecoveredLife } from "../../log/log-mail.ts";
import { openLog } from "../../log/log-opening.ts";
import { recoverLog } from "../../log/recovery.ts";
import { segmentName } from "../../log/segment-name.ts";
import { openMemoryEngine } from "../../tablet/memory-engine.ts";
import type { TabletName } from "../../tablet/tablet.ts";
import { TabletError } from "../../tablet/tablet-error.ts";
import { TABLETS } from "../cluster/open-store.ts";

export const LOG = "/log";
const ALL = 1 << 30;
const CLOCK = { nowMs: () => 0, wallMs: () => 0 };

export type WholeDisk = {
  readonly logText: string;
  /** What it would say had its last frame been torn. */
  readonly logTextWithoutLastFrame: string;
  readonly lives: readonly RecoveredLife[];
  readonly tabletTextOf: (name: TabletName) => string | undefined;
};

/** @returns Undefined without a log. @throws What opening it throws. */
export function readDisk(disk: MemoryDisk): WholeDisk | undefined {
  if (!disk.exists(LOG)) return undefined;
  const copy = disk.copy();
  const last = lastFrameIn(disk.copy());
  if (last === undefined) return undefined;
  const { text, lives } = readLog(copy);
  const torn = disk.copy();
  torn.flipBit(last.path, last.offset, 0);
  return {
    logText: text,
    logTextWithoutLastFrame: readLog(torn).text,
    lives,
    tabletTextOf: (name) => tabletIn(copy, name)?.text,
  };
}

/** @returns Undefined without a log. @throws What opening it throws. */
export function logTextOn(disk: MemoryDisk): string | undefined {
  return disk.exists(LOG) ? readLog(disk.copy()).text : undefined;
}

/** @returns Undefined for one that does not open. */
export function tabletIn(
  disk: MemoryDisk,
  name: TabletName,
): { readonly text: string; readonly appliedIndex: number } | undefined {
  const engine = openMemoryEngine(disk, TABLETS);
  try {
    const tablet = engine.open(name);
    if (tablet instanceof Promise) throw new TypeError("a memory tablet opens at once");
    const { meta } = tablet;
    const pairs = tablet.scan({ start: "", end: "" } as never, ALL, ALL);
    tablet.close();
    const shown = pairs.map(({ key, value }) => `${key}=${Buffer.from(value).toString("hex")}`);
    return { text: JSON.stringify([meta, shown]), appliedIndex: meta.appliedIndex };
  } catch (error) {
    if (error instanceof TabletError) return undefined;
    throw error;
  } finally {
    engine.close();
  }
}

function lastFrameIn(
  disk: MemoryDisk,
): { readonly path: string; readonly offset: number } | undefined {
  const recovery = recoverLog(disk, LOG);
  const last = recovery?.segments.at(-1);
  for (const { file } of recovery?.segments ?? []) file.close();
  const offset = last?.frameOffsets.at(-1);
  if (last === undefined || offset === undefined) return undefined;
  return { path: `${LOG}/${segmentName(last.number)}`, offset };
}

function readLog(disk: MemoryDisk): {
  readonly text: string;
  readonly lives: readonly RecoveredLife[];
} {
  const log = openLog({ disk, clock: CLOCK, random: new Sfc32(1) }, LOG);
  try {
    const { tornBytes: _, ...said } = log.recovered();
    const entries = said.lives.map((life) => entriesOf(log, life));
    const order = (list: readonly object[]) => list.map((one) => JSON.stringify(one)).sort();
    const { identity, livesBelow, lives, tombstones, splits } = said;
    const text = [
      { identity, livesBelow },
      order(lives),
      order(tombstones),
      order(splits),
      entries,
    ];
    return { text: JSON.stringify(text), lives };
  } finally {
    log.close();
  }
}

function entriesOf(log: Log, { life, truncatedIndex, lastIndex }: RecoveredLife): string[] {
  const shown: string[] = [];
  for (let from = truncatedIndex + 1; from <= lastIndex; ) {
    const { entries } = log.readEntries(life, from as never, ALL);
    for (const { index, term, type, data } of entries)
      shown.push(`${index}:${term}:${type}:${Buffer.from(data).toString("hex")}`);
    from += Math.max(1, entries.length);
  }
  return shown;
}
