// Fixed little-endian fields over one buffer. A writer and a counter take the same calls, so that
// the size of an encoding is known before its buffer is allocated and the two cannot drift apart.
import { assert } from "@multiraft/runtime";
import { LogError } from "./log-error.ts";

export interface ByteSink {
  u8(value: number): void;
  u16(value: number): void;
  u32(value: number): void;
  /** A safe integer from 0 on. Held as a double: exact, one store, and no `bigint`. */
  u53(value: number): void;
  raw(bytes: Uint8Array): void;
  /** At most 65,535 characters, each below 256. */
  latin1(text: string): void;
}

export class ByteCounter implements ByteSink {
  count = 0;
  u8(): void {
    this.count += 1;
  }
  u16(): void {
    this.count += 2;
  }
  u32(): void {
    this.count += 4;
  }
  u53(): void {
    this.count += 8;
  }
  raw(bytes: Uint8Array): void {
    this.count += bytes.byteLength;
  }
  latin1(text: string): void {
    this.count += 2 + text.length;
  }
}

/** Writes from `offset` on; past the end is a RangeError of the DataView. Shared memory will do. */
export class ByteWriter implements ByteSink {
  readonly #bytes: Uint8Array;
  readonly #view: DataView;
  offset = 0;
  constructor(bytes: Uint8Array) {
    this.#bytes = bytes;
    this.#view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  }
  u8(value: number): void {
    assert(value >= 0 && value <= 0xff, () => `no byte: ${value}`);
    this.#view.setUint8(this.offset, value);
    this.offset += 1;
  }
  u16(value: number): void {
    assert(value >= 0 && value <= 0xffff, () => `no u16: ${value}`);
    this.#view.setUint16(this.offset, value, true);
    this.offset += 2;
  }
  u32(value: number): void {
    assert(value >= 0 && value <= 0xffff_ffff, () => `no u32: ${value}`);
    this.#view.setUint32(this.offset, value, true);
    this.offset += 4;
  }
  u53(value: number): void {
    assert(isU53(value), () => `no u53: ${value}`);
    this.#view.setFloat64(this.offset, value, true);
    this.offset += 8;
  }
  raw(bytes: Uint8Array): void {
    this.#bytes.set(bytes, this.offset);
    this.offset += bytes.byteLength;
  }
  latin1(text: string): void {
    this.u16(text.length);
    for (let at = 0; at < text.length; at += 1) this.u8(text.charCodeAt(at));
  }
}

/**
 * Every read is checked: bytes that are too short or no number end in `ERR_MULTIRAFT_LOG_RECORD`.
 */
export class ByteReader {
  readonly #bytes: Uint8Array;
  readonly #view: DataView;
  /** May be set again, within the bytes. */
  offset: number;
  end: number;
  constructor(bytes: Uint8Array, offset = 0, end = bytes.byteLength) {
    this.#bytes = bytes;
    this.#view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
    this.offset = offset;
    this.end = end;
  }
  get isAtEnd(): boolean {
    return this.offset >= this.end;
  }
  u8(): number {
    return this.#view.getUint8(this.skip(1));
  }
  u16(): number {
    return this.#view.getUint16(this.skip(2), true);
  }
  u32(): number {
    return this.#view.getUint32(this.skip(4), true);
  }
  u53(): number {
    const value = this.#view.getFloat64(this.skip(8), true);
    if (!isU53(value)) throw malformed(`${value} is no id, index or count`);
    return value;
  }
  /** A view of the bytes, not a copy. */
  raw(byteLength: number): Uint8Array {
    const from = this.skip(byteLength);
    return this.#bytes.subarray(from, from + byteLength);
  }
  latin1(): string {
    let text = "";
    for (let left = this.u16(); left > 0; left -= 1) text += String.fromCharCode(this.u8());
    return text;
  }
  /** @returns Where the skipped bytes begin. */
  skip(byteLength: number): number {
    const from = this.offset;
    if (from + byteLength > this.end) throw malformed(`${byteLength} bytes past the end`);
    this.offset = from + byteLength;
    return from;
  }
}

export function malformed(what: string): LogError {
  return new LogError("ERR_MULTIRAFT_LOG_RECORD", `malformed log record: ${what}`);
}

function isU53(value: number): boolean {
  return Number.isSafeInteger(value) && value >= 0;
}
