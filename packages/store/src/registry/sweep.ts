// Removes what no record names: what an install, a split's copy or an outgoing snapshot had not
// finished.
import type { Disk } from "@multiraft/runtime";
import { LogError } from "../log/log-error.ts";
import type { RecoveredLog } from "../log/log-mail.ts";
import type { Generation, Life } from "../log/record.ts";
import { COPY_PREFIX } from "../snapshot/copy-directory.ts";
import type { TabletEngine } from "../tablet/tablet.ts";

export type NamedTablet = { readonly life: Life; readonly generation: Generation | 0 };

/**
 * Before anything is written to the log. @throws LogError `ERR_MULTIRAFT_LOG_CORRUPT` where tablets are and the
 * log is new: its first record was durable before any of them, so this is not the log that was here.
 */
export function refuseLostLog(engine: TabletEngine, identity: RecoveredLog["identity"]): void {
  if (identity === undefined && engine.list().length > 0)
    throw new LogError("ERR_MULTIRAFT_LOG_CORRUPT", "tablets are there, and their log is not");
}

/** At start-up, before any replica is opened: every tablet that no life has. */
export function sweepTablets(engine: TabletEngine, lives: readonly NamedTablet[]): void {
  const named = new Map<number, number>(lives.map(({ life, generation }) => [life, generation]));
  for (const name of engine.list())
    if (named.get(name.life) !== name.generation) engine.remove(name);
}

/**
 * Of one life, whose actor has ended: every generation but the one that is installed. @returns The highest that
 * was there: no directory comes into being twice in one opening.
 */
export function sweepLife(engine: TabletEngine, { life, generation }: NamedTablet): Generation | 0 {
  let highest: number = generation;
  for (const name of engine.list()) {
    if (name.life !== life || name.generation === generation) continue;
    engine.remove(name);
    highest = Math.max(highest, name.generation);
  }
  return highest as Generation | 0;
}

/** Copies that were being sent when the process ended. */
export function sweepCopies(disk: Disk, tabletDirectory: string | undefined): void {
  if (tabletDirectory === undefined || !disk.exists(tabletDirectory)) return;
  for (const { name } of disk.list(tabletDirectory))
    if (name.startsWith(COPY_PREFIX)) disk.removeTree(disk.join(tabletDirectory, name));
}
