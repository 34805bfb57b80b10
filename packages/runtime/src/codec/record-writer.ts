// Puts records into lanes. The body is encoded first, into private scratch, so that its size is known
// when room is claimed; small bodies are copied in, large ones go through blocks of the arena.
import type { AnyAddress } from "../actor/address.ts";
import type { MessageShape } from "../actor/definition.ts";
import type { AnyLayout } from "../actor/layout.ts";
import { assert } from "../assert.ts";
import type { PayloadBlock } from "../kernel/payload-allocator.ts";
import type { KernelRecord } from "../kernel/record.ts";
import type { LaneWriter } from "../lane/lane-writer.ts";
import { BLOCK_BYTES_MAX } from "../lane/slab-layout.ts";
import { BLOCK_NAME_WORDS, SlabBlock, type SlabStore } from "../lane/slab-store.ts";
import { type Body, NO_BODY } from "./body.ts";
import type { LayoutBook } from "./layout-book.ts";
import { CodecError, type MessageCodec } from "./message-codec.ts";
import {
  BODY_BYTES_WORD,
  BODY_IN_BLOCKS,
  BODY_IS_FLAT,
  CALL_WORDS,
  FIXED_WORDS,
  FROM_WORD,
  HAS_CALL,
  HAS_PAYLOAD,
  KIND_CODES,
  KIND_WORD,
  NOBODY,
  OWN_WORD,
  PLAIN_FLAT_MAIL,
  PLAIN_MAIL,
  STOP_DRAIN,
  STOP_NOW,
  TO_WORD,
} from "./record-layout.ts";

/** A larger body is a mistake: what is that large is streamed. Eight blocks, one in eight of an arena. */
export const BODY_BYTES_MAX = 8 * BLOCK_BYTES_MAX;

/** Of a small arena: what it can hold once all that is under way has come home. */
const BODY_ARENA_SHARE_MAX = 3 / 4;

/** Up to here a loop over words beats a copy that has to make a view first. */
const LOOP_COPY_WORDS_MAX = 40;

/** What a record needs beside its head: found before anything is claimed. */
type Blocks = {
  readonly payload: SlabBlock | undefined;
  /** The payload was copied: its own arena dies with its thread, or it lies in none. */
  readonly replaced: PayloadBlock | undefined;
  readonly body: readonly SlabBlock[] | undefined;
};

export class RecordWriter {
  readonly #codec: MessageCodec;
  readonly #layouts: LayoutBook;
  readonly #slabs: SlabStore;
  readonly #bodyBytesMax: number;

  constructor(codec: MessageCodec, layouts: LayoutBook, slabs: SlabStore) {
    this.#codec = codec;
    this.#layouts = layouts;
    this.#slabs = slabs;
    this.#bodyBytesMax = Math.min(BODY_BYTES_MAX, slabs.ownBytes * BODY_ARENA_SHARE_MAX);
  }

  /** Valid until the next call. @throws CodecError for what cannot be encoded or is too large. */
  encodeBody(record: KernelRecord): Body {
    return this.#checkSize(this.#encode(record));
  }

