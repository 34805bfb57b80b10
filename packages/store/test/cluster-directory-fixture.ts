// Directories of clusters for tests on real threads, and what is in them.
import { createHash } from "node:crypto";
import { cpSync, mkdtempSync, readdirSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join, relative } from "node:path";

export class Directories {
  readonly #made: string[] = [];

  make(): string {
    const path = mkdtempSync(join(tmpdir(), "multiraft-cluster-"));
    this.#made.push(path);
    return path;
  }

  copyOf(source: string): string {
    const path = this.make();
    cpSync(source, path, { recursive: true });
    return path;
  }

  removeAll(): void {
    for (const path of this.#made.splice(0)) rmSync(path, { recursive: true, force: true });
  }
}

/** Every file below `root` with a digest of what is in it. */
export function contentsOf(root: string): Record<string, string> {
  const files = readdirSync(root, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .map((entry) => join(entry.parentPath, entry.name))
    .sort();
  return Object.fromEntries(files.map((file) => [relative(root, file), digestOf(file)]));
}

function digestOf(file: string): string {
  return createHash("sha256").update(readFileSync(file)).digest("hex");
}
