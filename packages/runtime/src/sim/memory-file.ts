// One file of the memory disk: what is there now, and what would be there after the power has gone. Sparse, in
// pages; pages that are synced are shared by both, and copied when they are written again.
import { assert } from "../assert.ts";

/** What a disk writes whole or not at all. */
export const SECTOR_BYTES = 512;
const PAGE_BYTES = 4_096;

type Content = { readonly pages: Map<number, Uint8Array>; sizeBytes: number };

const ZEROS = new Uint8Array(PAGE_BYTES);

export class MemoryFile {
  #now: Content = { pages: new Map(), sizeBytes: 0 };
  #durable: Content = { pages: new Map(), sizeBytes: 0 };
  /** Pages written since the last sync; in `#now` each of them is a copy of its own. */
  readonly #dirty = new Set<number>();

  get sizeBytes(): number {
    return this.#now.sizeBytes;
  }

  *unsynced(path: string): Generator<string> {
    const { sizeBytes, pages } = this.#durable;
    const isSame = [...this.#now.pages].every(([page, bytes]) => pages.get(page) === bytes);
    if (!isSame || pages.size !== this.#now.pages.size || sizeBytes !== this.#now.sizeBytes)
      yield path;
  }

  write(bytes: Uint8Array, offsetBytes: number): void {
    this.#forEachPage(offsetBytes, bytes.byteLength, (page, from, at, length) => {
      this.#ownPage(page).set(bytes.subarray(at, at + length), from);
    });
    this.#now.sizeBytes = Math.max(this.#now.sizeBytes, offsetBytes + bytes.byteLength);
  }

  read(into: Uint8Array, offsetBytes: number): number {
    const length = Math.max(0, Math.min(into.byteLength, this.#now.sizeBytes - offsetBytes));
    this.#forEachPage(offsetBytes, length, (page, from, at, count) => {
      into.set((this.#now.pages.get(page) ?? ZEROS).subarray(from, from + count), at);
    });
    return length;
  }

  /** What is cut off reads as zeros if the file grows again. */
  truncate(sizeBytes: number): void {
    const isShorter = sizeBytes < this.#now.sizeBytes;
    this.#now.sizeBytes = sizeBytes;
    if (!isShorter) return;
    const firstGone = Math.ceil(sizeBytes / PAGE_BYTES);
    for (const page of [...this.#now.pages.keys()]) if (page >= firstGone) this.#clearPage(page);
    if (sizeBytes % PAGE_BYTES !== 0) this.#ownPage(firstGone - 1).fill(0, sizeBytes % PAGE_BYTES);
  }

  sync(): void {
    for (const page of this.#dirty) copyPage(this.#now, this.#durable, page);
    this.#dirty.clear();
    this.#durable.sizeBytes = this.#now.sizeBytes;
  }

  /** A failed sync: the pages count as clean, what was in them is nowhere but in memory. */
  forgetDirty(): void {
    this.#dirty.clear();
  }

  /** @param keeps Asked for each sector that was written and not synced, in order of place. */
  crash(keeps: () => boolean): void {
    for (const page of [...this.#dirty].sort((a, b) => a - b)) this.#crashPage(page, keeps);
    if (this.#now.sizeBytes !== this.#durable.sizeBytes && keeps())
      this.#durable.sizeBytes = this.#now.sizeBytes;
    this.#dirty.clear();
    this.#now = { pages: new Map(this.#durable.pages), sizeBytes: this.#durable.sizeBytes };
    this.#cutBeyondEnd();
  }

  /** Of a file without unsynced pages: they are shared, and copied where either is written. */
  copy(): MemoryFile {
    assert(this.#dirty.size === 0, "a file was copied with what is not synced");
    const copy = new MemoryFile();
    copy.#now = { pages: new Map(this.#now.pages), sizeBytes: this.#now.sizeBytes };
    copy.#durable = { pages: new Map(this.#durable.pages), sizeBytes: this.#durable.sizeBytes };
    return copy;
  }

  /** Bytes that would be there after the power has gone. */
  get durableBytes(): number {
    return this.#durable.sizeBytes;
  }

  /** One bit of what was synced is another from now on, unless its page is written again. */
  flipBit(offsetBytes: number, bit: number): void {
    assert(offsetBytes < this.#durable.sizeBytes, "a bit beyond what was synced");
    const page = Math.floor(offsetBytes / PAGE_BYTES);
    const durable = Uint8Array.from(this.#durable.pages.get(page) ?? ZEROS);
    const at = offsetBytes % PAGE_BYTES;
    durable[at] = (durable[at] ?? 0) ^ (1 << bit);
    this.#durable.pages.set(page, durable);
    // What is in memory and not synced yet is not on the medium that went bad.
    if (!this.#dirty.has(page)) this.#now.pages.set(page, durable);
  }

  #crashPage(page: number, keeps: () => boolean): void {
    const written = this.#now.pages.get(page) ?? ZEROS;
    const mixed = new Uint8Array(this.#durable.pages.get(page) ?? ZEROS);
    for (let at = 0; at < PAGE_BYTES; at += SECTOR_BYTES) {
      const sector = written.subarray(at, at + SECTOR_BYTES);
      if (!isEqual(sector, mixed.subarray(at, at + SECTOR_BYTES)) && keeps()) mixed.set(sector, at);
    }
    this.#durable.pages.set(page, mixed);
  }

  /** Sectors that were kept beyond an end that was not. */
  #cutBeyondEnd(): void {
    const sizeBytes = this.#now.sizeBytes;
    this.#now.sizeBytes = Number.MAX_SAFE_INTEGER;
    this.truncate(sizeBytes);
    this.sync();
  }

  #clearPage(page: number): void {
    this.#now.pages.delete(page);
    this.#dirty.add(page);
  }

  #ownPage(page: number): Uint8Array {
    const present = this.#now.pages.get(page);
    if (present !== undefined && this.#dirty.has(page)) return present;
    const own = new Uint8Array(present ?? ZEROS);
    this.#now.pages.set(page, own);
    this.#dirty.add(page);
    return own;
  }

  /** @param visit Page, offset in it, offset in the whole, length. */
  #forEachPage(
    offsetBytes: number,
    lengthBytes: number,
    visit: (page: number, from: number, at: number, length: number) => void,
  ): void {
    assert(offsetBytes >= 0, "a file was touched before its beginning");
    for (let at = 0; at < lengthBytes; ) {
      const position = offsetBytes + at;
      const from = position % PAGE_BYTES;
      const length = Math.min(PAGE_BYTES - from, lengthBytes - at);
      visit(Math.floor(position / PAGE_BYTES), from, at, length);
      at += length;
    }
  }
}

function copyPage(from: Content, to: Content, page: number): void {
  const bytes = from.pages.get(page);
  if (bytes === undefined) to.pages.delete(page);
  else to.pages.set(page, bytes);
}

function isEqual(a: Uint8Array, b: Uint8Array): boolean {
  for (let at = 0; at < a.length; at += 1) if (a[at] !== b[at]) return false;
  return true;
}
