// How keys and values stand in an lmdb environment.
// A user's key is behind the byte 1, the tablet's metadata at the byte 0 alone: no user key can meet
// it, and the empty key, which lmdb refuses, can be stored.
import type { Key } from "@multiraft/pd/protocol";

/** The key of the tablet's metadata. */
export const META_KEY: unique symbol = Symbol("tablet metadata");
export type StoredKey = Key | typeof META_KEY;

const META_PREFIX = 0;
const USER_PREFIX = 1;

export const keyEncoder = {
  /** @throws RangeError where the key does not fit, upon which lmdb comes with another buffer. */
  writeKey(key: StoredKey, target: Buffer, start: number): number {
    if (typeof key === "symbol") return target.writeUInt8(META_PREFIX, start);
    const at = target.writeUInt8(USER_PREFIX, start);
    if (at + key.length > target.length) throw new RangeError("the key does not fit");
    return at + target.write(key, at, "latin1");
  },
  readKey(source: Buffer, start: number, end: number): StoredKey {
    if (source[start] === META_PREFIX) return META_KEY;
    return source.toString("latin1", start + 1, end) as Key;
  },
};

/** Small values share one allocation of this size: scans are nearly twice as fast as with one each. */
const CHUNK_BYTES = 64 * 1_024;
const CHUNKED_VALUE_BYTES_MAX = CHUNK_BYTES / 8;

/**
 * Copies values out of lmdb's own buffer, which the next read overwrites.
 * lmdb tells the length by setting the property `length` of that buffer: methods that trust the
 * array itself would copy all of it.
 */
export class ValueCodec {
  #chunk = new Uint8Array(CHUNK_BYTES);
  #usedBytes = 0;
  #source: Uint8Array = this.#chunk;

  encode(value: Uint8Array): Uint8Array {
    return value;
  }

  decode(stored: Uint8Array): Uint8Array {
    const sizeBytes = stored.length;
    const source = this.#sourceOf(stored);
    if (sizeBytes > CHUNKED_VALUE_BYTES_MAX) return source.slice(0, sizeBytes);
    if (this.#usedBytes + sizeBytes > CHUNK_BYTES) this.#nextChunk();
    const start = this.#usedBytes;
    this.#usedBytes += sizeBytes;
    this.#chunk.set(source.subarray(0, sizeBytes), start);
    return new Uint8Array(this.#chunk.buffer, start, sizeBytes);
  }

  #nextChunk(): void {
    this.#chunk = new Uint8Array(CHUNK_BYTES);
    this.#usedBytes = 0;
  }

  /** lmdb's buffer as a plain array; it is nearly always the same one. */
  #sourceOf(stored: Uint8Array): Uint8Array {
    const { buffer, byteOffset } = stored;
    if (this.#source.buffer !== buffer || this.#source.byteOffset !== byteOffset)
      this.#source = new Uint8Array(buffer, byteOffset);
    return this.#source;
  }
}
