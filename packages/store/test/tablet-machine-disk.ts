// As much of the machine's own file system as tablets need.
import fs from "node:fs";
import path from "node:path";
import type { Disk } from "@multiraft/runtime";

export function machineDisk(): Disk {
  return {
    open(name, mode) {
      const flags = { read: "r", "read-write": "r+", create: "wx+" }[mode];
      const fd = fs.openSync(name, flags);
      let isOpen = true;
      return {
        path: name,
        writeAt: (bytes, offsetBytes) => void fs.writeSync(fd, bytes, 0, undefined, offsetBytes),
        readAt: (into, offsetBytes) => fs.readSync(fd, into, 0, into.byteLength, offsetBytes),
        sizeBytes: () => fs.fstatSync(fd).size,
        truncate: (sizeBytes) => fs.ftruncateSync(fd, sizeBytes),
        syncData: () => fs.fdatasyncSync(fd),
        close: () => {
          if (isOpen) fs.closeSync(fd);
          isOpen = false;
        },
      };
    },
    exists: fs.existsSync,
    list: (directory) =>
      fs.readdirSync(directory, { withFileTypes: true }).map((entry) => ({
        name: entry.name,
        isDirectory: entry.isDirectory(),
      })),
    makeDirectory: (name) => void fs.mkdirSync(name),
    rename: fs.renameSync,
    removeFile: fs.unlinkSync,
    removeTree: (name) => fs.rmSync(name, { recursive: true, force: true }),
    syncDirectory: syncPath,
    readFile: (name) => fs.readFileSync(name),
    replaceFile(name, bytes) {
      fs.writeFileSync(`${name}.new`, bytes);
      syncPath(`${name}.new`);
      fs.renameSync(`${name}.new`, name);
      syncPath(path.dirname(name));
    },
    lockDirectory: () => ({ release: () => undefined }),
    join: path.join,
  };
}

function syncPath(name: string): void {
  const fd = fs.openSync(name, "r");
  fs.fsyncSync(fd);
  fs.closeSync(fd);
}
