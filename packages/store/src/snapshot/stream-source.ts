// Where the pieces of an outgoing stream come from: the files of a copied tablet, or a frozen view
// of its pairs. A source is read once, in order, and closed by whoever opened it.

import type { Key, KeyRange } from "@multiraft/pd/protocol";
import { assert } from "@multiraft/runtime";
import { keyAfter } from "../tablet/frozen-view.ts";
import type { PairPiece } from "../tablet/pair-piece.ts";
import type { TabletCopy, TabletMeta, TabletView } from "../tablet/tablet.ts";
import type { StreamFormat } from "../transport/region-mail.ts";

export type Piece =
  | {
      readonly kind: "file";
      readonly path: string;
      readonly file: string;
      readonly offsetBytes: number;
      readonly lengthBytes: number;
      /** Stands at the beginning of the piece, instead of what the file has there. */
      readonly head: Uint8Array;
    }
  | { readonly kind: "pairs"; readonly pairs: PairPiece };

export interface StreamSource {
  readonly format: StreamFormat;
  readonly meta: TabletMeta;
  /** Undefined after the last piece. */
  next(chunkBytes: number): Piece | undefined;
  close(): void;
}

export class FileSource implements StreamSource {
  readonly format = "files";
  readonly #copy: TabletCopy;
  readonly #remove: () => void;
  #file = 0;
  #offset = 0;
  #isClosed = false;

  /** @param remove Removes what was copied for it; called once, when it is closed. */
  constructor(copy: TabletCopy, remove: () => void) {
    this.#copy = copy;
    this.#remove = remove;
  }

  get meta(): TabletMeta {
    return this.#copy.meta;
  }

  next(chunkBytes: number): Piece | undefined {
    for (let file = this.#copy.files[this.#file]; file; file = this.#copy.files[this.#file]) {
      if (this.#offset < file.sizeBytes) {
        const offsetBytes = this.#offset;
        const lengthBytes = Math.min(chunkBytes, file.sizeBytes - offsetBytes);
        this.#offset += lengthBytes;
        const { path, name } = file;
        const head = file.head.subarray(offsetBytes, offsetBytes + lengthBytes);
        return { kind: "file", path, file: name, offsetBytes, lengthBytes, head };
      }
      this.#file += 1;
      this.#offset = 0;
    }
    return undefined;
  }

  close(): void {
    if (this.#isClosed) return;
    this.#isClosed = true;
    this.#copy.close();
    this.#remove();
  }
}

export class PairSource implements StreamSource {
  readonly format = "pairs";
  readonly meta: TabletMeta;
  readonly #view: TabletView;
  readonly #end: Key;
  #start: Key | undefined;

  /** @param range What is streamed. @param meta What the received tablet will say of itself. */
  constructor(view: TabletView, range: KeyRange, meta: TabletMeta) {
    this.#view = view;
    this.meta = meta;
    this.#start = range.start;
    this.#end = range.end;
  }

  next(chunkBytes: number): Piece | undefined {
    if (this.#start === undefined) return undefined;
    const range = { start: this.#start, end: this.#end };
    const pairs = this.#view.piece(range, chunkBytes);
    if (pairs === undefined) {
      this.#start = undefined;
      return undefined;
    }
    assert(pairs.lastKey >= this.#start, "a scan went backwards");
    this.#start = keyAfter(pairs.lastKey);
    return { kind: "pairs", pairs };
  }

  close(): void {
    this.#view.close();
  }
}
