// Runs the script on a disk until it ends or the power goes, and knows what the log must say then.
import { DiskError } from "@multiraft/runtime";
import { LogError } from "../../src/log/log-error.ts";
import { append, contentOf, openLog } from "./log-fixture.ts";
import { WatchedDisk } from "./watched-disk.ts";
import { everyKind } from "./workload.ts";

const script = everyKind();

/** Appends that were begun, and of those the ones that a commit had promised. */
export type Progress = { readonly appended: number; readonly promised: number };

/** With the store's directory in place, as the store leaves it. */
export function freshDisk(): WatchedDisk {
  const disk = new WatchedDisk();
  disk.makeDirectory("/store");
  disk.syncDirectory("/");
  return disk;
}

/** Thrown by the operation at which the disk stopped, and all after it. */
export function isPowerCut(error: unknown): boolean {
  return error instanceof DiskError && error.code === "ESTOPPED";
}

export function runScript(disk: WatchedDisk): Progress {
  let appended = 0;
  let promised = 0;
  try {
    const log = openLog(disk);
    for (const batch of script) {
      for (const records of batch) {
        appended += 1;
        append(log, ...records);
      }
      log.commit();
      promised = appended;
    }
    log.close();
  } catch (error) {
    if (!isPowerCut(error)) throw error;
  }
  return { appended, promised };
}

/** What the log says after 0, 1, 2, … appends of the script. */
export function contentsOfScript(): readonly string[] {
  const log = openLog(freshDisk());
  const contents = [contentOf(log)];
  for (const records of script.flat()) {
    append(log, ...records);
    log.commit();
    contents.push(contentOf(log));
  }
  return contents;
}

const contents = contentsOfScript();

/**
 * Opens the log again. @returns How something promised was lost or half kept, undefined if it was
 * not.
 */
export function lossAfter(disk: WatchedDisk, { appended, promised }: Progress): string | undefined {
  try {
    const log = openLog(disk);
    const found = contentOf(log);
    log.close();
    const possible = contents.slice(promised, appended + 1);
    return possible.includes(found) ? undefined : `of ${promised} to ${appended} appends: ${found}`;
  } catch (error) {
    if (error instanceof LogError) return `${error.code}: ${error.message}`;
    throw error;
  }
}
