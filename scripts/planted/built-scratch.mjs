// A copy of the packages, sources and built files, to be broken and built again: the work tree itself is
// never touched. What is installed is linked.
import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { PATIENT_MS_MAX, runProcess } from "./processes.mjs";
import { PlantedError } from "./rules.mjs";
import { Scratch } from "./scratch.mjs";

const PACKAGES = ["runtime", "pd", "store"];

export class BuiltScratch extends Scratch {
  constructor(root) {
    super(root, {
      copied: ["package.json", "tsconfig.base.json", ...PACKAGES.map((name) => `packages/${name}`)],
      // Links within are relative: packages find each other in the copy, the rest where it is installed.
      linked: ["node_modules"],
      leftOut: [],
    });
    this.#tolerateUnused();
  }

  /** What a patch no longer uses is no fault. */
  #tolerateUnused() {
    const path = join(this.folder, "tsconfig.base.json");
    const text = readFileSync(path, "utf8");
    writeFileSync(path, text.replace(/("noUnused\w+"): true/g, "$1: false"));
  }

  /** Built files and sources agree when it returns. */
  async build() {
    const tsc = join(this.folder, "node_modules/.bin/tsc");
    const args = ["-b", "packages/store"];
    const { status, output, isTimeout } = await runProcess(
      tsc,
      args,
      { cwd: this.folder },
      PATIENT_MS_MAX,
    );
    if (isTimeout) throw new PlantedError("the compiler did not end");
    if (status !== 0) throw new PlantedError(`a patch is not sound TypeScript:\n${output}`);
  }
}
