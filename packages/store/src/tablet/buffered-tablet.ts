// The tablet that both engines share: a write buffer above an engine's committed data.
// A generation leaves the buffer only when the engine has it, so that a read never misses a write.
import { KEY_BYTES_MAX, type Key, type KeyRange, rangeCovers } from "@multiraft/pd/protocol";
import { assert, InvariantError } from "@multiraft/runtime";
import type { LogIndex } from "../raft/ids.ts";
import { FrozenView } from "./frozen-view.ts";
import { mergeScan } from "./merge-scan.ts";
import { mergeStrata, middleOf, type Stratum } from "./middle-key.ts";
import { afterwards, guarded } from "./sync-or-promise.ts";
import {
  type Pair,
  TABLET_VALUE_BYTES_MAX,
  type Tablet,
  type TabletCopy,
  type TabletMeta,
  type TabletName,
  type TabletView,
  type Write,
} from "./tablet.ts";
import type { TabletBase } from "./tablet-base.ts";
import { TabletError } from "./tablet-error.ts";
import { formatTabletName } from "./tablet-name.ts";
import { deleteOutside, findOutside, sameRange } from "./trim.ts";
import { type Generation, WriteBuffer } from "./write-buffer.ts";

type State = "idle" | "committing" | "failed" | "closed";

export class BufferedTablet implements Tablet {
  readonly name: TabletName;
  readonly #base: TabletBase;
  readonly #onClose: () => void;
  readonly #buffer = new WriteBuffer();
  #meta: TabletMeta;
  #state: State = "idle";

  constructor(name: TabletName, base: TabletBase, onClose: () => void) {
    this.name = name;
    this.#base = base;
    this.#onClose = onClose;
    this.#meta = base.meta;
  }

