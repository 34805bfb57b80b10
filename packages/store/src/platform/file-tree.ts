/** Folders of files on this machine, read-only and at once: for commands and tests. */
import { readdirSync, readFileSync, statSync } from "node:fs";
import { join, sep } from "node:path";

export const fileTree = {
  /** Every file below a folder, by its path from there; undefined if there is no such folder. */
  filesBelow(folder: string): readonly string[] | undefined {
    if (statSync(folder, { throwIfNoEntry: false })?.isDirectory() !== true) return undefined;
    return readdirSync(folder, { recursive: true, encoding: "utf8" })
      .filter((name) => statSync(join(folder, name), { throwIfNoEntry: false })?.isFile() === true)
      .map((name) => name.replaceAll(sep, "/"));
  },

  read(file: string): string {
    return readFileSync(file, "utf8");
  },
};
