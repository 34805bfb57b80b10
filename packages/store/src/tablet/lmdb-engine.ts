// Tablets in lmdb: each one a directory of its own with one environment.
import type { Disk } from "@multiraft/runtime";
import { BufferedTablet } from "./buffered-tablet.ts";
import type { EnvironmentCache, EnvironmentSlot } from "./environment-cache.ts";
import { LmdbBuilder } from "./lmdb-builder.ts";
import { makeEnvironment, openEnvironment } from "./lmdb-environment.ts";
import { LmdbBase } from "./lmdb-tablet.ts";
import { OpenTablets } from "./open-tablets.ts";
import type { Tablet, TabletEngine, TabletMeta, TabletName } from "./tablet.ts";
import { compareTabletNames, formatTabletName, parseTabletName } from "./tablet-name.ts";

export type LmdbEngineOptions = {
  readonly disk: Disk;
  /** Made if absent; its parent must exist. */
  readonly directory: string;
  readonly environments: EnvironmentCache;
};

export function openLmdbEngine(options: LmdbEngineOptions): TabletEngine {
  const { disk, directory } = options;
  if (!disk.exists(directory)) disk.makeDirectory(directory);
  return new LmdbEngine(options);
}

class LmdbEngine implements TabletEngine {
  readonly kind = "lmdb";
  readonly #disk: Disk;
  readonly #directory: string;
  readonly #environments: EnvironmentCache;
  readonly #open = new OpenTablets();
  /** Of tablets that were built here and neither opened nor removed since. */
  readonly #built = new Map<string, EnvironmentSlot>();

  constructor({ disk, directory, environments }: LmdbEngineOptions) {
    this.#disk = disk;
    this.#directory = directory;
    this.#environments = environments;
  }

  get openTablets(): number {
    return this.#open.count;
  }

  async create(name: TabletName, meta: TabletMeta): Promise<Tablet> {
    await this.build(name).finish(meta);
    return this.open(name);
  }

  open(name: TabletName): Tablet {
    this.#open.claim(name);
    try {
      const slot = this.#takeBuilt(name) ?? this.#slotOf(name);
      const base = new LmdbBase(this.#disk, this.#environments, slot);
      return new BufferedTablet(name, base, () => this.#open.release(name));
    } catch (error) {
      this.#open.release(name);
      throw error;
    }
  }

  build(name: TabletName): LmdbBuilder {
    const slot = this.#slotOf(name, "new");
    return new LmdbBuilder(name, {
      disk: this.#disk,
      directory: this.directoryOf(name),
      parent: this.#directory,
      slot,
      onFinished: () => this.#built.set(formatTabletName(name), slot),
    });
  }

  directoryOf(name: TabletName): string {
    return this.#disk.join(this.#directory, formatTabletName(name));
  }

  remove(name: TabletName): void {
    this.#open.assertClosed(name);
    this.#takeBuilt(name)?.retire();
    this.#disk.removeTree(this.directoryOf(name));
  }

  list(): readonly TabletName[] {
    const directories = this.#disk.list(this.#directory).filter((entry) => entry.isDirectory);
    const names = directories.map((entry) => parseTabletName(entry.name));
    return names.filter((name) => name !== undefined).sort(compareTabletNames);
  }

  close(): void {
    this.#open.closeEngine();
    for (const slot of this.#built.values()) slot.retire();
    this.#built.clear();
  }

  #slotOf(name: TabletName, state: "new" | "existing" = "existing"): EnvironmentSlot {
    const directory = this.directoryOf(name);
    const { guard } = this.#environments;
    let isNew = state === "new";
    return this.#environments.slot(() => {
      const openIt = isNew ? makeEnvironment : openEnvironment;
      isNew = false;
      return openIt(this.#disk, directory, guard);
    });
  }

  #takeBuilt(name: TabletName): EnvironmentSlot | undefined {
    const text = formatTabletName(name);
    const slot = this.#built.get(text);
    this.#built.delete(text);
    return slot;
  }
}
