// A file that a result goes to at the end of long work: whether it can be written is known at the start.
import { closeSync, existsSync, openSync, rmSync, writeFileSync } from "node:fs";

export class ResultFileError extends Error {
  override readonly name = "ResultFileError";
}

export class ResultFile {
  readonly #path: string;

  /** Leaves all as it was: no empty file where there was none. @throws ResultFileError when it cannot be written. */
  constructor(path: string) {
    this.#path = path;
    const isNew = !existsSync(path);
    try {
      closeSync(openSync(path, "a"));
    } catch (error) {
      const reason = error instanceof Error ? error.message : String(error);
      throw new ResultFileError(`${path} cannot be written: ${reason}`, { cause: error });
    }
    if (isNew) rmSync(path);
  }

  write(text: string): void {
    writeFileSync(this.#path, text);
  }
}