  #encode(record: KernelRecord): Body {
    if (record.kind === "mail" && record.layout !== undefined)
      return this.#layouts.write(record.layout, record.message);
    const value = bodyOf(record);
    return value === undefined ? NO_BODY : this.#codec.encodeBody(value);
  }

  /** @returns False while the lane has no room for it or the arena no blocks. Nothing is taken then. */
  write(lane: LaneWriter, to: number, record: KernelRecord, body: Body): boolean {
    const headBytes = headWordsOf(record) * 4;
    const bodyBytes = body.end - body.start;
    const isLarge = headBytes + bodyBytes > lane.recordBytesMax;
    if (isLarge || payloadOf(record) !== undefined)
      return this.#writeWithBlocks(lane, to, record, body, isLarge);
    const offset = lane.claim(headBytes + bodyBytes);
    if (offset < 0) return false;
    writeHead(lane.memory.words, lane.memory.floats, offset >> 2, record, body, 0);
    copyBody(lane, offset + headBytes, body);
    if (record.kind === "mail") lane.noteMail();
    return true;
  }

  /** The body of mail that brings nothing but itself; as `encodeBody` otherwise. */
  encodePlain(message: MessageShape, layout: AnyLayout | undefined): Body {
    const body =
      layout === undefined ? this.#codec.encodeBody(message) : this.#layouts.write(layout, message);
    return this.#checkSize(body);
  }

  /** @returns False where the lane has no room, and for what needs blocks: `write` takes that. */
  writePlain(lane: LaneWriter, to: AnyAddress, from: AnyAddress, body: Body): boolean {
    const recordBytes = FIXED_WORDS * 4 + body.end - body.start;
    if (recordBytes > lane.recordBytesMax) return false;
    const offset = lane.claim(recordBytes);
    if (offset < 0) return false;
    const { words } = lane.memory;
    const at = offset >> 2;
    words[at + KIND_WORD] = body.isFlat ? PLAIN_FLAT_MAIL : PLAIN_MAIL;
    words[at + BODY_BYTES_WORD] = body.end - body.start;
    words[at + TO_WORD] = to.slot;
    words[at + TO_WORD + 1] = to.incarnation;
    words[at + FROM_WORD] = from.slot;
    words[at + FROM_WORD + 1] = from.incarnation;
    words[at + OWN_WORD] = body.layout;
    copyBody(lane, offset + FIXED_WORDS * 4, body);
    lane.noteMail();
    return true;
  }

  /** What could never be written would hold up all mail behind it. */
  #checkSize(body: Body): Body {
    if (body.end - body.start > this.#bodyBytesMax)
      throw new CodecError(`a message of ${body.end - body.start} bytes is too large: stream it`);
    return body;
  }

  #writeWithBlocks(
    lane: LaneWriter,
    to: number,
    record: KernelRecord,
    body: Body,
    isLarge: boolean,
  ): boolean {
    const headWords = headWordsOf(record);
    const bodyBytes = body.end - body.start;
    const names = isLarge ? Math.ceil(bodyBytes / BLOCK_BYTES_MAX) : 0;
    const tailBytes = isLarge ? names * BLOCK_NAME_WORDS * 4 : bodyBytes;
    if (!lane.hasRoom(headWords * 4 + tailBytes)) return false;
    const blocks = this.#allocate(payloadOf(record), isLarge ? body : undefined);
    if (blocks === undefined) return false;
    const offset = lane.claim(headWords * 4 + tailBytes);
    assert(offset >= 0, "a lane with room refused a record");
    const { words, floats } = lane.memory;
    writeHead(words, floats, offset >> 2, record, body, isLarge ? BODY_IN_BLOCKS : 0);
    let at = (offset >> 2) + headWords;
    if (blocks.payload !== undefined)
      this.#slabs.writeName(words, at - BLOCK_NAME_WORDS, blocks.payload, to);
    if (blocks.body === undefined) copyBody(lane, at * 4, body);
    for (const block of blocks.body ?? []) {
      this.#slabs.writeName(words, at, block, to);
      at += BLOCK_NAME_WORDS;
    }
    blocks.replaced?.release();
    if (record.kind === "mail") lane.noteMail();
    return true;
  }

  /** All that the record needs, or nothing. */
  #allocate(payload: PayloadBlock | undefined, large: Body | undefined): Blocks | undefined {
    const body = large && this.#slabs.allocateChain(large.end - large.start);
    if (large !== undefined && body === undefined) return undefined;
    const owned = payload && this.#sendable(payload);
    if (payload !== undefined && owned === undefined) {
      this.#slabs.undo(body ?? []);
      return undefined;
    }
    if (large !== undefined && body !== undefined) fill(body, large);
    return { payload: owned, replaced: owned === payload ? undefined : payload, body };
  }

  /** The block itself, or a copy where others could not know its arena. */
  #sendable(payload: PayloadBlock): SlabBlock | undefined {
    if (payload instanceof SlabBlock && this.#slabs.canSend(payload)) return payload;
    const copy = this.#slabs.allocate(payload.bytes.length);
    copy?.bytes.set(payload.bytes);
    return copy;
  }
}

