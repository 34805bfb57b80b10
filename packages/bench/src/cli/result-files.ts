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
