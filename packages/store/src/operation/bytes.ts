// Little-endian bytes written and read in order: the layout of commands and of streams of pairs.
// Reading past the end throws; nothing is ever read from outside the given view.

import type { Key } from "@multiraft/pd/protocol";
import { assert } from "@multiraft/runtime";

export class ByteWriter {
  #buffer: Buffer;
  #length = 0;

  constructor(expectedBytes: number) {
    this.#buffer = Buffer.allocUnsafe(Math.max(64, expectedBytes));
  }

  get byteLength(): number {
    return this.#length;
  }

  u8(value: number): void {
    this.#length = this.#room(1).writeUInt8(value, this.#length);
  }

  u32(value: number): void {
    this.#length = this.#room(4).writeUInt32LE(value, this.#length);
  }

  /** Up to 2^53 - 1. */
  id(value: number): void {
    assert(Number.isSafeInteger(value) && value >= 0, () => `id out of range: ${value}`);
    const buffer = this.#room(8);
    buffer.writeUInt32LE(value >>> 0, this.#length);
    this.#length = buffer.writeUInt32LE(Math.floor(value / 2 ** 32), this.#length + 4);
  }

  key(key: Key): void {
    const buffer = this.#room(2 + key.length);
    buffer.writeUInt16LE(key.length, this.#length);
    buffer.write(key, this.#length + 2, key.length, "latin1");
    this.#length += 2 + key.length;
  }

  bytes(value: Uint8Array): void {
    const buffer = this.#room(4 + value.byteLength);
    buffer.writeUInt32LE(value.byteLength, this.#length);
    buffer.set(value, this.#length + 4);
    this.#length += 4 + value.byteLength;
  }

  finish(): Uint8Array {
    return this.#buffer.subarray(0, this.#length);
  }

  #room(bytes: number): Buffer {
    const needed = this.#length + bytes;
    if (needed > this.#buffer.byteLength) {
      const grown = Buffer.allocUnsafe(Math.max(needed, this.#buffer.byteLength * 2));
      this.#buffer.copy(grown, 0, 0, this.#length);
      this.#buffer = grown;
    }
    return this.#buffer;
  }
}

export class ByteReader {
  readonly #buffer: Buffer;
  #offset = 0;

  constructor(bytes: Uint8Array) {
    this.#buffer = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  }

  get isAtEnd(): boolean {
    return this.#offset === this.#buffer.byteLength;
  }

  u8(): number {
    return this.#buffer.readUInt8(this.#advance(1));
  }

  u32(): number {
    return this.#buffer.readUInt32LE(this.#advance(4));
  }

  id(): number {
    const at = this.#advance(8);
    return this.#buffer.readUInt32LE(at) + this.#buffer.readUInt32LE(at + 4) * 2 ** 32;
  }

  key(): Key {
    const length = this.#buffer.readUInt16LE(this.#advance(2));
    const at = this.#advance(length);
    return this.#buffer.toString("latin1", at, at + length) as Key;
  }

  bytes(): Uint8Array {
    const length = this.u32();
    const at = this.#advance(length);
    return this.#buffer.subarray(at, at + length);
  }

  #advance(bytes: number): number {
    const at = this.#offset;
    if (at + bytes > this.#buffer.byteLength) throw new RangeError("bytes end too early");
    this.#offset = at + bytes;
    return at;
  }
}
