// A copy of what the core's tests need, to be broken: the work tree itself is never touched.
// Packages resolve through links to the installed ones.
import {
  cpSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { basename, join } from "node:path";
import { applyPatch } from "./rules.mjs";

const COPIED = ["package.json", "tsconfig.base.json", "vitest.config.ts", "docs", "packages/store"];
const LINKED = ["node_modules", "packages/store/node_modules", "packages/runtime", "packages/pd"];
const LEFT_OUT = ["node_modules", "dist"];

/** What the tests of the core need. */
const OF_CORE = { copied: COPIED, linked: LINKED, leftOut: LEFT_OUT };

export class Scratch {
  #root;

  constructor(root, { copied, linked, leftOut } = OF_CORE) {
    this.#root = root;
    this.folder = mkdtempSync(join(tmpdir(), "multiraft-planted-"));
    for (const name of copied)
      cpSync(join(root, name), join(this.folder, name), {
        recursive: true,
        verbatimSymlinks: true,
        filter: (path) => !leftOut.includes(basename(path)),
      });
    for (const name of linked) this.#link(name);
  }

  #link(name) {
    if (!existsSync(join(this.#root, name))) return;
    mkdirSync(join(this.folder, name, ".."), { recursive: true });
    symlinkSync(join(this.#root, name), join(this.folder, name), "dir");
  }

  /** Several rules at once may share a file, but no line. */
  plant(rules) {
    for (const rule of rules) {
      const path = join(this.folder, rule.file);
      writeFileSync(path, applyPatch(rule, readFileSync(path, "utf8")));
    }
  }

  restore(rules) {
    for (const { file } of rules) cpSync(join(this.#root, file), join(this.folder, file));
  }

  remove() {
    // A process that was ended just now may still leave a file behind.
    rmSync(this.folder, { recursive: true, force: true, maxRetries: 3 });
  }
}