  get meta(): TabletMeta {
    return this.#meta;
  }
  get durableIndex(): LogIndex {
    return this.#base.meta.appliedIndex;
  }
  get bufferedBytes(): number {
    return this.#buffer.fillingBytes;
  }
  get approximateSizeBytes(): number {
    return this.#base.sizeBytes + this.#buffer.putBytes;
  }
  get approximateKeys(): number {
    return Math.max(0, this.#base.keys + this.#buffer.keysGrowth);
  }
  get isClosed(): boolean {
    return this.#state === "closed";
  }

  apply(writes: readonly Write[], meta: TabletMeta): void {
    this.#assertOpen();
    assert(meta.appliedIndex > this.#meta.appliedIndex, "the applied index did not grow");
    this.#assertTrimState(meta);
    for (const write of writes) {
      const value = write.kind === "put" ? write.value : null;
      assertFits(write.key, value);
      this.#buffer.set(write.key, value);
    }
    this.#meta = meta;
  }

  get(key: Key): Uint8Array | undefined {
    this.#assertOpen();
    const value = this.#buffer.get(key);
    return value === undefined ? this.#base.get(key) : (value ?? undefined);
  }

  scan(range: KeyRange, limitPairs: number, limitBytes: number): Pair[] {
    this.#assertOpen();
    return mergeScan(this.#base, this.#buffer.overlay(), range, limitPairs, limitBytes);
  }

  flush(): LogIndex | Promise<LogIndex> {
    this.#assertCanCommit();
    if (this.#meta === this.#base.meta) return this.durableIndex;
    return this.#commit(this.#buffer.rotate(), this.#meta);
  }

  /** One commit of what is buffered, without the keys outside, and of the deletion of some of them. */
  trim(limitBytes: number): boolean | Promise<boolean> {
    this.#assertCanCommit();
    if (!this.#meta.isUntrimmed) return true;
    const range = this.#meta.region.range;
    const outside = findOutside(this.#base, range, limitBytes);
    const writes = this.#buffer.rotate();
    deleteOutside(writes, range, outside.keys);
    const committed = this.#commit(writes, { ...this.#meta, isUntrimmed: !outside.isAll });
    return afterwards(committed, () => outside.isAll && this.#settleTrim(range));
  }

  middleKey(): Key | undefined {
    this.#assertOpen();
    const range = this.#meta.region.range;
    const middle = middleOf(mergeStrata(this.#base.strata(range), this.#bufferedStrata(range)));
    return middle !== undefined && middle > range.start ? middle : undefined;
  }

  openView(): TabletView {
    this.#assertOpen();
    const overlay = this.#buffer.frozenOverlay();
    return new FrozenView(this.#meta, this.#base.openSnapshot(), overlay);
  }

  openCopy(directory: string): TabletCopy | undefined | Promise<TabletCopy | undefined> {
    this.#assertOpen();
    return this.#base.openCopy(directory);
  }

  /** What is buffered is dropped, as in a crash; a commit that is going on ends as it would have. */
  close(): void {
    if (this.#state === "closed") return;
    this.#state = "closed";
    this.#base.close();
    this.#onClose();
  }

  #commit(writes: Generation, meta: TabletMeta): LogIndex | Promise<LogIndex> {
    this.#state = "committing";
    const committed = guarded(
      () => this.#base.commit(writes, meta),
      (cause) => this.#failCommit(cause),
    );
    return afterwards(committed, () => this.#endCommit(meta));
  }

  #endCommit(meta: TabletMeta): LogIndex {
    this.#leaveCommit("idle");
    this.#buffer.release();
    // `flush` tells by identity that there is nothing to do.
    if (this.#meta.appliedIndex === meta.appliedIndex) this.#meta = meta;
    return meta.appliedIndex;
  }

  /** The generation stays in the buffer: what was applied is read on, and never becomes durable. */
  #failCommit(cause: unknown): never {
    this.#leaveCommit("failed");
    if (cause instanceof InvariantError) throw cause;
    const name = formatTabletName(this.name);
    throw new TabletError("ERR_MULTIRAFT_TABLET_COMMIT_FAILED", `tablet ${name}`, { cause });
  }

  #leaveCommit(to: "idle" | "failed"): void {
    if (this.#state !== "closed") this.#state = to;
  }

  /** @returns Whether the range is still the one that was trimmed. */
  #settleTrim(trimmed: KeyRange): boolean {
    if (!sameRange(trimmed, this.#meta.region.range)) return false;
    if (this.#meta.isUntrimmed) this.#meta = { ...this.#meta, isUntrimmed: false };
    return true;
  }

  #bufferedStrata(range: KeyRange): Stratum[] {
    const pairs = mergeScan(NOTHING, this.#buffer.overlay(), range, Infinity, Infinity);
    return pairs.map((pair) => ({
      start: pair.key,
      bytes: pair.key.length + pair.value.byteLength,
    }));
  }

  #assertTrimState(meta: TabletMeta): void {
    if (meta.isUntrimmed) return;
    assert(!this.#meta.isUntrimmed, "only a trim ends the untrimmed state");
    const covers = rangeCovers(meta.region.range, this.#meta.region.range);
    assert(covers, "the range shrank and the tablet was not marked as untrimmed");
  }

  #assertCanCommit(): void {
    this.#assertOpen();
    assert(this.#state !== "committing", "a commit began while another one was going on");
    if (this.#state === "failed")
      throw new TabletError("ERR_MULTIRAFT_TABLET_COMMIT_FAILED", "an earlier commit failed");
  }

  #assertOpen(): void {
    assert(this.#state !== "closed", "a tablet was used after it was closed");
  }
}

/** A commit could not stop half-way: what does not fit is found before it is buffered. */
function assertFits(key: Key, value: Uint8Array | null): void {
  assert(key.length <= KEY_BYTES_MAX, () => `key of ${key.length} bytes`);
  if (value === null) return;
  assert(value.byteLength <= TABLET_VALUE_BYTES_MAX, () => `value of ${value.byteLength} bytes`);
}

const NOTHING = { page: () => ({ pairs: [], isLast: true }) };
