// The name of a tablet as it stands on disk: `<regionId>_<life>_<generation>`, decimal.
import type { TabletName } from "./tablet.ts";

const PATTERN = /^([1-9]\d*)_([1-9]\d*)_([1-9]\d*)$/;

export function formatTabletName(name: TabletName): string {
  return `${name.regionId}_${name.life}_${name.generation}`;
}

/** Undefined for whatever else lies in the directory. */
export function parseTabletName(text: string): TabletName | undefined {
  const match = PATTERN.exec(text);
  if (match === null) return undefined;
  const [regionId, life, generation] = match.slice(1).map(Number);
  if (regionId === undefined || life === undefined || generation === undefined) return undefined;
  return { regionId, life, generation };
}

/** A fixed order, so that what is listed does not depend on a file system's. */
export function compareTabletNames(a: TabletName, b: TabletName): number {
  return a.regionId - b.regionId || a.life - b.life || a.generation - b.generation;
}
