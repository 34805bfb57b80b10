// Where the records of a batch gather until they are written as one frame. Private memory: what
// came in shared memory is copied once, and only then looked at.
import { assert } from "@multiraft/runtime";
import { ByteReader } from "./byte-codec.ts";
import { FRAME_HEADER_BYTES, frameBytes, sealFrame } from "./frame.ts";

/** To begin with: most batches of a store that has little to do are a few entries. */
const FIRST_BYTES = 1 << 14;
/** Kept between frames; a larger frame gets its memory for itself. */
const KEPT_BYTES = 1 << 20;

export class FrameBuffer {
  #bytes = new Uint8Array(FIRST_BYTES);
  #reader = new ByteReader(this.#bytes);
  #end = FRAME_HEADER_BYTES;

  get bodyBytes(): number {
    return this.#end - FRAME_HEADER_BYTES;
  }
  get isEmpty(): boolean {
    return this.#end === FRAME_HEADER_BYTES;
  }

  /** @returns Offset in the frame of what was added. */
  append(encoded: Uint8Array): number {
    const from = this.#end;
    this.#reserve(frameBytes(this.bodyBytes + encoded.byteLength));
    this.#bytes.set(encoded, from);
    this.#end = from + encoded.byteLength;
    return from;
  }

  /** Reads from an offset in the frame to its end; one reader at a time, until the next change. */
  readFrom(offset: number): ByteReader {
    this.#reader.offset = offset;
    this.#reader.end = this.#end;
    return this.#reader;
  }

  /** Takes a range out again; what stands behind it moves up. */
  remove(from: number, to: number): void {
    assert(from >= FRAME_HEADER_BYTES && to <= this.#end, "a range outside of the frame");
    this.#bytes.copyWithin(from, to, this.#end);
    this.#end -= to - from;
  }

  /** The whole frame, padding included; valid until the next `append`. */
  seal(sequence: number, salt: number): Uint8Array {
    const totalBytes = frameBytes(this.bodyBytes);
    this.#bytes.fill(0, this.#end, totalBytes);
    sealFrame(this.#bytes, this.bodyBytes, sequence, salt);
    return this.#bytes.subarray(0, totalBytes);
  }

  clear(): void {
    if (this.#bytes.byteLength > KEPT_BYTES) this.#use(new Uint8Array(KEPT_BYTES));
    this.#end = FRAME_HEADER_BYTES;
  }

  #reserve(totalBytes: number): void {
    if (totalBytes <= this.#bytes.byteLength) return;
    const larger = new Uint8Array(Math.max(totalBytes, 2 * this.#bytes.byteLength));
    larger.set(this.#bytes.subarray(0, this.#end));
    this.#use(larger);
  }

  #use(bytes: Uint8Array<ArrayBuffer>): void {
    this.#bytes = bytes;
    this.#reader = new ByteReader(bytes);
  }
}
