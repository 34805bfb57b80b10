// Replicas of a region that have applied equally far hold the same data. Read from the disks, past
// every actor, when the system is at rest.
import type { RegionId } from "@multiraft/pd/protocol";
import type { Disk } from "@multiraft/runtime";
import { openMemoryEngine } from "../../tablet/memory-engine.ts";
import type { Tablet, TabletEngine, TabletMeta, TabletName } from "../../tablet/tablet.ts";
import { TabletError } from "../../tablet/tablet-error.ts";
import { formatTabletName } from "../../tablet/tablet-name.ts";

export type TabletOnDisk = {
  readonly store: number;
  readonly name: TabletName;
  readonly meta: TabletMeta;
  /** Of the region's range only: what a split left behind counts for nothing. */
  readonly pairs: readonly string[];
};

const ALL = 1_000_000;
const NONE: ReadonlySet<string> = new Set();

/**
 * Simulated tablets are small. @param except Names of those that are not looked at.
 * @param isSwept The store has read its log, and removed what nobody refers to: none is half made any more.
 */
export function tabletsOn(
  store: number,
  disk: Disk,
  directory: string,
  except: ReadonlySet<string> = NONE,
  isSwept = true,
): TabletOnDisk[] {
  const engine = openMemoryEngine(disk, directory);
  try {
    return engine.list().flatMap((name) => {
      if (except.has(formatTabletName(name))) return [];
      const tablet = openIfThere(engine, name, isSwept);
      if (tablet === undefined) return [];
      const { meta } = tablet;
      const pairs = tablet
        .scan(meta.region.range, ALL, ALL)
        .map(({ key, value }) => `${key}=${Buffer.from(value).toString("hex")}`);
      tablet.close();
      return [{ store, name, meta, pairs }];
    });
  } finally {
    engine.close();
  }
}

/** Undefined for one that a power cut left half made, with its file or without: its store sweeps it when it opens. */
function openIfThere(engine: TabletEngine, name: TabletName, isSwept: boolean): Tablet | undefined {
  try {
    const tablet = engine.open(name);
    if (tablet instanceof Promise) throw new TypeError("a memory tablet opens at once");
    return tablet;
  } catch (error) {
    if (!(error instanceof TabletError)) throw error;
    if (error.code === "ERR_MULTIRAFT_TABLET_MISSING") return undefined;
    if (error.code === "ERR_MULTIRAFT_TABLET_CORRUPT" && !isSwept) return undefined;
    throw error;
  }
}

/** What differs; undefined when nothing does. */
export function findDifference(tablets: readonly TabletOnDisk[]): string | undefined {
  const seen = new Map<string, TabletOnDisk>();
  for (const tablet of tablets) {
    const { key, text } = regionStateOf(tablet);
    const other = seen.get(key) ?? tablet;
    seen.set(key, other);
    if (regionStateOf(other).text !== text)
      return `${key}: store ${other.store} and store ${tablet.store} differ`;
  }
  return undefined;
}

function regionOf({ name }: TabletOnDisk): RegionId {
  return name.regionId as RegionId;
}

/** Equal keys demand equal texts, on whatever stores and whenever. */
export function regionStateOf(tablet: TabletOnDisk): {
  readonly key: string;
  readonly text: string;
} {
  const { region, appliedTerm, confState, appliedIndex } = tablet.meta;
  return {
    key: `region ${regionOf(tablet)} at index ${appliedIndex}`,
    text: JSON.stringify([region, appliedTerm, confState, tablet.pairs]),
  };
}
