// Writes small plain objects in the flat form, and says of others that they are not of that kind.
import {
  FALSE,
  FLAT_TEXT_MAX,
  FLAT_WORDS_MAX,
  FLOAT,
  hashWords,
  INT,
  NAMES_COUNT_BITS,
  NULL,
  OBJECT,
  TAG_BITS,
  TEXT,
  TRUE,
  UNDEFINED,
} from "./flat-layout.ts";

/** Objects whose names are data (a map from ids) would make names for ever: they are not flat. */
const NAMES_MAX = 2_048;
const NESTING_MAX = 8;

/** The names of an object up to some place, and the words that say all of them. */
class NamesNode {
  readonly names: readonly string[];
  #lastName: string | undefined;
  #lastNode: NamesNode | undefined;
  #nodes: Map<string, NamesNode> | undefined;
  #words: Int32Array | undefined;

  constructor(names: readonly string[]) {
    this.names = names;
  }

  /** @param make Whether there may be one more. */
  next(name: string, make: () => boolean): NamesNode | undefined {
    if (name === this.#lastName) return this.#lastNode;
    this.#nodes ??= new Map();
    let node = this.#nodes.get(name);
    if (node === undefined) {
      if (!isName(name) || !make()) return undefined;
      node = new NamesNode([...this.names, name]);
      this.#nodes.set(name, node);
    }
    this.#lastName = name;
    this.#lastNode = node;
    return node;
  }

  get words(): Int32Array {
    this.#words ??= wordsOfNames(this.names);
    return this.#words;
  }
}

export class FlatWriter {
  readonly words = new Int32Array(FLAT_WORDS_MAX);
  readonly bytes = new Uint8Array(this.words.buffer);
  readonly #root = new NamesNode([]);
  readonly #float = new Float64Array(1);
  readonly #floatWords = new Int32Array(this.#float.buffer);
  #names = 0;
  #at = 0;
  readonly #makeNode = (): boolean => {
    this.#names += 1;
    return this.#names <= NAMES_MAX;
  };

  /** @returns Words written, 0 for a value that is not flat. */
  write(value: unknown): number {
    this.#at = 0;
    return typeof value === "object" && value !== null && this.#object(value, 0) ? this.#at : 0;
  }

  #object(value: object, depth: number): boolean {
    if (depth > NESTING_MAX || Object.getPrototypeOf(value) !== Object.prototype) return false;
    const start = this.#at;
    this.#at = start + 1;
    let node: NamesNode | undefined = this.#root;
    for (const name in value) {
      node = node.next(name, this.#makeNode);
      if (node === undefined) return false;
      if (!this.#value((value as Record<string, unknown>)[name], depth)) return false;
    }
    this.words[start] = this.#at - start - 1;
    return this.#copy(node.words);
  }

  /** Room is asked for before anything of more than two words. */
  #value(value: unknown, depth: number): boolean {
    if (this.#at + 3 > FLAT_WORDS_MAX) return false;
    switch (typeof value) {
      case "number":
        return this.#number(value);
      case "string":
        return this.#text(value);
      case "boolean":
        return this.#tag(value ? TRUE : FALSE);
      case "undefined":
        return this.#tag(UNDEFINED);
      case "object":
        if (value === null) return this.#tag(NULL);
        return this.#tag(OBJECT) && this.#object(value, depth + 1);
      default:
        return false;
    }
  }

  #tag(tag: number): boolean {
    this.words[this.#at] = tag;
    this.#at += 1;
    return true;
  }

  #number(value: number): boolean {
    const { words } = this;
    const at = this.#at;
    if ((value | 0) === value) {
      words[at] = INT;
      words[at + 1] = value;
      this.#at = at + 2;
    } else {
      this.#float[0] = value;
      words[at] = FLOAT;
      words[at + 1] = this.#floatWords[0] ?? 0;
      words[at + 2] = this.#floatWords[1] ?? 0;
      this.#at = at + 3;
    }
    return true;
  }

  #text(text: string): boolean {
    const { length } = text;
    const { words } = this;
    let at = this.#at;
    if (length > FLAT_TEXT_MAX || at + 1 + ((length + 3) >> 2) > FLAT_WORDS_MAX) return false;
    words[at] = TEXT | (length << TAG_BITS);
    let seen = 0;
    let index = 0;
    for (; index + 4 <= length; index += 4) {
      const first = text.charCodeAt(index);
      const second = text.charCodeAt(index + 1);
      const third = text.charCodeAt(index + 2);
      const fourth = text.charCodeAt(index + 3);
      seen |= first | second | third | fourth;
      at += 1;
      words[at] = first | (second << 8) | (third << 16) | (fourth << 24);
    }
    if (index < length) {
      let word = 0;
      for (let shift = 0; index < length; index += 1, shift += 8) {
        const code = text.charCodeAt(index);
        seen |= code;
        word |= code << shift;
      }
      at += 1;
      words[at] = word;
    }
    this.#at = at + 1;
    return seen < 256;
  }

  #copy(names: Int32Array): boolean {
    const at = this.#at;
    if (at + names.length > FLAT_WORDS_MAX) return false;
    for (let index = 0; index < names.length; index += 1)
      this.words[at + index] = names[index] ?? 0;
    this.#at = at + names.length;
    return true;
  }
}

/** An object made from a literal with this name has it as a property of its own, and it fits. */
function isName(name: string): boolean {
  if (name === "__proto__" || name.length > FLAT_TEXT_MAX) return false;
  for (let index = 0; index < name.length; index += 1) {
    const code = name.charCodeAt(index);
    if (code === 0 || code > 255) return false;
  }
  return true;
}

function wordsOfNames(names: readonly string[]): Int32Array {
  const text = Buffer.from(names.map((name) => `${name}\0`).join(""), "latin1");
  const count = (text.length + 3) >> 2;
  const words = new Int32Array(2 + count);
  new Uint8Array(words.buffer, 8).set(text);
  words[0] = hashWords(words, 2, count, names.length);
  words[1] = count | (names.length << NAMES_COUNT_BITS);
  return words;
}
