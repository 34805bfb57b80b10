// The committed data of a tablet in an lmdb environment, which is opened when it is needed.
import type { Key, KeyRange } from "@multiraft/pd/protocol";
import type { Disk } from "@multiraft/runtime";
import type { EnvironmentCache, EnvironmentSlot } from "./environment-cache.ts";
import { type Environment, openEnvironment, type ReadTransaction } from "./lmdb-environment.ts";
import { DATA_FILE_NAME, type FileHead, LOCK_FILE_NAME, readHead } from "./lmdb-file.ts";
import type { Page } from "./merge-scan.ts";
import type { Stratum } from "./middle-key.ts";
import { type SizeFigures, sizeBytesAfter } from "./size-estimate.ts";
import type { CopiedFile, TabletCopy, TabletMeta } from "./tablet.ts";
import type { BaseSnapshot, TabletBase } from "./tablet-base.ts";
import { TabletError } from "./tablet-error.ts";
import { sameRange } from "./trim.ts";
import type { Generation } from "./write-buffer.ts";

/**
 * Below this part of live pages the free ones are left out, for which lmdb has to write a copy at 1.0-1.6
 * GB/s; above it the file is sent as it is.
 */
const COMPACT_LIVE_RATIO = 0.5;

export class LmdbBase implements TabletBase {
  readonly #disk: Disk;
  readonly #environments: EnvironmentCache;
  readonly #slot: EnvironmentSlot;
  #meta: TabletMeta;
  #sizeBytes: number;
  #keys: number;
  #committing: Promise<unknown> | undefined;
  #hasFailed = false;

  /** @throws TabletError `ERR_MULTIRAFT_TABLET_MISSING`, `…_TABLET_CORRUPT`, `…_TABLET_EXHAUSTED` */
  constructor(disk: Disk, environments: EnvironmentCache, slot: EnvironmentSlot) {
    this.#disk = disk;
    this.#environments = environments;
    this.#slot = slot;
    try {
      const environment = slot.use();
      const { meta, figures } = environment.readMeta();
      this.#meta = meta;
      this.#keys = environment.pairs;
      this.#sizeBytes = sizeBytesAfter(figures, this.#keys);
    } catch (error) {
      slot.retire();
      throw error;
    }
  }

  get meta(): TabletMeta {
    return this.#meta;
  }
  get sizeBytes(): number {
    return this.#sizeBytes;
  }
  get keys(): number {
    return this.#keys;
  }

  get(key: Key): Uint8Array | undefined {
    return this.#slot.use().get(key);
  }

  page(range: KeyRange, limitPairs: number, limitBytes: number): Page {
    return this.#slot.use().page(range, limitPairs, limitBytes);
  }

  strata(range: KeyRange): Stratum[] {
    const environment = this.#slot.use();
    const isAll = !this.#meta.isUntrimmed && sameRange(range, this.#meta.region.range);
    return environment.strata(range, isAll ? this.#keys : environment.countPairs(range));
  }

  async commit(writes: Generation, meta: TabletMeta): Promise<void> {
    const figures: SizeFigures = {
      sizeBytesBefore: this.#sizeBytes,
      keysBefore: this.#keys,
      putPairs: writes.putPairs,
      putBytes: writes.putBytes,
    };
    const environment = this.#slot.pin();
    try {
      const committing = environment.commit(writes, { meta, figures });
      this.#committing = committing;
      const keys = await committing;
      this.#meta = meta;
      this.#keys = keys;
      this.#sizeBytes = sizeBytesAfter(figures, this.#keys);
    } catch (error) {
      this.#hasFailed = true;
      throw error;
    } finally {
      this.#committing = undefined;
      this.#slot.unpin();
    }
  }

  openSnapshot(): BaseSnapshot {
    const environment = this.#slot.pin();
    try {
      const at = environment.openReadTransaction();
      return {
        page: (range, limitPairs, limitBytes) =>
          environment.page(range, limitPairs, limitBytes, at),
        blocks: undefined,
        close: () => {
          environment.closeReadTransaction(at);
          this.#slot.unpin();
        },
      };
    } catch (error) {
      this.#slot.unpin();
      throw error;
    }
  }

  async openCopy(directory: string): Promise<TabletCopy> {
    while (this.#committing !== undefined) await this.#committing.catch(() => undefined);
    if (this.#hasFailed)
      throw new TabletError("ERR_MULTIRAFT_TABLET_COMMIT_FAILED", "nobody knows what is in it");
    const environment = this.#slot.pin();
    try {
      const isSparse = environment.liveRatio < COMPACT_LIVE_RATIO;
      return isSparse ? await this.#compact(environment, directory) : this.#openPages(environment);
    } catch (error) {
      this.#slot.unpin();
      throw error;
    }
  }

  close(): void {
    this.#slot.retire();
  }

  /**
   * The pages of the last commit, in the file that is written on. A transaction that reads keeps all that
   * the commit refers to from being used again; the other pages may be anything, since nobody looks at
   * them; and the two pages that name the commit are taken now, while none is under way. This is what
   * lmdb's own copy of the environment does, without the copy.
   */
  #openPages(environment: Environment): TabletCopy {
    const held = environment.openReadTransaction();
    const path = this.#disk.join(environment.directory, DATA_FILE_NAME);
    const { head, sizeBytes } = this.#readHead(environment, held, path);
    let isOpen = true;
    return {
      meta: this.#meta,
      files: [{ name: DATA_FILE_NAME, path, sizeBytes, head }],
      close: () => {
        if (!isOpen) return;
        isOpen = false;
        environment.closeReadTransaction(held);
        this.#slot.unpin();
      },
    };
  }

  #readHead(environment: Environment, held: ReadTransaction, path: string): FileHead {
    try {
      return readHead(this.#disk, path);
    } catch (error) {
      environment.closeReadTransaction(held);
      throw error;
    }
  }

  /** Without its free pages. */
  async #compact(environment: Environment, directory: string): Promise<TabletCopy> {
    try {
      this.#disk.makeDirectory(directory);
      await environment.copy(directory, true);
    } catch (cause) {
      throw new TabletError("ERR_MULTIRAFT_TABLET_COPY_FAILED", directory, { cause });
    }
    const copy = await this.#describe(directory);
    this.#slot.unpin();
    return copy;
  }

  /** The copy says itself what it holds: its moment lies between the call and its end. */
  async #describe(directory: string): Promise<TabletCopy> {
    const { guard } = this.#environments;
    const slot = this.#environments.slot(() => openEnvironment(this.#disk, directory, guard));
    let meta: TabletMeta;
    try {
      ({ meta } = slot.use().readMeta());
    } finally {
      slot.retire();
      await slot.closed;
    }
    // Only where it was opened: what there is of a copy that failed is removed with its directory.
    this.#disk.removeFile(this.#disk.join(directory, LOCK_FILE_NAME));
    return { meta, files: [this.#dataFile(directory)], close: () => undefined };
  }

  #dataFile(directory: string): CopiedFile {
    const path = this.#disk.join(directory, DATA_FILE_NAME);
    const file = this.#disk.open(path, "read");
    try {
      return { name: DATA_FILE_NAME, path, sizeBytes: file.sizeBytes(), head: NO_HEAD };
    } finally {
      file.close();
    }
  }
}

const NO_HEAD = new Uint8Array(0);
