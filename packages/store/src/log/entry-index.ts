// Where the entries of one life stand in the log: 12 bytes an entry, no entry itself. Each index is
// a cell of its own, so that entries can be told in any order: a replay that begins late meets
// newer entries before the copies of older ones. Once the log is read, there must be no hole.
import { assert } from "@multiraft/runtime";
import type { LogIndex } from "../raft/ids.ts";
import type { LiveBytes } from "./live-bytes.ts";
import { segmentOf } from "./segment.ts";

const CAPACITY_MIN = 8;

/** Position of a hole: segment 0 does not exist. */
const HOLE = 0;

export class EntryIndex {
  readonly #live: LiveBytes;
  #positions = new Float64Array(0);
  #sizes = new Uint32Array(0);
  /** Slot of the first cell. */
  #head = 0;
  #count = 0;
  #first = 0;

  constructor(live: LiveBytes) {
    this.#live = live;
  }

  get isEmpty(): boolean {
    return this.#count === 0;
  }
  /** Of the first and the last cell; meaningless while empty. */
  get firstIndex(): LogIndex {
    return this.#first as LogIndex;
  }
  get lastIndex(): LogIndex {
    return (this.#first + this.#count - 1) as LogIndex;
  }

  /** @returns Undefined where no entry is known. */
  positionOf(index: LogIndex): number | undefined {
    if (!this.#has(index)) return undefined;
    const position = this.#positions[this.#slot(index)];
    return position === HOLE ? undefined : position;
  }

  /** Bytes of a known entry as it stands in the log. */
  sizeOf(index: LogIndex): number {
    return (this.#has(index) && this.#sizes[this.#slot(index)]) || 0;
  }

  hasHoles(): boolean {
    return this.#positions.subarray(this.#head, this.#head + this.#count).includes(HOLE);
  }

  set(index: LogIndex, position: number, sizeBytes: number): void {
    this.#cover(index);
    const slot = this.#slot(index);
    this.#release(slot);
    this.#positions[slot] = position;
    this.#sizes[slot] = sizeBytes;
    this.#live.add(segmentOf(position), sizeBytes);
  }

  /** Forgets `index` and all after it. */
  cutFrom(index: LogIndex): void {
    if (this.#count === 0 || index > this.lastIndex) return;
    const kept = Math.max(index - this.#first, 0);
    for (let slot = this.#head + kept; slot < this.#head + this.#count; slot += 1)
      this.#release(slot);
    this.#count = kept;
    this.#shrink();
  }

  /** Forgets `index` and all before it. */
  dropThrough(index: LogIndex): void {
    if (this.#count === 0 || index < this.#first) return;
    const dropped = Math.min(index - this.#first + 1, this.#count);
    for (let slot = this.#head; slot < this.#head + dropped; slot += 1) this.#release(slot);
    this.#head += dropped;
    this.#count -= dropped;
    this.#first += dropped;
    this.#shrink();
  }

  clear(): void {
    this.cutFrom(this.firstIndex);
  }

  #has(index: LogIndex): boolean {
    return index >= this.#first && index < this.#first + this.#count;
  }

  #slot(index: LogIndex): number {
    return this.#head + index - this.#first;
  }

  #release(slot: number): void {
    const position = this.#positions[slot] ?? HOLE;
    if (position === HOLE) return;
    this.#live.remove(segmentOf(position), this.#sizes[slot] ?? 0);
    this.#positions[slot] = HOLE;
  }

  /** Makes `index` one of the cells; cells between it and the others become holes. */
  #cover(index: LogIndex): void {
    assert(index > 0, "entries begin at index 1");
    if (this.#count === 0) this.#first = index;
    if (index < this.#first) this.#moveTo(this.#capacityFor(this.lastIndex - index + 1), index);
    const count = index - this.#first + 1;
    if (this.#head + count > this.#positions.length)
      this.#moveTo(this.#capacityFor(count), this.firstIndex);
    this.#count = Math.max(this.#count, count);
  }

  /** Room to double, so that moving is paid for by the entries that came. */
  #capacityFor(count: number): number {
    return Math.max(CAPACITY_MIN, 2 ** Math.ceil(Math.log2(count * 2)));
  }

  /** A quarter full is too empty: idle lives are many. */
  #shrink(): void {
    if (this.#count === 0) this.#head = 0;
    if (this.#positions.length > CAPACITY_MIN && this.#count * 4 < this.#positions.length)
      this.#moveTo(this.#capacityFor(this.#count), this.firstIndex);
  }

  /** To arrays of `capacity` cells that begin with `first`, at or below what is the first now. */
  #moveTo(capacity: number, first: LogIndex): void {
    const gap = this.#first - first;
    const positions = new Float64Array(capacity);
    const sizes = new Uint32Array(capacity);
    const end = this.#head + this.#count;
    positions.set(this.#positions.subarray(this.#head, end), gap);
    sizes.set(this.#sizes.subarray(this.#head, end), gap);
    this.#positions = positions;
    this.#sizes = sizes;
    this.#head = 0;
    this.#count += this.#count === 0 ? 0 : gap;
    this.#first = first;
  }
}
