// A disk that takes what the log says is durable no further than its cache: what a power cut leaves is
// the segment as it was made.
import { ScriptedDisk } from "../scripted-disk.ts";

/** The syncs with which a segment comes into being. */
const SYNCS_OF_A_NEW_SEGMENT = 1;

export function lazyDisk(): ScriptedDisk {
  const disk = new ScriptedDisk();
  const seen = new Map<string, number>();
  disk.leavesOut = (path) => {
    const count = seen.get(path) ?? 0;
    seen.set(path, count + 1);
    return path.endsWith(".log") && count >= SYNCS_OF_A_NEW_SEGMENT;
  };
  return disk;
}
