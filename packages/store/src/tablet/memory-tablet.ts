// The committed data of a tablet in memory. With a journal a commit is durable before it is visible;
// without one it lasts as long as the engine does.
import type { Key, KeyRange } from "@multiraft/pd/protocol";
import type { CommitJournal } from "./commit-journal.ts";
import type { MemoryPairs } from "./memory-pairs.ts";
import type { Page } from "./merge-scan.ts";
import type { Stratum } from "./middle-key.ts";
import type { TabletMeta } from "./tablet.ts";
import type { BaseSnapshot, TabletBase } from "./tablet-base.ts";
import type { Generation } from "./write-buffer.ts";

export class MemoryBase implements TabletBase {
  #meta: TabletMeta;
  readonly #pairs: MemoryPairs;
  readonly #journal: CommitJournal | undefined;

  constructor(meta: TabletMeta, pairs: MemoryPairs, journal: CommitJournal | undefined) {
    this.#meta = meta;
    this.#pairs = pairs;
    this.#journal = journal;
  }

  get meta(): TabletMeta {
    return this.#meta;
  }
  get sizeBytes(): number {
    return this.#pairs.sizeBytes;
  }
  get keys(): number {
    return this.#pairs.count;
  }

  get(key: Key): Uint8Array | undefined {
    return this.#pairs.get(key);
  }

  page(range: KeyRange, limitPairs: number, limitBytes: number): Page {
    return this.#pairs.page(range, limitPairs, limitBytes);
  }

  commit(writes: Generation, meta: TabletMeta): void {
    if (this.#journal?.isLarge) this.#journal.rewrite(this.#pairs, this.#meta);
    this.#journal?.append(writes, meta);
    writes.writes.forEachPair((key, value) => this.#pairs.write(key, value));
    this.#meta = meta;
  }

  strata(range: KeyRange): Stratum[] {
    return this.#pairs.strata(range);
  }

  openSnapshot(): BaseSnapshot {
    const frozen = this.#pairs.clone();
    return {
      page: (range, limitPairs, limitBytes) => frozen.page(range, limitPairs, limitBytes),
      blocks: {
        write: (key, value) => frozen.write(key, value),
        piece: (range, limitBytes) => frozen.piece(range, limitBytes),
      },
      close: () => frozen.close(),
    };
  }

  /** There are no files that another store could open. */
  openCopy(): undefined {
    return undefined;
  }

  close(): void {
    this.#journal?.close();
  }

  /** The data end here, but for what open snapshots have of them. */
  drop(): void {
    this.#pairs.close();
  }
}
