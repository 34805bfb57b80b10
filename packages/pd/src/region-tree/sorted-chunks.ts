// A map in key order, as a list of small sorted arrays: a look-up is two binary searches, a change
// moves at most one array's worth of entries, so that 100,000 regions can be split one by one. Keys
// are in order within and across chunks, and no chunk is empty.
import { assert } from "@multiraft/runtime";

/** Entries per chunk: 4 KiB of references move in about 100 ns, and 100,000 entries need 400 chunks. */
const CHUNK_ENTRIES_MAX = 512;

type Chunk<Value> = { readonly keys: string[]; readonly values: Value[] };

export class SortedChunks<Value> {
  #chunks: Chunk<Value>[] = [];
  #size = 0;

  get size(): number {
    return this.#size;
  }

  /** The value of the greatest key at or below `key`. */
  floor(key: string): Value | undefined {
    const chunk = this.#chunks[chunkFor(this.#chunks, key)];
    return chunk?.values[firstAbove(chunk.keys, key) - 1];
  }

  /** The value of the greatest key below `key`. */
  lower(key: string): Value | undefined {
    const at = chunkFor(this.#chunks, key);
    const chunk = this.#chunks[at];
    if (chunk === undefined) return undefined;
    const index = firstAtOrAbove(chunk.keys, key) - 1;
    return index >= 0 ? chunk.values[index] : this.#chunks[at - 1]?.values.at(-1);
  }

  /** In key order from the least key at or above `key`. Not to be changed meanwhile. */
  *from(key: string): Generator<Value, undefined> {
    const first = Math.max(0, chunkFor(this.#chunks, key));
    for (let at = first; at < this.#chunks.length; at += 1) {
      const chunk = this.#chunks[at];
      if (chunk === undefined) return;
      const start = at === first ? firstAtOrAbove(chunk.keys, key) : 0;
      for (let index = start; index < chunk.values.length; index += 1)
        yield chunk.values[index] as Value;
    }
  }

  /** Adds the key or replaces its value. */
  set(key: string, value: Value): void {
    const at = Math.max(0, chunkFor(this.#chunks, key));
    const chunk = this.#chunks[at];
    if (chunk === undefined) {
      this.#chunks.push({ keys: [key], values: [value] });
      this.#size = 1;
      return;
    }
    const index = firstAtOrAbove(chunk.keys, key);
    if (chunk.keys[index] === key) {
      chunk.values[index] = value;
      return;
    }
    chunk.keys.splice(index, 0, key);
    chunk.values.splice(index, 0, value);
    this.#size += 1;
    if (chunk.keys.length > CHUNK_ENTRIES_MAX) this.#halve(at, chunk);
  }

  /** The key must be there. */
  delete(key: string): void {
    const at = chunkFor(this.#chunks, key);
    const chunk = this.#chunks[at];
    const index = chunk === undefined ? -1 : firstAtOrAbove(chunk.keys, key);
    assert(chunk !== undefined && chunk.keys[index] === key, "deleting a key that is not there");
    chunk.keys.splice(index, 1);
    chunk.values.splice(index, 1);
    this.#size -= 1;
    if (chunk.keys.length === 0) this.#chunks.splice(at, 1);
  }

  #halve(at: number, chunk: Chunk<Value>): void {
    const half = chunk.keys.length >>> 1;
    this.#chunks.splice(at + 1, 0, {
      keys: chunk.keys.splice(half),
      values: chunk.values.splice(half),
    });
  }
}

/** The last chunk that begins at or below `key`; -1 when all begin above it. */
function chunkFor(chunks: readonly Chunk<unknown>[], key: string): number {
  let low = 0;
  let high = chunks.length;
  while (low < high) {
    const middle = (low + high) >>> 1;
    if ((chunks[middle]?.keys[0] as string) <= key) low = middle + 1;
    else high = middle;
  }
  return low - 1;
}

function firstAtOrAbove(keys: readonly string[], key: string): number {
  let low = 0;
  let high = keys.length;
  while (low < high) {
    const middle = (low + high) >>> 1;
    if ((keys[middle] as string) < key) low = middle + 1;
    else high = middle;
  }
  return low;
}

function firstAbove(keys: readonly string[], key: string): number {
  const index = firstAtOrAbove(keys, key);
  return keys[index] === key ? index + 1 : index;
}
