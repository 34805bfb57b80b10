// A new lmdb tablet from a stream of sorted pairs. Nothing refers to it before `finish` has made it
// durable: data and metadata by lmdb's commits, then the entries of both directories.
import type { Key } from "@multiraft/pd/protocol";
import { assert, type Disk } from "@multiraft/runtime";
import { syncPath } from "../platform/sync-path.ts";
import type { EnvironmentSlot } from "./environment-cache.ts";
import { pairBytes } from "./memory-pairs.ts";
import { decodePairs } from "./pair-block.ts";
import { NO_FIGURES } from "./size-estimate.ts";
import type { Pair, TabletBuilder, TabletMeta, TabletName } from "./tablet.ts";

/** Four times as much was not faster; twice of it is in memory. */
const COMMIT_BYTES = 16 * 2 ** 20;

type State = "building" | "finishing" | "finished" | "failed" | "discarded";

export type BuildPlace = {
  readonly disk: Disk;
  /** Of the new tablet, and the one it is in. */
  readonly directory: string;
  readonly parent: string;
  /** Makes the environment when it is opened first. */
  readonly slot: EnvironmentSlot;
  /** The environment goes on as the tablet's, so that it need not be opened again. */
  readonly onFinished: () => void;
};

export class LmdbBuilder implements TabletBuilder {
  readonly name: TabletName;
  readonly #place: BuildPlace;
  #pending: Pair[] = [];
  #pendingBytes = 0;
  #lastKey: Key | undefined;
  #putPairs = 0;
  #putBytes = 0;
  #committed: Promise<void> = Promise.resolve();
  #state: State = "building";

  constructor(name: TabletName, place: BuildPlace) {
    const { disk, directory, slot } = place;
    assert(!disk.exists(directory), () => `${directory} exists`);
    this.name = name;
    this.#place = place;
    disk.makeDirectory(directory);
    try {
      slot.pin();
    } catch (error) {
      disk.removeTree(directory);
      throw error;
    }
  }

  /** A promise where the caller should wait: a commit is full and the one before has not ended. */
  addPairs(pairs: readonly Pair[]): void | Promise<void> {
    assert(this.#state === "building", "pairs came after the end of a build");
    for (const pair of pairs) this.#add(pair);
    if (this.#pendingBytes < COMMIT_BYTES) return;
    const earlier = this.#committed;
    const full = this.#takePending();
    this.#committed = earlier.then(() => this.#place.slot.use().append(full));
    // Whoever waits for it is told; until then it must not count as unhandled.
    this.#committed.catch(() => undefined);
    return earlier;
  }

  addPiece(piece: Uint8Array): void | Promise<void> {
    return this.addPairs(decodePairs(piece));
  }

  async finish(meta: TabletMeta): Promise<void> {
    assert(this.#state === "building", "a build ended twice");
    this.#state = "finishing";
    try {
      await this.#commitLast(meta);
      await Promise.all([syncPath(this.#place.directory), syncPath(this.#place.parent)]);
    } catch (error) {
      this.#state = "failed";
      this.#letGo();
      throw error;
    }
    this.#state = "finished";
    this.#place.onFinished();
    this.#place.slot.unpin();
  }

  discard(): void {
    const isOver = this.#state === "finished" || this.#state === "finishing";
    assert(!isOver, "a finished build was discarded");
    if (this.#state === "building") this.#letGo();
    this.#state = "discarded";
    this.#place.disk.removeTree(this.#place.directory);
  }

  #add(pair: Pair): void {
    assert(this.#lastKey === undefined || this.#lastKey < pair.key, "pairs came out of order");
    this.#lastKey = pair.key;
    this.#pending.push(pair);
    this.#pendingBytes += pairBytes(pair);
  }

  #takePending(): readonly Pair[] {
    const pairs = this.#pending;
    this.#putPairs += pairs.length;
    this.#putBytes += this.#pendingBytes;
    this.#pending = [];
    this.#pendingBytes = 0;
    return pairs;
  }

  async #commitLast(meta: TabletMeta): Promise<void> {
    const pairs = this.#takePending();
    const counts = { putPairs: this.#putPairs, putBytes: this.#putBytes };
    const figures = { ...NO_FIGURES, ...counts };
    await this.#committed;
    await this.#place.slot.use().append(pairs, { meta, figures });
  }

  /** A commit that is going on ends before lmdb closes. */
  #letGo(): void {
    this.#place.slot.retire();
    this.#place.slot.unpin();
  }
}
