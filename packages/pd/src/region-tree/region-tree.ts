// The map of the key space, made of the leaders' reports. Regions in it never overlap; a report
// replaces only what is not newer than itself, whatever order reports arrive in. The acceptance
// rules are those of TiKV's placement driver: versions are compared with all regions that overlap,
// `confVer` and term with the same region only.
import type { RegionHeartbeat } from "../protocol/heartbeat.ts";
import type { RegionId, StoreId } from "../protocol/ids.ts";
import {
  EMPTY_KEY,
  isBelowEnd,
  type Key,
  type KeyRange,
  rangeContains,
  rangeCovers,
} from "../protocol/key.ts";
import type { HeartbeatRejection } from "../protocol/pd-mail.ts";
import { isEpochStale, type Region } from "../protocol/region.ts";
import { entryOf, isDecisionChanged, type RegionEntry, unreportedEntry } from "./region-entry.ts";
import { SortedChunks } from "./sorted-chunks.ts";
import { type StoreCounts, StoreCountsTable } from "./store-counts.ts";

export type ReportResult =
  | {
      readonly kind: "accepted";
      readonly entry: RegionEntry;
      /** Something that a decision looks at differs from the report before. */
      readonly isChanged: boolean;
      /**
       * Other regions whose whole range it has taken: merged away. One that lost a part is not among
       * them; it was split, and is unknown until it reports what it has kept.
       */
      readonly goneIds: readonly RegionId[];
      /** Overlapped in part: what they have kept is not known until they report. */
      readonly cutIds: readonly RegionId[];
    }
  | { readonly kind: "rejected"; readonly reason: HeartbeatRejection };

export class RegionTree {
  readonly #byStart = new SortedChunks<RegionEntry>();
  readonly #byId = new Map<RegionId, RegionEntry>();
  readonly #counts = new StoreCountsTable();
  #gaps = 1;

  get size(): number {
    return this.#byId.size;
  }

  /** Places where the key space is not covered: 0 when every key has a region. */
  get gaps(): number {
    return this.#gaps;
  }

  byId(id: RegionId): RegionEntry | undefined {
    return this.#byId.get(id);
  }

  byKey(key: Key): RegionEntry | undefined {
    const entry = this.#byStart.floor(key);
    return entry !== undefined && rangeContains(entry.region.range, key) ? entry : undefined;
  }

  /** At most `limit` in key order, beginning with the one that holds `key`, or the next above. */
  scan(key: Key, limit: number): RegionEntry[] {
    const found: RegionEntry[] = [];
    for (const entry of this.#byStart.from(this.byKey(key)?.region.range.start ?? key)) {
      if (found.length >= limit) break;
      found.push(entry);
    }
    return found;
  }

  countsOf(storeId: StoreId): StoreCounts {
    return this.#counts.of(storeId);
  }

  /** The first region of a new cluster, before anybody reports it. */
  begin(region: Region): void {
    this.#place(unreportedEntry(region), []);
  }

  report(report: RegionHeartbeat): ReportResult {
    const before = this.#byId.get(report.region.id);
    // Regions never overlap, so what has the range of before lies over nothing else.
    const isWhereItWas = before !== undefined && sameRange(before.region, report.region);
    const overlapping = isWhereItWas ? [before] : this.#overlapping(report.region.range);
    const reason = rejection(report, before, overlapping);
    if (reason !== undefined) return { kind: "rejected", reason };
    const entry = entryOf(report, before);
    const overlapped = overlapping.filter((other) => other.region.id !== report.region.id);
    this.#place(entry, before === undefined ? overlapped : [...overlapped, before]);
    const { range } = report.region;
    const isGone = (other: RegionEntry) => rangeCovers(range, other.region.range);
    const goneIds = overlapped.filter(isGone).map((other) => other.region.id);
    const cutIds = overlapped.filter((one) => !isGone(one)).map((other) => other.region.id);
    const isChanged = isDecisionChanged(before, entry);
    return { kind: "accepted", entry, isChanged, goneIds, cutIds };
  }

  #overlapping(range: KeyRange): RegionEntry[] {
    const found: RegionEntry[] = [];
    for (const entry of this.#byStart.from(
      this.byKey(range.start)?.region.range.start ?? range.start,
    )) {
      if (!isBelowEnd(entry.region.range.start, range.end)) break;
      found.push(entry);
    }
    return found;
  }

  /** Puts `entry` where `replaced` were. One that had the same range is the common case. */
  #place(entry: RegionEntry, replaced: readonly RegionEntry[]): void {
    const [first] = replaced;
    if (first !== undefined && replaced.length === 1 && sameRange(first.region, entry.region)) {
      this.#byId.delete(first.region.id);
      this.#counts.count(first, -1);
    } else {
      for (const old of replaced) this.#unlink(old);
      this.#gaps -= this.#gapsWithout(entry);
    }
    this.#byStart.set(entry.region.range.start, entry);
    this.#byId.set(entry.region.id, entry);
    this.#counts.count(entry, 1);
  }

  #unlink(entry: RegionEntry): void {
    this.#byStart.delete(entry.region.range.start);
    this.#byId.delete(entry.region.id);
    this.#counts.count(entry, -1);
    this.#gaps += this.#gapsWithout(entry);
  }

  /** How many more gaps there are without `entry` between its neighbours. It is not linked now. */
  #gapsWithout(entry: RegionEntry): number {
    const { start, end } = entry.region.range;
    const below = this.#byStart.lower(start);
    const above = end === EMPTY_KEY ? undefined : this.#byStart.from(end).next().value;
    return gapBetween(below, above) - gapBetween(below, entry) - gapBetween(entry, above);
  }
}

function rejection(
  report: RegionHeartbeat,
  before: RegionEntry | undefined,
  overlapping: readonly RegionEntry[],
): HeartbeatRejection | undefined {
  const { epoch } = report.region;
  if (before !== undefined && report.term < before.term) return "stale-term";
  if (before !== undefined && isEpochStale(epoch, before.region.epoch)) return "stale-epoch";
  const isBehind = overlapping.some((other) => other.region.epoch.version > epoch.version);
  return isBehind ? "stale-range" : undefined;
}

function sameRange(a: Region, b: Region): boolean {
  return a.range.start === b.range.start && a.range.end === b.range.end;
}

/** 1 when keys between two neighbours belong to nobody; the ends of the key space are neighbours too. */
function gapBetween(before: RegionEntry | undefined, after: RegionEntry | undefined): 0 | 1 {
  const coveredTo = before === undefined ? EMPTY_KEY : before.region.range.end;
  if (after === undefined) return before !== undefined && coveredTo === EMPTY_KEY ? 0 : 1;
  return coveredTo === after.region.range.start ? 0 : 1;
}
