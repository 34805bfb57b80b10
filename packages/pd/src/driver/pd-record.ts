// What the placement driver must not forget, as one small text: the ends of the windows of ids and
// timestamps, the stores, the first region, the switch. Regions are not in it: their leaders say. A
// line of its own holds format and checksum, so that another version and damage are told apart.
import { crc32 } from "node:zlib";
import { PdError } from "../pd-error.ts";
import type { StoreMeta } from "../protocol/pd-mail.ts";
import type { Region } from "../protocol/region.ts";

export type PdRecord = {
  /** No id from here on has been given. */
  readonly idsEnd: number;
  /** No timestamp with these milliseconds or more has been given. */
  readonly timestampsEndMs: number;
  readonly stores: readonly StoreMeta[];
  /** What the cluster began with; undefined before the bootstrap. */
  readonly firstRegion: Region | undefined;
  readonly isSchedulingEnabled: boolean;
};

export const EMPTY_RECORD: PdRecord = {
  idsEnd: 1,
  timestampsEndMs: 0,
  stores: [],
  firstRegion: undefined,
  isSchedulingEnabled: true,
};

const FORMAT = "multiraft-pd 1";

/** Key strings hold one byte a character, so latin1 keeps them as they are. */
export function encodeRecord(record: PdRecord): Uint8Array {
  const body = Buffer.from(JSON.stringify(record), "latin1");
  return Buffer.concat([Buffer.from(`${FORMAT} ${crc32(body)}\n`, "latin1"), body]);
}

/** @throws PdError `ERR_MULTIRAFT_PD_VERSION` or `ERR_MULTIRAFT_PD_DAMAGED`. */
export function decodeRecord(bytes: Uint8Array): PdRecord {
  const text = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength).toString("latin1");
  const lineEnd = text.indexOf("\n");
  const header = /^(multiraft-pd \d+) (\d+)$/.exec(text.slice(0, Math.max(0, lineEnd)));
  if (header === null)
    throw new PdError("ERR_MULTIRAFT_PD_DAMAGED", "not a record of a placement driver");
  const [, format, checksum] = header;
  if (format !== FORMAT)
    throw new PdError("ERR_MULTIRAFT_PD_VERSION", `written as "${format}", read as "${FORMAT}"`);
  const body = text.slice(lineEnd + 1);
  if (crc32(Buffer.from(body, "latin1")) !== Number(checksum))
    throw new PdError("ERR_MULTIRAFT_PD_DAMAGED", "the checksum does not match");
  return { ...EMPTY_RECORD, ...(JSON.parse(body) as PdRecord) };
}
