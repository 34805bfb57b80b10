// What was applied to a tablet and has not reached its engine: two generations of sorted writes, the
// one being committed and the one being filled. Reads look through both; the newer one wins.
// A generation that was handed to a commit is not changed any more, so views may share it.
import type { Key } from "@multiraft/pd/protocol";
import { assert } from "@multiraft/runtime";
import { type SortedMap, sortedMap } from "./sorted-map.ts";

/** A value, or null where the key was deleted. */
export type Buffered = Uint8Array | null;

/** Writes that reach the engine in one commit: the last one of each key. */
export class Generation {
  readonly writes: SortedMap<Buffered> = sortedMap<Buffered>();
  /** Keys that end with a value, and the bytes of these pairs. */
  putPairs = 0;
  putBytes = 0;
  /** Bytes of all keys and values held. */
  heldBytes = 0;

  get isEmpty(): boolean {
    return this.writes.isEmpty;
  }

  set(key: Key, value: Buffered): void {
    const before = this.writes.get(key);
    if (before !== undefined) this.#count(key, before, -1);
    this.writes.set(key, value);
    this.#count(key, value, 1);
  }

  #count(key: Key, value: Buffered, sign: 1 | -1): void {
    if (value === null) {
      this.heldBytes += sign * key.length;
      return;
    }
    const pairBytes = key.length + value.byteLength;
    this.heldBytes += sign * pairBytes;
    this.putBytes += sign * pairBytes;
    this.putPairs += sign;
  }
}

/** Generations to read through, the newest first. */
export type Overlay = readonly SortedMap<Buffered>[];

export class WriteBuffer {
  #filling = new Generation();
  #committing: Generation | undefined;

  get fillingBytes(): number {
    return this.#filling.heldBytes;
  }

  /** Of both generations; a key that is in both counts twice. */
  get putBytes(): number {
    return this.#filling.putBytes + (this.#committing?.putBytes ?? 0);
  }

  /** By how many the number of keys grows if no put overwrites and every delete finds its key. */
  get keysGrowth(): number {
    return growth(this.#filling) + (this.#committing === undefined ? 0 : growth(this.#committing));
  }

  set(key: Key, value: Buffered): void {
    this.#filling.set(key, value);
  }

  /** Undefined where the engine decides, null where the key is known to be deleted. */
  get(key: Key): Buffered | undefined {
    const value = this.#filling.writes.get(key);
    return value === undefined ? this.#committing?.writes.get(key) : value;
  }

  /** For reads that end before the next write. */
  overlay(): Overlay {
    return layers(this.#filling.writes, this.#committing);
  }

  /** For reads that go on while writes come: later writes are not in it. */
  frozenOverlay(): Overlay {
    return layers(this.#filling.writes.clone(), this.#committing);
  }

  /** Hands over what was filled; from now on a new generation is filled. */
  rotate(): Generation {
    assert(this.#committing === undefined, "a commit began while another one was going on");
    this.#committing = this.#filling;
    this.#filling = new Generation();
    return this.#committing;
  }

  /** The engine has it now. */
  release(): void {
    assert(this.#committing !== undefined, "no generation is being committed");
    this.#committing = undefined;
  }
}

function layers(filling: SortedMap<Buffered>, committing: Generation | undefined): Overlay {
  const all = committing === undefined ? [filling] : [filling, committing.writes];
  return all.filter((layer) => !layer.isEmpty);
}

function growth(generation: Generation): number {
  return 2 * generation.putPairs - generation.writes.size;
}
