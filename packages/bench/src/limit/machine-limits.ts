// The limits of this machine, measured in the same run as what they are held against: a ratio is worth
// something, an absolute figure from another day is not. Each works on warmed memory and takes the
// median of its rounds.
import {
  closeSync,
  fsyncSync,
  mkdtempSync,
  openSync,
  readSync,
  rmSync,
  statSync,
  writeFileSync,
  writeSync,
} from "node:fs";
import { join } from "node:path";
import { crc32c } from "@node-rs/crc32";

export type MachineLimits = {
  readonly memcpyGBps: number;
  readonly crc32cGBps: number;
  /** Sequential write of a file with an fsync at the end. */
  readonly fsyncWriteMBps: number;
};

const ROUNDS = 5;
const COPY_BYTES = 64 * 1024 * 1024;
const CHECKSUM_BYTES = 16 * 1024 * 1024;
const WRITE_CHUNK_BYTES = 1024 * 1024;
/** As coreutils has it. */
const COPY_PIECE_BYTES = 256 * 1024;

/** @param directory On the disk to be measured. @param writeBytes Size of the file that is written. */
export function measureLimits(directory: string, writeBytes: number): MachineLimits {
  return {
    memcpyGBps: measureCopy() / 1e9,
    crc32cGBps: measureChecksum() / 1e9,
    fsyncWriteMBps: measureSyncedWrite(directory, writeBytes) / 1e6,
  };
}

/** @returns Bytes a second between two shared buffers. */
export function measureCopy(): number {
  const from = new Uint8Array(new SharedArrayBuffer(COPY_BYTES)).fill(7);
  const to = new Uint8Array(new SharedArrayBuffer(COPY_BYTES)).fill(1);
  const rate = medianRate(COPY_BYTES, () => to.set(from));
  if (to[COPY_BYTES - 1] !== 7) throw new Error("the copy did not copy");
  return rate;
}

export function measureChecksum(): number {
  const bytes = Buffer.alloc(CHECKSUM_BYTES, 7);
  const expected = crc32c(bytes);
  return medianRate(CHECKSUM_BYTES, () => {
    if (crc32c(bytes) !== expected) throw new Error("a checksum changed");
  });
}

export function measureSyncedWrite(directory: string, writeBytes: number): number {
  const scratch = mkdtempSync(join(directory, "limit-"));
  const chunk = Buffer.alloc(WRITE_CHUNK_BYTES, 7);
  try {
    return medianRate(writeBytes, () => {
      const file = openSync(join(scratch, "file"), "w");
      try {
        for (let left = writeBytes; left > 0; left -= chunk.byteLength)
          writeSync(file, chunk, 0, Math.min(left, chunk.byteLength));
        fsyncSync(file);
      } finally {
        closeSync(file);
      }
    });
  } finally {
    rmSync(scratch, { recursive: true, force: true });
  }
}

/**
 * What `cp` does with a file that is in memory already: it reads and writes a piece at a time, and syncs nothing. Not
 * by starting it, which takes as long as some megabytes.
 */
export function measureFileCopy(directory: string, fileBytes: number): number {
  const scratch = mkdtempSync(join(directory, "limit-"));
  const [from, to] = [join(scratch, "from"), join(scratch, "to")];
  try {
    writeFileSync(from, Buffer.alloc(fileBytes, 7));
    return medianRate(fileBytes, () => {
      copyPieces(from, to);
      if (statSync(to).size !== fileBytes) throw new Error("cp did not copy");
    });
  } finally {
    rmSync(scratch, { recursive: true, force: true });
  }
}

function copyPieces(from: string, to: string): void {
  const piece = Buffer.allocUnsafe(COPY_PIECE_BYTES);
  const source = openSync(from, "r");
  try {
    const target = openSync(to, "w");
    try {
      for (let read = 1; read > 0; ) {
        read = readSync(source, piece, 0, piece.byteLength, null);
        for (let at = 0; at < read; ) at += writeSync(target, piece, at, read - at);
      }
    } finally {
      closeSync(target);
    }
  } finally {
    closeSync(source);
  }
}

function medianRate(bytes: number, round: () => void): number {
  round();
  const rates: number[] = [];
  for (let i = 0; i < ROUNDS; i += 1) {
    const startedMs = performance.now();
    round();
    rates.push(bytes / ((performance.now() - startedMs) / 1_000));
  }
  rates.sort((a, b) => a - b);
  return rates[Math.floor(ROUNDS / 2)] ?? 0;
}
