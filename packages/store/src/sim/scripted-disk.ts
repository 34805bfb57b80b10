// A disk in memory with scripted faults: paths that fail, and syncs that are left out, so that a
// test can show which of them are needed.
import { type Disk, DiskError } from "@multiraft/runtime";
import { MemoryDisk } from "@multiraft/runtime/testing";

type DiskFile = ReturnType<Disk["open"]>;

export class ScriptedDisk extends MemoryDisk {
  /** Opening or syncing a file under a path that begins so fails. */
  failingPrefix: string | undefined;
  /** Asked at each sync, of a file or a directory: true leaves it out. */
  leavesOut: (path: string) => boolean = () => false;

  override open(path: string, mode: "read" | "read-write" | "create"): DiskFile {
    this.#failIfScripted(path);
    const file = super.open(path, mode);
    return {
      ...file,
      syncData: () => {
        this.#failIfScripted(path);
        if (!this.leavesOut(path)) file.syncData();
      },
    };
  }

  override syncDirectory(path: string): void {
    if (!this.leavesOut(path)) super.syncDirectory(path);
  }

  #failIfScripted(path: string): void {
    if (this.failingPrefix !== undefined && path.startsWith(this.failingPrefix))
      throw new DiskError("EIO", path, `scripted: ${path}`);
  }
}