function copyBody(lane: LaneWriter, offset: number, body: Body): void {
  const { bytes, words: source, start, end } = body;
  const words = (end - start + 3) >> 2;
  const from = start >> 2;
  const isWholeWords = start % 4 === 0 && from + words <= source.length;
  if (words > LOOP_COPY_WORDS_MAX || !isWholeWords) {
    lane.memory.bytes.set(bytes.subarray(start, end), offset);
    return;
  }
  const target = lane.memory.words;
  const to = offset >> 2;
  for (let index = 0; index < words; index += 1) target[to + index] = source[from + index] ?? 0;
}

function payloadOf(record: KernelRecord): PayloadBlock | undefined {
  return record.kind === "mail" ? record.payload : undefined;
}

function bodyOf(record: KernelRecord): unknown {
  switch (record.kind) {
    case "mail":
      return record.message;
    case "reply":
      return { value: record.value };
    case "failure":
      return record.failure;
    case "terminated":
      return record.termination;
    case "spawn":
      return { url: record.url, name: record.name, args: record.args };
    case "spawned":
      return record.outcome;
    default:
      return undefined;
  }
}

function callOf(record: KernelRecord): number {
  return record.kind === "stop" ? 0 : record.call;
}

function headWordsOf(record: KernelRecord): number {
  const forPayload = payloadOf(record) === undefined ? 0 : BLOCK_NAME_WORDS;
  return FIXED_WORDS + (callOf(record) === 0 ? 0 : CALL_WORDS) + forPayload;
}

/** What only this kind has and fits one word. */
function ownWordOf(record: KernelRecord, body: Body): number {
  if (record.kind === "mail") return body.layout;
  if (record.kind === "stop") return record.mode === "drain" ? STOP_DRAIN : STOP_NOW;
  if (record.kind === "moved") return record.thread;
  return record.kind === "spawn" ? record.mailboxMessagesMax : 0;
}

function writeHead(
  words: Int32Array,
  floats: Float64Array,
  at: number,
  record: KernelRecord,
  body: Body,
  blocksFlag: number,
): void {
  const call = callOf(record);
  const callFlag = call === 0 ? 0 : HAS_CALL;
  const payloadFlag = payloadOf(record) === undefined ? 0 : HAS_PAYLOAD;
  const bodyFlag = blocksFlag | (body.isFlat ? BODY_IS_FLAT : 0);
  words[at + KIND_WORD] = KIND_CODES[record.kind] | ((callFlag | payloadFlag | bodyFlag) << 8);
  words[at + BODY_BYTES_WORD] = body.end - body.start;
  const to = "to" in record ? record.to : undefined;
  words[at + TO_WORD] = to === undefined ? NOBODY : to.slot;
  words[at + TO_WORD + 1] = to === undefined ? 0 : to.incarnation;
  const from = "from" in record ? record.from : undefined;
  words[at + FROM_WORD] = from === undefined ? NOBODY : from.slot;
  words[at + FROM_WORD + 1] = from === undefined ? 0 : from.incarnation;
  words[at + OWN_WORD] = ownWordOf(record, body);
  if (call === 0) return;
  floats[(at + FIXED_WORDS) >> 1] = call;
  floats[((at + FIXED_WORDS) >> 1) + 1] = record.kind === "mail" ? record.budgetMs : 0;
}

function fill(blocks: readonly SlabBlock[], { bytes, start }: Body): void {
  let from = start;
  for (const block of blocks) {
    block.bytes.set(bytes.subarray(from, from + block.bytes.length));
    from += block.bytes.length;
  }
}
