// A file that a result goes to at the end of long work: whether it can be written is known at the start.
import { closeSync, existsSync, openSync, rmSync, writeFileSync } from "node:fs";

export class ResultFileError extends Error {
  override readonly name = "ResultFileError";
}

export class ResultFile {
  readonly #path: string;
  readonly #isNew: boolean;
  #isWritten = false;

  /** Leaves what the file holds until `write`. @throws ResultFileError when it cannot be written. */
  constructor(path: string) {
    this.#path = path;
    this.#isNew = !existsSync(path);
    try {
      closeSync(openSync(path, "a"));
    } catch (error) {
      const reason = error instanceof Error ? error.message : String(error);
      throw new ResultFileError(`${path} cannot be written: ${reason}`, { cause: error });
    }
  }

  write(text: string): void {
    writeFileSync(this.#path, text);
    this.#isWritten = true;
  }

  /** No empty file is left where there was none. Harmless when repeated. */
  close(): void {
    if (this.#isNew && !this.#isWritten) rmSync(this.#path, { force: true });
  }
}
