// Payload memory of the manual platform: a block of its own for each, counted, and poisoned when released so
// that whoever reads on afterwards reads nonsense.
import { assert } from "../assert.ts";
import type { PayloadAllocator, PayloadBlock } from "../kernel/payload-allocator.ts";

const POISON = 0xdb;

export class CountedPayloads implements PayloadAllocator {
  readonly #bytesMax: number;
  #openBlocks = 0;
  #openBytes = 0;

  constructor(bytesMax: number) {
    this.#bytesMax = bytesMax;
  }

  get openBlocks(): number {
    return this.#openBlocks;
  }

  allocate(byteLength: number): PayloadBlock | undefined {
    if (this.#openBytes + byteLength > this.#bytesMax) return undefined;
    this.#openBlocks += 1;
    this.#openBytes += byteLength;
    const bytes = new Uint8Array(new SharedArrayBuffer(byteLength));
    return { bytes, release: this.#releaseOnce(bytes) };
  }

  #releaseOnce(bytes: Uint8Array): () => void {
    let isReleased = false;
    return () => {
      assert(!isReleased, "a payload block was released twice");
      isReleased = true;
      bytes.fill(POISON);
      this.#openBlocks -= 1;
      this.#openBytes -= bytes.byteLength;
    };
  }
}
