// The blocking parts of a snapshot of files, as jobs: pieces are read and written on other threads,
// straight from and into the shared memory they travel in.
import { defineJob, type Environment } from "@multiraft/runtime";
import { crc32c } from "@node-rs/crc32";

export type ReadChunkArgs = {
  readonly path: string;
  readonly offsetBytes: number;
  /** Stands at the beginning of what is read, instead of what the file has there. */
  readonly head: Uint8Array;
  /** Shared memory, filled completely. */
  readonly into: Uint8Array;
};

/** @returns crc32c of what was read. */
export const readChunkJob = defineJob<ReadChunkArgs, number>({
  url: import.meta.url,
  name: "readChunkJob",
  run: ({ disk }, { path, offsetBytes, head, into }) => {
    const file = disk.open(path, "read");
    try {
      const read = file.readAt(into, offsetBytes);
      if (read !== into.byteLength)
        throw new Error(`${path} ended ${into.byteLength - read} early`);
      into.set(head);
      return checksumOf(into);
    } finally {
      file.close();
    }
  },
});

export type WriteChunkArgs = {
  readonly directory: string;
  readonly file: string;
  readonly offsetBytes: number;
  readonly bytes: Uint8Array;
  readonly checksum: number;
};

/** @returns False, and writes nothing, when the bytes are not what was sent. */
export const writeChunkJob = defineJob<WriteChunkArgs, boolean>({
  url: import.meta.url,
  name: "writeChunkJob",
  run: ({ disk }, { directory, file: name, offsetBytes, bytes, checksum }) => {
    if (checksumOf(bytes) !== checksum) return false;
    const file = disk.open(disk.join(directory, name), "read-write");
    try {
      file.writeAt(bytes, offsetBytes);
      return true;
    } finally {
      file.close();
    }
  },
});

/** Brings what is written so far to the disk, so that little is left to do at the end. */
export const syncFileJob = defineJob<{ readonly path: string }, null>({
  url: import.meta.url,
  name: "syncFileJob",
  run: ({ disk }, { path }) => {
    syncFile(disk, path);
    return null;
  },
});

/** Makes a directory of received files durable, its own name included. */
export const syncDirectoryJob = defineJob<{ readonly parent: string; readonly name: string }, null>(
  {
    url: import.meta.url,
    name: "syncDirectoryJob",
    run: ({ disk }, { parent, name }) => {
      const directory = disk.join(parent, name);
      for (const entry of disk.list(directory)) syncFile(disk, disk.join(directory, entry.name));
      disk.syncDirectory(directory);
      disk.syncDirectory(parent);
      return null;
    },
  },
);

function syncFile(disk: Environment["disk"], path: string): void {
  const file = disk.open(path, "read-write");
  try {
    file.syncData();
  } finally {
    file.close();
  }
}

export function checksumOf(bytes: Uint8Array): number {
  return crc32c(Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength)) >>> 0;
}
