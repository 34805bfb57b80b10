// The layouts of a thread by the number under which they travel. A number follows from the name, so that all
// threads agree without asking; two names with one number are refused when the second is first used.
import { crc32 } from "@node-rs/crc32";
import type { MessageShape } from "../actor/definition.ts";
import { type AnyLayout, LAYOUT_BYTES_MAX } from "../actor/layout.ts";
import { assert } from "../assert.ts";
import { type Body, NO_BODY, type ScratchBody, wordsOf } from "./body.ts";
import { CodecError } from "./message-codec.ts";
import { isSameData } from "./same-data.ts";

/**
 * What an actor gets when it was sent a layout that its definition does not name: a message of a kind that
 * it does not know either.
 */
const UNREADABLE: AnyLayout = {
  name: "",
  byteLength: 1,
  write: () => undefined,
  read: () => ({ kind: "unreadable-layout" }),
};

/** Scratch kept between messages; a message that needs more gets memory of its own. */
const SCRATCH_BYTES_MAX = 1_024 * 1_024;
/** A few bytes longer than what is written, so that bodies can be copied by whole words. */
const SPARE_BYTES = 8;

type Scratch = {
  readonly bytes: Uint8Array;
  readonly words: Int32Array;
  readonly view: DataView;
};

export class LayoutBook {
  readonly #byNumber = new Map<number, AnyLayout>();
  readonly #numbers = new Map<AnyLayout, number>();
  #scratch = scratchOf(LAYOUT_BYTES_MAX);
  readonly #body: ScratchBody = { ...NO_BODY };
  /** Most mail in a row has one layout. */
  #lastRead: { readonly number: number; readonly layout: AnyLayout } | undefined;
  #lastWritten: { readonly number: number; readonly layout: AnyLayout } | undefined;

  /** What an actor of this thread understands. */
  add(layouts: readonly AnyLayout[]): void {
    for (const layout of layouts) this.#numberOf(layout);
  }

  /** Valid until the next call. */
  write(layout: AnyLayout, message: MessageShape): Body {
    const last = this.#lastWritten;
    const number = last?.layout === layout ? last.number : this.#look(layout);
    const end = lengthOf(layout, message);
    const { bytes, words, view } = this.#scratchFor(end);
    layout.write(message, view, 0);
    const body = this.#body;
    body.bytes = bytes;
    body.words = words;
    body.end = end;
    body.layout = number;
    return body;
  }

  /** A message of this layout may be read where it lies: it takes no bytes out of it. */
  isFixed(number: number): boolean {
    return this.#find(number).byteLength !== "variable";
  }

  read(number: number, view: DataView, at: number, byteLength: number): MessageShape {
    return this.#find(number).read(view, at, byteLength);
  }

  #find(number: number): AnyLayout {
    const last = this.#lastRead;
    if (last?.number === number) return last.layout;
    const layout = this.#byNumber.get(number) ?? UNREADABLE;
    if (layout !== UNREADABLE) this.#lastRead = { number, layout };
    return layout;
  }

  #scratchFor(byteLength: number): Scratch {
    if (byteLength > SCRATCH_BYTES_MAX) return scratchOf(byteLength);
    if (byteLength + SPARE_BYTES > this.#scratch.bytes.length)
      this.#scratch = scratchOf(2 ** Math.ceil(Math.log2(byteLength)));
    return this.#scratch;
  }

  #look(layout: AnyLayout): number {
    this.#lastWritten = { number: this.#numberOf(layout), layout };
    return this.#lastWritten.number;
  }

  #numberOf(layout: AnyLayout): number {
    const known = this.#numbers.get(layout);
    if (known !== undefined) return known;
    const number = crc32(layout.name) | 0 || 1;
    const other = this.#byNumber.get(number);
    if (other !== undefined && other.name !== layout.name)
      throw new CodecError(`layouts ${layout.name} and ${other.name} need different names`);
    this.#byNumber.set(number, layout);
    this.#numbers.set(layout, number);
    return number;
  }
}

function scratchOf(byteLength: number): Scratch {
  const bytes = new Uint8Array((byteLength + SPARE_BYTES + 3) & -4);
  return { bytes, words: wordsOf(bytes), view: new DataView(bytes.buffer) };
}

function lengthOf(layout: AnyLayout, message: MessageShape): number {
  if (layout.byteLength !== "variable") return layout.byteLength;
  const byteLength = layout.byteLengthOf(message);
  assert(byteLength > 0, () => `layout ${layout.name} has no bytes for a message`);
  return byteLength;
}

/** Of nearly all messages with a layout. */
const ROUND_TRIP_BYTES = 64 * 1_024;
const roundTripScratch = scratchOf(ROUND_TRIP_BYTES);

/**
 * What a receiver on another thread would get of a message in this layout.
 * @throws CodecError when that is not equal: the layout has no place for one of its fields.
 */
export function roundTripLayout(layout: AnyLayout, message: MessageShape): MessageShape {
  const byteLength = lengthOf(layout, message);
  const { view } = byteLength > ROUND_TRIP_BYTES ? scratchOf(byteLength) : roundTripScratch;
  layout.write(message, view, 0);
  const received = layout.read(view, 0, byteLength);
  if (!isSameData(received, message))
    throw new CodecError(`layout ${layout.name} does not hold all of the message`);
  return received;
}
