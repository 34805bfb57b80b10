// What was applied to a tablet at one moment: a snapshot of its engine, and above it what was buffered.
import type { Key, KeyRange } from "@multiraft/pd/protocol";
import { assert } from "@multiraft/runtime";
import { mergeScan } from "./merge-scan.ts";
import { encodeBlock, PAIR_FIXED_BYTES, PIECE_HEADER_BYTES } from "./pair-block.ts";
import { PairPiece } from "./pair-piece.ts";
import type { Pair, TabletMeta, TabletView } from "./tablet.ts";
import type { BaseSnapshot, SnapshotBlocks } from "./tablet-base.ts";
import type { Overlay } from "./write-buffer.ts";

/** Pairs of a piece: a bound for tiny values, so that one piece does not take a turn too long. */
const PIECE_PAIRS_MAX = 16_384;

export class FrozenView implements TabletView {
  readonly meta: TabletMeta;
  readonly #snapshot: BaseSnapshot;
  #overlay: Overlay;
  #isOpen = true;

  constructor(meta: TabletMeta, snapshot: BaseSnapshot, overlay: Overlay) {
    this.meta = meta;
    this.#snapshot = snapshot;
    this.#overlay = overlay;
  }

  scan(range: KeyRange, limitPairs: number, limitBytes: number): Pair[] {
    assert(this.#isOpen, "a view was read after it was closed");
    return mergeScan(this.#snapshot, this.#overlay, range, limitPairs, limitBytes);
  }

  piece(range: KeyRange, limitBytes: number): PairPiece | undefined {
    const { blocks } = this.#snapshot;
    if (blocks === undefined) return this.#encode(range, limitBytes);
    assert(this.#isOpen, "a view was read after it was closed");
    this.#sink(blocks);
    return blocks.piece(range, limitBytes);
  }

  close(): void {
    if (this.#isOpen) this.#snapshot.close();
    this.#isOpen = false;
  }

  /** Into the snapshot, which is this view's alone; the oldest first. */
  #sink(blocks: SnapshotBlocks): void {
    for (const layer of [...this.#overlay].reverse())
      layer.forEachPair((key, value) => blocks.write(key, value));
    this.#overlay = [];
  }

  #encode(range: KeyRange, limitBytes: number): PairPiece | undefined {
    const pairs = this.scan(range, PIECE_PAIRS_MAX, limitBytes);
    const fitting = pairsWithin(pairs, limitBytes);
    if (fitting.length === 0) return undefined;
    const piece = new PairPiece(limitBytes);
    piece.take(encodeBlock(fitting), 0, fitting.length);
    return piece;
  }
}

/** At least one, if there is any. */
function pairsWithin(pairs: readonly Pair[], limitBytes: number): readonly Pair[] {
  let bytes = PIECE_HEADER_BYTES;
  let count = 0;
  for (const { key, value } of pairs) {
    bytes += PAIR_FIXED_BYTES + key.length + value.byteLength;
    if (bytes > limitBytes && count > 0) break;
    count += 1;
  }
  return pairs.slice(0, count);
}

/** The lowest key above `key`. */
export function keyAfter(key: Key): Key {
  return `${key}\0` as Key;
}
