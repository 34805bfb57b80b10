// A piece of a stream of sorted pairs, as bytes.
import { ByteReader, ByteWriter } from "../operation/bytes.ts";
import type { Pair } from "../tablet/tablet.ts";

export function encodePairs(pairs: readonly Pair[]): Uint8Array {
  let bytes = 4;
  for (const { key, value } of pairs) bytes += 6 + key.length + value.byteLength;
  const out = new ByteWriter(bytes);
  out.u32(pairs.length);
  for (const { key, value } of pairs) {
    out.key(key);
    out.bytes(value);
  }
  return out.finish();
}

/** Values are copies: the payload they came in goes back to its owner. */
export function decodePairs(bytes: Uint8Array): Pair[] {
  const input = new ByteReader(bytes);
  return Array.from({ length: input.u32() }, () => ({
    key: input.key(),
    value: Uint8Array.from(input.bytes()),
  }));
}
