// The committed data of a tablet in an lmdb environment, which is opened when it is needed.
import type { Key, KeyRange } from "@multiraft/pd/protocol";
import type { Disk } from "@multiraft/runtime";
import type { EnvironmentCache, EnvironmentSlot } from "./environment-cache.ts";
import { type Environment, openEnvironment } from "./lmdb-environment.ts";
import { DATA_FILE_NAME, LOCK_FILE_NAME } from "./lmdb-file.ts";
import type { Page } from "./merge-scan.ts";
import type { Stratum } from "./middle-key.ts";
import { type SizeFigures, sizeBytesAfter } from "./size-estimate.ts";
import type { TabletCopy, TabletMeta } from "./tablet.ts";
import type { BaseSnapshot, TabletBase } from "./tablet-base.ts";
import { TabletError } from "./tablet-error.ts";
import { sameRange } from "./trim.ts";
import type { Generation } from "./write-buffer.ts";

/**
 * Below this part of live pages a copy leaves the free ones out. Then lmdb walks the tree at 1.0-1.6
 * GB/s, where it would copy the whole file at 3 GB/s.
 */
const COMPACT_LIVE_RATIO = 0.5;

export class LmdbBase implements TabletBase {
  readonly #disk: Disk;
  readonly #environments: EnvironmentCache;
  readonly #slot: EnvironmentSlot;
  #meta: TabletMeta;
  #sizeBytes: number;
  #keys: number;

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
    await this.#pinned(async (environment) => {
      const keys = await environment.commit(writes, { meta, figures });
      this.#meta = meta;
      this.#keys = keys;
      this.#sizeBytes = sizeBytesAfter(figures, this.#keys);
    });
  }

  openSnapshot(): BaseSnapshot {
    const environment = this.#slot.pin();
    try {
      const at = environment.openReadTransaction();
      return {
        page: (range, limitPairs, limitBytes) =>
          environment.page(range, limitPairs, limitBytes, at),
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

  async copyFiles(directory: string): Promise<TabletCopy> {
    await this.#pinned(async (environment) => {
      const isCompact = environment.liveRatio < COMPACT_LIVE_RATIO;
      try {
        await environment.copy(directory, isCompact);
      } catch (cause) {
        throw new TabletError("ERR_MULTIRAFT_TABLET_COPY_FAILED", directory, { cause });
      }
    });
    return this.#describe(directory);
  }

  close(): void {
    this.#slot.retire();
  }

  async #pinned(work: (environment: Environment) => Promise<void>): Promise<void> {
    const environment = this.#slot.pin();
    try {
      await work(environment);
    } finally {
      this.#slot.unpin();
    }
  }

  /** The copy says itself what it holds: its moment lies between the call and its end. */
  async #describe(directory: string): Promise<TabletCopy> {
    const { guard } = this.#environments;
    const slot = this.#environments.slot(() => openEnvironment(this.#disk, directory, guard));
    try {
      const { meta } = slot.use().readMeta();
      return { directory, meta, files: [this.#dataFile(directory)] };
    } finally {
      slot.retire();
      await slot.closed;
      this.#disk.removeFile(this.#disk.join(directory, LOCK_FILE_NAME));
    }
  }

  #dataFile(directory: string): { name: string; sizeBytes: number } {
    const file = this.#disk.open(this.#disk.join(directory, DATA_FILE_NAME), "read");
    try {
      return { name: DATA_FILE_NAME, sizeBytes: file.sizeBytes() };
    } finally {
      file.close();
    }
  }
}
