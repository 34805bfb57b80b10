// fsync away from the thread that asks for it, which has actors to run.
import { open } from "node:fs/promises";

/** A file's data and metadata, or a directory's entries. */
export async function syncPath(path: string): Promise<void> {
  const file = await open(path, "r");
  try {
    await file.sync();
  } finally {
    await file.close();
  }
}
