// Makes kernel records of what lies in a lane. Bodies from which bytes may be taken are copied into private
// memory before they are decoded; blocks that a record names become this thread's.

import type { AnyAddress } from "../actor/address.ts";
import type { MessageShape } from "../actor/definition.ts";
import type { AskFailure, SpawnOutcome, Termination } from "../actor/outcome.ts";
import { assert } from "../assert.ts";
import type { KernelRecord } from "../kernel/record.ts";
import type { LaneMemory } from "../lane/lane-layout.ts";
import { BLOCK_BYTES_MAX } from "../lane/slab-layout.ts";
import { BLOCK_NAME_WORDS, type SlabStore } from "../lane/slab-store.ts";
import { AddressBook } from "./address-book.ts";
import type { LayoutBook } from "./layout-book.ts";
import type { MessageCodec } from "./message-codec.ts";
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
  TO_WORD,
} from "./record-layout.ts";

/** Room for the body of any record that travels in a lane of the default size. */
const SCRATCH_BYTES = 32 * 1_024;
const LOOP_COPY_BYTES_MAX = 160;

type Scratch = { readonly bytes: Buffer; readonly words: Int32Array; readonly view: DataView };

type SpawnBody = { readonly url: string; readonly name: string; readonly args: unknown };

/** Takes mail that is all there is of a record, without one being made. */
export type DeliverPlain = (
  toSlot: number,
  toIncarnation: number,
  fromSlot: number,
  fromIncarnation: number,
  message: MessageShape,
) => void;

export class RecordReader {
  readonly #codec: MessageCodec;
  readonly #layouts: LayoutBook;
  readonly #slabs: SlabStore;
  readonly #addresses = new AddressBook();
  #scratch = scratchOf(SCRATCH_BYTES);

  constructor(codec: MessageCodec, layouts: LayoutBook, slabs: SlabStore) {
    this.#codec = codec;
    this.#layouts = layouts;
    this.#slabs = slabs;
  }

  /** @param offset Where the record starts in the lane. */
  read(memory: LaneMemory, offset: number): KernelRecord {
    const { words, floats } = memory;
    const at = offset >> 2;
    const tag = words[at + KIND_WORD] ?? 0;
    const flags = tag >> 8;
    const hasCall = (flags & HAS_CALL) !== 0;
    const call = hasCall ? (floats[(at + FIXED_WORDS) >> 1] ?? 0) : 0;
    let next = at + FIXED_WORDS + (hasCall ? CALL_WORDS : 0);
    if ((tag & 0xff) !== KIND_CODES.mail) {
      const body = this.#readBody(memory, next, words[at + BODY_BYTES_WORD] ?? 0, flags);
      return systemRecord(tag & 0xff, words, at, call, body);
    }
    const hasPayload = (flags & HAS_PAYLOAD) !== 0;
    const payload = hasPayload ? this.#slabs.take(words, next) : undefined;
    if (hasPayload) next += BLOCK_NAME_WORDS;
    return {
      kind: "mail",
      to: this.#address(words, at + TO_WORD),
      from: words[at + FROM_WORD] === NOBODY ? undefined : this.#address(words, at + FROM_WORD),
      call,
      budgetMs: hasCall ? (floats[((at + FIXED_WORDS) >> 1) + 1] ?? 0) : 0,
      message: this.#readMessage(memory, at, next, flags) as MessageShape,
      payload,
      layout: undefined,
    };
  }

  /** Word of an actor that was spawned. @returns Undefined for all else, of which nothing is taken. */
  readSpawned(memory: LaneMemory, offset: number): KernelRecord | undefined {
    const tag = memory.words[(offset >> 2) + KIND_WORD] ?? 0;
    if ((tag & 0xff) !== KIND_CODES.spawned || ((tag >> 8) & BODY_IN_BLOCKS) !== 0)
      return undefined;
    return this.read(memory, offset);
  }

  /** @returns False for what is more than plain mail between two lives: `read` takes that. */
  readPlain(memory: LaneMemory, offset: number, deliver: DeliverPlain): boolean {
    const { words } = memory;
    const at = offset >> 2;
    const fromSlot = words[at + FROM_WORD] ?? NOBODY;
    const tag = words[at + KIND_WORD];
    const isFlat = tag === PLAIN_FLAT_MAIL;
    if ((!isFlat && tag !== PLAIN_MAIL) || fromSlot === NOBODY) return false;
    const message = isFlat
      ? this.#codec.decodeFlat(words, at + FIXED_WORDS)
      : this.#readMessage(memory, at, at + FIXED_WORDS, 0);
    const toSlot = words[at + TO_WORD] ?? NOBODY;
    const toIncarnation = words[at + TO_WORD + 1] ?? 0;
    deliver(
      toSlot,
      toIncarnation,
      fromSlot,
      words[at + FROM_WORD + 1] ?? 0,
      message as MessageShape,
    );
    return true;
  }

