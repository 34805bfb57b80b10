// The layouts of a thread by the number under which they travel. A number follows from the name, so that all
// threads agree without asking; two names with one number are refused when the second is first used.
import { isDeepStrictEqual } from "node:util";
import { crc32 } from "@node-rs/crc32";
import type { MessageShape } from "../actor/definition.ts";
import { type AnyLayout, LAYOUT_BYTES_MAX } from "../actor/layout.ts";
import type { Body } from "./body.ts";
import { CodecError } from "./message-codec.ts";

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

export class LayoutBook {
  readonly #byNumber = new Map<number, AnyLayout>();
  readonly #numbers = new Map<AnyLayout, number>();
  /** A few bytes longer, so that bodies can be copied by whole words. */
  readonly #scratch = new DataView(new ArrayBuffer(LAYOUT_BYTES_MAX + 8));
  readonly #bytes = new Uint8Array(this.#scratch.buffer);
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
    layout.write(message, this.#scratch, 0);
    return { bytes: this.#bytes, start: 0, end: layout.byteLength, layout: number };
  }

  read(number: number, view: DataView, at: number): MessageShape {
    const last = this.#lastRead;
    if (last?.number === number) return last.layout.read(view, at);
    const layout = this.#byNumber.get(number) ?? UNREADABLE;
    if (layout !== UNREADABLE) this.#lastRead = { number, layout };
    return layout.read(view, at);
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

/**
 * What a receiver on another thread would get of a message in this layout.
 * @throws CodecError when that is not equal: the layout has no place for one of its fields.
 */
export function roundTripLayout(layout: AnyLayout, message: MessageShape): MessageShape {
  const view = new DataView(new ArrayBuffer(LAYOUT_BYTES_MAX));
  layout.write(message, view, 0);
  const received = layout.read(view, 0);
  if (!isDeepStrictEqual(received, message))
    throw new CodecError(`layout ${layout.name} does not hold all of the message`);
  return received;
}
