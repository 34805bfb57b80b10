/**
 * Runs of Stryker, and what is kept of them: for each source file a report and the stamp of all
 * inputs under which it was made. A file whose stamp is still true is not run again; one with an
 * older report is run alone, from that report; those without any are run a few at a time, since each
 * run begins with all tests. An interrupted run so loses what a few files took.
 */
import { spawnSync } from "node:child_process";
import { createHash } from "node:crypto";
import {
  closeSync,
  existsSync,
  mkdirSync,
  openSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  writeFileSync,
} from "node:fs";
import { basename, join, relative, resolve } from "node:path";

/** Lines of the files that share one run: some two minutes on a quiet machine. */
const GROUP_LINES_MAX = 400;
const GROUP_REPORT = "group.report.json";

export class Runs {
  #root;
  #core;
  #stateDir;
  #inputs;
  #environment;
  #concurrency;

  constructor({ root, core, inputs, environment, concurrency }) {
    this.#root = root;
    this.#core = core;
    this.#stateDir = join(root, ".mutate");
    this.#inputs = inputs;
    this.#environment = environment;
    this.#concurrency = concurrency;
    mkdirSync(this.#stateDir, { recursive: true });
  }

  forget(sources) {
    for (const source of sources)
      for (const kind of ["report.json", "stamp"])
        rmSync(this.#place(source, kind), { force: true });
  }

  /** Runs what is not kept. @returns the files that could not be tested */
  runAll(sources) {
    const stamp = this.#stampOfInputs();
    const due = sources.filter((source) => !this.#isKept(source, stamp));
    const isKnown = (source) => existsSync(this.#place(source, "report.json"));
    const groups = this.#grouped(due.filter((source) => !isKnown(source)));
    for (const source of due) if (isKnown(source)) groups.push([source]);
    return groups.filter((group) => !this.#run(group)).flat();
  }

  /** Stryker's report of one file: its source and mutants. */
  reportOf(source) {
    const { files } = JSON.parse(readFileSync(this.#place(source, "report.json"), "utf8"));
    return files[this.#pathOf(source)] ?? { source: "", mutants: [] };
  }

  #grouped(sources) {
    const groups = [];
    let room = 0;
    for (const source of sources) {
      const text = readFileSync(join(this.#root, this.#pathOf(source)), "utf8");
      const lines = text.split("\n").length;
      if (lines > room) {
        groups.push([]);
        room = GROUP_LINES_MAX;
      }
      groups.at(-1).push(source);
      room -= lines;
    }
    return groups;
  }

  #run(group) {
    const stamp = this.#stampOfInputs();
    const beganMs = Date.now();
    const [only] = group;
    const report =
      group.length === 1 ? this.#place(only, "report.json") : join(this.#stateDir, GROUP_REPORT);
    if (group.length > 1) rmSync(report, { force: true });
    for (const source of group) rmSync(this.#place(source, "stamp"), { force: true });
    if (!this.#stryker(group, report)) return false;
    const whole = existsSync(report) ? JSON.parse(readFileSync(report, "utf8")) : { files: {} };
    let count = 0;
    for (const source of group) {
      const path = this.#pathOf(source);
      const own = whole.files[path];
      count += own?.mutants.length ?? 0;
      const files = own === undefined ? {} : { [path]: own };
      writeFileSync(this.#place(source, "report.json"), JSON.stringify({ ...whole, files }));
      writeFileSync(this.#place(source, "stamp"), stamp);
    }
    const tookS = Math.round((Date.now() - beganMs) / 1000);
    console.error(`mutate: ${group.join(" ")}: ${count} mutants, ${tookS} s`);
    return true;
  }

  /** @returns whether all went well; what went wrong is told. */
  #stryker(group, report) {
    const log = this.#place(group[0], "log");
    const mutate = group.map((source) => this.#pathOf(source)).join(",");
    const args = ["run", "scripts/mutate/stryker.json", "--mutate", mutate];
    args.push("--incrementalFile", relative(this.#root, report));
    args.push("--concurrency", this.#concurrency);
    const mutated = group.map((source) => basename(source, ".ts")).join(",");
    const env = { ...process.env, ...this.#environment, MULTIRAFT_MUTATED: mutated };
    const bin = join(this.#root, "node_modules", "@stryker-mutator", "core", "bin", "stryker.js");
    const output = openSync(log, "w");
    const { status, signal } = spawnSync(process.execPath, [bin, ...args], {
      cwd: this.#root,
      stdio: ["ignore", output, output],
      env,
    });
    closeSync(output);
    if (signal !== null || status === 130) process.exit(130);
    if (status === 0) return true;
    console.error(readFileSync(log, "utf8").split("\n").slice(-20).join("\n"));
    console.error(`mutate: could not be tested: ${group.join(" ")}`);
    return false;
  }

  #isKept(source, stamp) {
    const file = this.#place(source, "stamp");
    return existsSync(file) && readFileSync(file, "utf8") === stamp;
  }

  #stampOfInputs() {
    const hash = createHash("sha256").update(process.version);
    for (const file of this.#inputs.flatMap((input) => filesBelow(resolve(this.#root, input))))
      hash.update(relative(this.#root, file)).update("\0").update(readFileSync(file));
    return hash.digest("hex");
  }

  #place(source, kind) {
    return join(this.#stateDir, `${basename(source, ".ts")}.${kind}`);
  }

  #pathOf(source) {
    return `${this.#core}/${source}`;
  }
}

function filesBelow(path) {
  if (!existsSync(path)) return [];
  if (!statSync(path).isDirectory()) return [path];
  return readdirSync(path)
    .sort()
    .flatMap((name) => filesBelow(join(path, name)));
}