  #address(words: Int32Array, at: number): AnyAddress {
    return this.#addresses.at(words[at] ?? NOBODY, words[at + 1] ?? 0);
  }

  #readMessage(memory: LaneMemory, at: number, next: number, flags: number): unknown {
    const layout = memory.words[at + OWN_WORD] ?? 0;
    const bodyBytes = memory.words[at + BODY_BYTES_WORD] ?? 0;
    if (layout === 0) return this.#readBody(memory, next, bodyBytes, flags);
    // Blocks are taken whoever understands what is in them: nobody else gives them back.
    if (this.#layouts.isFixed(layout) && (flags & BODY_IN_BLOCKS) === 0)
      return this.#layouts.read(layout, memory.view, next * 4, bodyBytes);
    const { view } = this.#privateBytes(memory, next, bodyBytes, flags);
    return this.#layouts.read(layout, view, 0, bodyBytes);
  }

  #readBody(memory: LaneMemory, word: number, bodyBytes: number, flags: number): unknown {
    if (bodyBytes === 0) return undefined;
    const isFlat = (flags & BODY_IS_FLAT) !== 0;
    if (isFlat && (flags & BODY_IN_BLOCKS) === 0) return this.#codec.decodeFlat(memory.words, word);
    const { bytes, words } = this.#privateBytes(memory, word, bodyBytes, flags);
    return isFlat ? this.#codec.decodeFlat(words, 0) : this.#codec.decode(bytes, bodyBytes);
  }

  /** The body in memory that no other thread writes; valid until the next call. */
  #privateBytes(memory: LaneMemory, word: number, bodyBytes: number, flags: number): Scratch {
    if ((flags & BODY_IN_BLOCKS) !== 0) return this.#readBlocks(memory.words, word, bodyBytes);
    if (bodyBytes > this.#scratch.bytes.length) this.#growScratch(bodyBytes);
    if (bodyBytes > LOOP_COPY_BYTES_MAX)
      this.#scratch.bytes.set(memory.bytes.subarray(word * 4, word * 4 + bodyBytes));
    else this.#copyWords(memory.words, word, (bodyBytes + 3) >> 2);
    return this.#scratch;
  }

  #copyWords(words: Int32Array, from: number, count: number): void {
    const target = this.#scratch.words;
    for (let index = 0; index < count; index += 1) target[index] = words[from + index] ?? 0;
  }

  #readBlocks(words: Int32Array, word: number, bodyBytes: number): Scratch {
    const whole = scratchOf(bodyBytes);
    let at = word;
    for (let filled = 0; filled < bodyBytes; filled += BLOCK_BYTES_MAX) {
      const block = this.#slabs.take(words, at);
      whole.bytes.set(block.bytes, filled);
      block.release();
      at += BLOCK_NAME_WORDS;
    }
    return whole;
  }

  #growScratch(bodyBytes: number): void {
    this.#scratch = scratchOf(2 ** Math.ceil(Math.log2(bodyBytes)));
  }
}

function scratchOf(byteLength: number): Scratch {
  const bytes = Buffer.from(new ArrayBuffer(byteLength));
  const words = new Int32Array(bytes.buffer, 0, byteLength >> 2);
  return { bytes, words, view: new DataView(bytes.buffer) };
}

function addressAt(words: Int32Array, at: number): AnyAddress {
  return { slot: words[at] ?? NOBODY, incarnation: words[at + 1] ?? 0 };
}

/** What the writer of the same version put there: the casts name its types. */
function systemRecord(
  kind: number,
  words: Int32Array,
  at: number,
  call: number,
  body: unknown,
): KernelRecord {
  const to = addressAt(words, at + TO_WORD);
  const from = addressAt(words, at + FROM_WORD);
  switch (kind) {
    case KIND_CODES.reply:
      return { kind: "reply", to, call, value: (body as { readonly value: unknown }).value };
    case KIND_CODES.failure:
      return { kind: "failure", to, call, failure: body as AskFailure };
    case KIND_CODES.moved:
      return { kind: "moved", to, call, thread: words[at + OWN_WORD] ?? 0 };
    case KIND_CODES.watch:
      return { kind: "watch", to, from, call };
    case KIND_CODES.unwatch:
      return { kind: "unwatch", to, from, call };
    case KIND_CODES.terminated:
      return { kind: "terminated", to, call, termination: body as Termination };
    case KIND_CODES.stop:
      return { kind: "stop", to, mode: words[at + OWN_WORD] === STOP_DRAIN ? "drain" : "now" };
    case KIND_CODES.spawned:
      return { kind: "spawned", to, call, outcome: body as SpawnOutcome<AnyAddress> };
    default: {
      assert(kind === KIND_CODES.spawn, () => `a record of an unknown kind: ${kind}`);
      const mailboxMessagesMax = words[at + OWN_WORD] ?? 0;
      return {
        kind: "spawn",
        from,
        call,
        ...(body as SpawnBody),
        mailboxMessagesMax,
        definition: undefined,
      };
    }
  }
}
