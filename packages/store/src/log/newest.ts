// The number of the newest segment, in a file of its own. Segments say what has to be before them; that the
// last one is gone only something outside of it can tell. Written after the segment has its name, so it may
// lag by one.
import type { Disk } from "@multiraft/runtime";
import { crc32c } from "@node-rs/crc32";
import { corrupt } from "./log-error.ts";

const FILE_NAME = "newest";
const LINE = /^(\d{12}) ([0-9a-f]{8})\n$/;

/** Durable when it returns. */
export function noteNewest(disk: Disk, directory: string, segment: number): void {
  disk.replaceFile(disk.join(directory, FILE_NAME), encode(segment));
}

/**
 * @param last The highest number among the names. @returns Whether it is still to be noted. @throws LogError
 * `ERR_MULTIRAFT_LOG_CORRUPT`
 */
export function checkNewest(disk: Disk, directory: string, last: number | undefined): boolean {
  const path = disk.join(directory, FILE_NAME);
  const there = last ?? 0;
  const noted = disk.exists(path) ? decode(disk.readFile(path), there) : 0;
  if (noted > there) throw corrupt({ segment: noted, offsetBytes: 0 }, "the segment is missing");
  if (noted === there || (noted > 0 && noted === there - 1)) return noted < there;
  const what = noted === 0 ? "the note of the newest segment is missing" : "it is not noted";
  // The first segment may have been cut off from its note.
  if (noted > 0 || there > 1) throw corrupt({ segment: there, offsetBytes: 0 }, what);
  return true;
}

function encode(segment: number): Uint8Array {
  const digits = String(segment).padStart(12, "0");
  const sum = crc32c(Buffer.from(digits, "latin1")).toString(16).padStart(8, "0");
  return Buffer.from(`${digits} ${sum}\n`, "latin1");
}

function decode(bytes: Uint8Array, there: number): number {
  const text = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength).toString("latin1");
  const digits = LINE.exec(text)?.[1];
  if (digits === undefined || Buffer.compare(encode(Number(digits)), bytes) !== 0)
    throw corrupt({ segment: there, offsetBytes: 0 }, "the note of the newest segment is damaged");
  return Number(digits);
}
