// General messages as bytes: msgpack without shared record structures, so that each message can be read
// by itself. Packed into private scratch and read from private memory: on Node 20 reading strings from
// shared memory is twenty-five times slower, and binary fields would alias the ring.
import { Packr, RESET_BUFFER_MODE, REUSE_BUFFER_MODE } from "msgpackr";

import { type Body, NO_BODY, type ScratchBody, wordsOf } from "./body.ts";
import { FlatReader } from "./flat-reader.ts";
import { FlatWriter } from "./flat-writer.ts";
import { isNestedTooDeep, NESTING_MAX } from "./nesting.ts";
import { isSameData } from "./same-data.ts";

/**
 * `moreTypes` keeps Set, Error and typed arrays what they were; `copyBuffers` keeps binary fields from
 * aliasing the memory they were read from.
 */
const PACK_OPTIONS = { useRecords: false, moreTypes: true, copyBuffers: true } as const;
const IN_PLACE = REUSE_BUFFER_MODE | RESET_BUFFER_MODE;

/** The packer's own buffer, which says where in it the last message lies. */
type PackedBuffer = Uint8Array & { readonly start: number; readonly end: number };

/** Scratch kept between messages; one that grew beyond this for a single large message is let go. */
const SCRATCH_BYTES_MAX = 1_024 * 1_024;

/** A value that does not mean the same after a thread boundary: a mistake of the sender. */
export class CodecError extends Error {
  override readonly name = "CodecError";
  readonly code = "ERR_MULTIRAFT_NOT_ENCODABLE";
}

/** One per thread. What `encode` returns is valid until the next call. */
export class MessageCodec {
  #packr = new Packr(PACK_OPTIONS);
  readonly #span: ScratchBody = { ...NO_BODY };
  readonly #flatWriter = new FlatWriter();
  readonly #flatReader = new FlatReader();
  readonly #flat: ScratchBody = {
    ...NO_BODY,
    bytes: this.#flatWriter.bytes,
    words: this.#flatWriter.words,
    isFlat: true,
  };

  /** Small plain objects in the flat form, all else as `encode`. */
  encodeBody(value: unknown): Body {
    const words = this.#flatWriter.write(value);
    if (words === 0) return this.encode(value);
    this.#flat.end = words * 4;
    return this.#flat;
  }

  /** @param words Not written by anybody while this reads. @param at Where the body starts. */
  decodeFlat(words: Int32Array, at: number): unknown {
    return this.#flatReader.read(words, at);
  }

  /** As msgpack. @throws CodecError for symbols and cycles, and for what is nested too deep. */
  encode(value: unknown): Body {
    const packed = this.#pack(value);
    if (this.#span.bytes !== packed) {
      this.#span.bytes = packed;
      this.#span.words = wordsOf(packed);
    }
    this.#span.start = packed.start;
    this.#span.end = packed.end;
    if (packed.length > SCRATCH_BYTES_MAX) this.#packr = new Packr(PACK_OPTIONS);
    return this.#span;
  }

  /** As `encode`, in memory of its own. */
  encodeCopy(value: unknown): Uint8Array {
    const { bytes, start, end } = this.encode(value);
    return Uint8Array.prototype.slice.call(bytes, start, end);
  }

  /** @param bytes Private memory. The value starts at 0 and ends at `end`. */
  decode(bytes: Uint8Array, end: number): unknown {
    return this.#packr.unpack(bytes, end);
  }

  /**
   * What the receiver on another thread would get. Development mode and the simulator send this.
   * @throws CodecError when it is not equal to `value`: functions, classes, Maps, holes, -0.
   */
  roundTrip<Value>(value: Value): Value {
    const received = this.#received(value);
    if (!isSameData(received, value))
      throw new CodecError("the value would not arrive as it was sent: send plain data");
    return received as Value;
  }

  #received(value: unknown): unknown {
    if (this.#flatWriter.write(value) > 0) return this.#flatReader.read(this.#flatWriter.words, 0);
    const packed = this.#pack(value);
    // Read where it was packed: nothing that is read refers to the scratch.
    const received = this.#packr.unpack(packed, packed);
    if (packed.length > SCRATCH_BYTES_MAX) this.#packr = new Packr(PACK_OPTIONS);
    return received;
  }

  #pack(value: unknown): PackedBuffer {
    const packed = this.#packAny(value);
    if (isNestedTooDeep(packed, packed.start, packed.end))
      throw new CodecError(`the value has more than ${NESTING_MAX} levels: send plain data`);
    return packed;
  }

  #packAny(value: unknown): PackedBuffer {
    try {
      return this.#packr.pack(value, IN_PLACE) as unknown as PackedBuffer;
    } catch (cause) {
      this.#packr = new Packr(PACK_OPTIONS);
      throw new CodecError("the value cannot be encoded: send plain data", { cause });
    }
  }
}
