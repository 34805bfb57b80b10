// A tablet's metadata as bytes, in one form for every engine: format, checksum, msgpack. With it go
// the figures from which the approximations are continued after a reopening.
import { crc32c } from "@node-rs/crc32";
import { Packr } from "msgpackr";
import type { SizeFigures } from "./size-estimate.ts";
import type { TabletMeta } from "./tablet.ts";
import { TabletError } from "./tablet-error.ts";

const FORMAT = 1;
const HEADER_BYTES = 5;
const packr = new Packr({ useRecords: false });

export type StoredMeta = { readonly meta: TabletMeta; readonly figures: SizeFigures };

export function encodeStoredMeta(stored: StoredMeta): Uint8Array {
  const body = packr.pack(stored);
  const bytes = Buffer.allocUnsafe(HEADER_BYTES + body.byteLength);
  bytes.writeUInt8(FORMAT, 0);
  bytes.writeUInt32LE(crc32c(body), 1);
  bytes.set(body, HEADER_BYTES);
  return bytes;
}

/** @param where For the message only. @throws TabletError `ERR_MULTIRAFT_TABLET_CORRUPT` */
export function decodeStoredMeta(encoded: Uint8Array, where: string): StoredMeta {
  const bytes = Buffer.from(encoded.buffer, encoded.byteOffset, encoded.byteLength);
  if (bytes.byteLength <= HEADER_BYTES) throw corrupt(where, "is cut short");
  if (bytes.readUInt8(0) !== FORMAT) throw corrupt(where, `has format ${bytes.readUInt8(0)}`);
  const body = bytes.subarray(HEADER_BYTES);
  if (crc32c(body) !== bytes.readUInt32LE(1)) throw corrupt(where, "fails its checksum");
  return packr.unpack(body) as StoredMeta;
}

function corrupt(where: string, what: string): TabletError {
  return new TabletError("ERR_MULTIRAFT_TABLET_CORRUPT", `the metadata of ${where} ${what}`);
}
