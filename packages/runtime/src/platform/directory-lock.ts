// One process at a time in a directory. Each contender makes a file named after itself, then looks for
// others: of two that come at once at least one sees the other and gives way (both may). Names are never
// used again, so a file whose process is gone can be removed by anybody, at any time.
import fs from "node:fs";
import { type DirectoryLock, type Disk, DiskError } from "./disk.ts";

const PREFIX = "lock";
const NAME = /^lock\.(\d+)\.(\d+)\.(\d+)$/;
/** The start time of a process is field 22 of its stat line; this one follows the name in brackets. */
const START_TIME_FIELD = 19;
/** Where the system tells no start times the process number has to do. */
const UNKNOWN_START = "0";

let locksTaken = 0;

export function lockDirectory(disk: Disk, directory: string): DirectoryLock {
  locksTaken += 1;
  // The thread's own counter and clock: threads of one process lock each other out as well.
  const serial = `${locksTaken}${process.hrtime.bigint()}`;
  const own = [PREFIX, process.pid, startTimeOf(process.pid), serial].join(".");
  const file = disk.join(directory, own);
  disk.open(file, "create").close();
  const holder = findHolder(disk, directory, own);
  if (holder === undefined) return { release: () => removeIfThere(disk, file) };
  removeIfThere(disk, file);
  throw new DiskError("ELOCKED", directory, `process ${holder} holds the lock of ${directory}`);
}

/** The process of another lock, undefined when there is none; removes those of processes that are gone. */
function findHolder(disk: Disk, directory: string, own: string): number | undefined {
  let holder: number | undefined;
  for (const { name } of disk.list(directory)) {
    const [, pid, startTime] = NAME.exec(name) ?? [];
    if (name === own || pid === undefined || startTime === undefined) continue;
    if (isRunning(Number(pid), startTime)) holder = Number(pid);
    else removeIfThere(disk, disk.join(directory, name));
  }
  return holder;
}

/** A process number is used again; together with its start time it names one process. */
function isRunning(pid: number, startTime: string): boolean {
  try {
    process.kill(pid, 0);
  } catch (error) {
    if (error instanceof Error && "code" in error && error.code === "ESRCH") return false;
  }
  const current = startTimeOf(pid);
  return current === UNKNOWN_START || current === startTime;
}

function startTimeOf(pid: number): string {
  try {
    const stat = fs.readFileSync(`/proc/${pid}/stat`, "utf8");
    return stat.slice(stat.lastIndexOf(")") + 2).split(" ")[START_TIME_FIELD] ?? UNKNOWN_START;
  } catch {
    return UNKNOWN_START;
  }
}

function removeIfThere(disk: Disk, file: string): void {
  try {
    disk.removeFile(file);
  } catch (error) {
    if (!(error instanceof DiskError && error.code === "ENOENT")) throw error;
  }
}
