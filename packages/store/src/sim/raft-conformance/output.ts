/** What one directive writes: command output and log lines in program order, filtered by level. */
import type { TraceEvent } from "../../raft/index.ts";
import { CommandError } from "./command-error.ts";
import { LEVELS, type Level, logLine } from "./log-line.ts";

export class Output {
  #text = "";
  #level: Level = "DEBUG";

  get level(): Level {
    return this.#level;
  }

  setLevel(name: string): void {
    const level = LEVELS.find((candidate) => candidate === name.toUpperCase());
    if (level === undefined)
      throw new CommandError(`log levels must be either of [${LEVELS.join(" ")}]`);
    this.#level = level;
  }

  write(text: string): void {
    if (this.#level !== "NONE") this.#text += text;
  }

  log(event: TraceEvent): void {
    const line = logLine(event);
    if (line === undefined || LEVELS.indexOf(line.level) < LEVELS.indexOf(this.#level)) return;
    this.write(`${line.level} ${line.text}\n`);
  }

  /** What `run` writes, each line shifted to the right, also when it ends with a refusal. */
  indented(run: () => void): void {
    const before = this.#text;
    this.#text = "";
    try {
      run();
    } finally {
      const lines = this.#text.split("\n");
      if (lines.at(-1) === "") lines.pop();
      this.#text = before + lines.map((line) => `  ${line}\n`).join("");
    }
  }

  /** The result of one command. A refusal is text, and all there is of it when nothing is shown. */
  collect(run: () => void): string {
    this.#text = "";
    try {
      run();
    } catch (error) {
      if (!(error instanceof CommandError)) throw error;
      if (this.#level === "NONE") return error.message;
      this.#text += error.message;
    }
    return this.#text === "" ? "ok" : this.#text;
  }
}
