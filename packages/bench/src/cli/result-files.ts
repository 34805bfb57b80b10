// The files that results go to, as options of a command.
import { ResultFile, ResultFileError } from "../report/result-file.ts";
import { UsageError } from "./usage-error.ts";

/** @throws UsageError when it cannot be written, before any work is done. */
export function resultFile(path: string | undefined): ResultFile | undefined {
  try {
    return path === undefined ? undefined : new ResultFile(path);
  } catch (error) {
    if (error instanceof ResultFileError) throw new UsageError(error.message, { cause: error });
    throw error;
  }
}

/** All of a command; those that were not asked for are written nowhere. */
export class ResultFiles<Name extends string> {
  readonly #files = new Map<Name, ResultFile>();

  /** @throws UsageError when one cannot be written, before any work is done. */
  constructor(paths: Readonly<Partial<Record<Name, string | undefined>>>, names: readonly Name[]) {
    for (const name of names) {
      const file = resultFile(paths[name]);
      if (file !== undefined) this.#files.set(name, file);
    }
  }

  write(name: Name, text: () => string): void {
    this.#files.get(name)?.write(text());
  }
}

/** Nothing but what was written is left, however `work` ends. @throws UsageError before it begins. */
export async function withResultFiles<Name extends string, Result>(
  paths: Readonly<Partial<Record<Name, string | undefined>>>,
  names: readonly Name[],
  work: (files: ResultFiles<Name>) => Promise<Result>,
): Promise<Result> {
  return work(new ResultFiles(paths, names));
}
