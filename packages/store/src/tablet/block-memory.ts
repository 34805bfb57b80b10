// Memory of large blocks that have come to their end, for those that come next. The first touch of fresh memory
// costs many times what copying into it does: the kernel clears it page by page, and a virtual machine may have to
// ask its host for it (0.4 to 3 ms a MiB seen; a copy takes 0.08). And what never becomes garbage is no pressure on
// the collector.
import { assert } from "@multiraft/runtime";

/** The largest piece of a stream: what is kept is of this size, whatever part of it is used. */
const UNIT_BYTES = 1024 * 1024;
/** So much at most lies ready; what comes back beyond that is left to the collector. */
const KEPT_UNITS_MAX = 64;

export class BlockMemory {
  readonly #ready: ArrayBuffer[] = [];

  get readyBytes(): number {
    return this.#ready.length * UNIT_BYTES;
  }

  /** @returns Memory whose content is anything; `give` takes it back if it is of the size that is kept. */
  take(byteLength: number): Buffer {
    // A small block would hold much more than it needs.
    if (!isKept(byteLength)) return Buffer.allocUnsafeSlow(byteLength);
    const unit = this.#ready.pop() ?? Buffer.allocUnsafeSlow(UNIT_BYTES).buffer;
    return Buffer.from(unit, 0, byteLength);
  }

  /** @param bytes From `take`, once. Nobody looks at it any more. */
  give({ buffer, byteLength }: Buffer): void {
    if (!isKept(byteLength) || this.#ready.length >= KEPT_UNITS_MAX) return;
    assert(buffer instanceof ArrayBuffer && buffer.byteLength === UNIT_BYTES, "foreign memory");
    assert(!this.#ready.includes(buffer), "memory came back twice");
    this.#ready.push(buffer);
  }
}

function isKept(byteLength: number): boolean {
  return byteLength > UNIT_BYTES / 2 && byteLength <= UNIT_BYTES;
}

let ofThisThread: BlockMemory | undefined;

/** One for all engines of a thread: each replica has an engine of its own, and what one leaves another takes. */
export function threadBlocks(): BlockMemory {
  ofThisThread ??= new BlockMemory();
  return ofThisThread;
}
