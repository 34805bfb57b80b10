// Where the data of a run are: in a directory of the user, which must be new or empty and stays, or in a
// temporary one, which goes however the run ends.
import { existsSync, mkdirSync, mkdtempSync, readdirSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { UsageError } from "../cli/usage-error.ts";

export type ScratchDirectory = { readonly path: string; readonly remove: () => void };

/** @throws UsageError for a directory in which something is. */
export function openScratch(dir: string | undefined): ScratchDirectory {
  if (dir === undefined) {
    const path = mkdtempSync(join(tmpdir(), "multiraft-"));
    return { path, remove: () => rmSync(path, { recursive: true, force: true }) };
  }
  if (existsSync(dir) && readdirSync(dir).length > 0)
    throw new UsageError(
      `${dir} is not empty: the main job loads a new cluster. Name a new directory, or remove this one`,
    );
  mkdirSync(dir, { recursive: true });
  return { path: dir, remove: () => undefined };
}
