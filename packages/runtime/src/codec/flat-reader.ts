// Reads the flat form, from a lane itself: it takes nothing but numbers out of that memory. Objects of the
// same names are made by the same literal, so that they have one hidden class; short texts that came
// before are found again and not made anew.
import { assert } from "../assert.ts";
import { NO_BODY, wordsOf } from "./body.ts";
import {
  FALSE,
  FLAT_TEXT_MAX,
  FLOAT,
  hashWords,
  INT,
  NAMES_COUNT_BITS,
  NAMES_WORDS_MASK,
  NULL,
  OBJECT,
  TAG_BITS,
  TAG_MASK,
  TEXT,
  TRUE,
} from "./flat-layout.ts";

const SHAPE_BITS = 10;
const SHAPES_KEPT = 1 << SHAPE_BITS;
/** The hash of similar names differs in its high bits most. */
const SPREAD = 0x9e3779b1;
/** Where one shape may stand: to make one anew is to compile, which takes fifty times as long as to read. */
const SHAPE_PLACES = 4;
/** A power of two. What falls together only costs each other being made again. */
const TEXTS_KEPT = 1_024;
/** Longer ones seldom come again, and comparing them costs as much as making them. */
const KEPT_TEXT_WORDS_MAX = 8;

type Make = (reader: FlatReader) => Record<string, unknown>;
type Shape = { readonly words: Int32Array; readonly make: Make };

export class FlatReader {
  readonly #shapes = new Array<Shape | undefined>(SHAPES_KEPT).fill(undefined);
  readonly #texts = new Array<string>(TEXTS_KEPT).fill("");
  /** What the kept texts look like in a message. */
  readonly #textWords = new Int32Array(TEXTS_KEPT * KEPT_TEXT_WORDS_MAX);
  readonly #scratch = Buffer.alloc(FLAT_TEXT_MAX);
  readonly #scratchWords = wordsOf(this.#scratch);
  readonly #float = new Float64Array(1);
  readonly #floatWords = new Int32Array(this.#float.buffer);
  #words: Int32Array = NO_BODY.words;
  #at = 0;

  /** @param at Where in `words` the object starts. It is read in one go: nothing may write there. */
  read(words: Int32Array, at: number): Record<string, unknown> {
    this.#words = words;
    this.#at = at;
    return this.#object();
  }

  /** The next value; called by what makes objects, in the order of their names. */
  value(): unknown {
    const words = this.#words;
    const at = this.#at;
    const tag = words[at] ?? 0;
    this.#at = at + 1;
    switch (tag & TAG_MASK) {
      case INT:
        this.#at = at + 2;
        return words[at + 1];
      case TEXT:
        return this.#text(tag >> TAG_BITS);
      case FLOAT:
        this.#at = at + 3;
        this.#floatWords[0] = words[at + 1] ?? 0;
        this.#floatWords[1] = words[at + 2] ?? 0;
        return this.#float[0];
      case TRUE:
        return true;
      case FALSE:
        return false;
      case OBJECT:
        return this.#object();
      case NULL:
        return null;
      default:
        return undefined;
    }
  }

  #object(): Record<string, unknown> {
    const names = this.#at + 1 + (this.#words[this.#at] ?? 0);
    const { words, make } = this.#shapeAt(names);
    this.#at += 1;
    const made = make(this);
    assert(this.#at === names, "an object has other values than it has names");
    this.#at = names + words.length;
    return made;
  }

  #shapeAt(at: number): Shape {
    const words = this.#words;
    const index = Math.imul(words[at] ?? 0, SPREAD) >>> (32 - SHAPE_BITS);
    const kept = this.#shapes[index];
    if (kept !== undefined && isSame(words, at, kept.words, 0, kept.words.length)) return kept;
    return this.#laterShapeAt(at, index);
  }

  /** In one of the places behind `first`, or made for the first that is free. */
  #laterShapeAt(at: number, first: number): Shape {
    const words = this.#words;
    let free = first;
    for (let place = 0; place < SHAPE_PLACES; place += 1) {
      const index = (first + place) & (SHAPES_KEPT - 1);
      const kept = this.#shapes[index];
      if (kept === undefined) {
        free = index;
        break;
      }
      if (isSame(words, at, kept.words, 0, kept.words.length)) return kept;
    }
    const own = words.slice(at, at + 2 + ((words[at + 1] ?? 0) & NAMES_WORDS_MASK));
    const made = { words: own, make: makerOf(namesOf(own)) };
    this.#shapes[free] = made;
    return made;
  }

  #text(length: number): string {
    const words = this.#words;
    const at = this.#at;
    const count = (length + 3) >> 2;
    this.#at = at + count;
    if (count > KEPT_TEXT_WORDS_MAX) return this.#makeText(at, count, length);
    const index = hashWords(words, at, count, length) & (TEXTS_KEPT - 1);
    const kept = this.#texts[index] ?? "";
    const keptAt = index * KEPT_TEXT_WORDS_MAX;
    if (kept.length === length && isSame(words, at, this.#textWords, keptAt, count)) return kept;
    const made = this.#makeText(at, count, length);
    this.#texts[index] = made;
    copyWords(words, at, this.#textWords, keptAt, count);
    return made;
  }

  #makeText(at: number, count: number, length: number): string {
    copyWords(this.#words, at, this.#scratchWords, 0, count);
    return this.#scratch.toString("latin1", 0, length);
  }
}

function copyWords(from: Int32Array, at: number, to: Int32Array, toAt: number, count: number) {
  for (let index = 0; index < count; index += 1) to[toAt + index] = from[at + index] ?? 0;
}

function isSame(a: Int32Array, aAt: number, b: Int32Array, bAt: number, count: number): boolean {
  for (let index = 0; index < count; index += 1)
    if (a[aAt + index] !== b[bAt + index]) return false;
  return true;
}

function namesOf(shapeWords: Int32Array): string[] {
  const bytes = (shapeWords.length - 2) * 4;
  const text = Buffer.from(shapeWords.buffer, shapeWords.byteOffset + 8, bytes).toString("latin1");
  return text.split("\0").slice(0, (shapeWords[1] ?? 0) >> NAMES_COUNT_BITS);
}

function makerOf(names: readonly string[]): Make {
  const fields = names.map((name) => `${JSON.stringify(name)}: reader.value()`);
  return new Function("reader", `return { ${fields.join(", ")} };`) as Make;
}
