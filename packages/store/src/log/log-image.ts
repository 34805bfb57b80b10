// What the log says, folded record by record: the same at start-up and while running. Pure, in
// memory, and without the bytes of entries: of those it knows where they stand.
//
// A record assigns, raises or clears and never looks back, and everything that counts has one
// segment that must stay for it. So the log from any segment on, below which nothing is live, folds
// to the same image as all of it.
import type { PeerId, RegionEpoch, RegionId, StoreId } from "@multiraft/pd/protocol";
import { unreachable } from "@multiraft/runtime";
import type { LogIndex, Term } from "../raft/ids.ts";
import { EntryIndex } from "./entry-index.ts";
import { LiveBytes, NOWHERE } from "./live-bytes.ts";
import type { Generation, HardState, Life, SplitChild, Tombstone } from "./record.ts";
import type { EntryRun, ScannedRecord } from "./record-codec.ts";
import { segmentOf } from "./segment.ts";
import { impliesTombstone, joinTombstones } from "./tombstone.ts";

/** What anything but an entry counts as: near enough to decide what is worth rewriting. */
const SMALL_RECORD_BYTES = 64;

export type LifeImage = {
  readonly life: Life;
  /** Undefined only during a replay that begins after the admission and before its copy. */
  identity: Identity | undefined;
  hardState: HardState;
  generation: Generation | 0;
  truncatedIndex: LogIndex;
  truncatedTerm: Term;
  readonly entries: EntryIndex;
  /**
   * The segment of the admission or its last copy: all records of the life but entries pin this
   * one.
   */
  pinnedIn: number;
};

type Identity = {
  readonly regionId: RegionId;
  readonly peerId: PeerId;
  readonly epoch: RegionEpoch;
};
type RecordOf<Kind> = Extract<ScannedRecord, { readonly kind: Kind }>;
type StoreIdentity = { readonly clusterId: string; readonly storeId: StoreId };

export type PinnedTombstone = { readonly tombstone: Tombstone; readonly pinnedIn: number };
export type PinnedSplit = {
  readonly parentLife: Life;
  readonly index: LogIndex;
  readonly pending: readonly SplitChild[];
  readonly pinnedIn: number;
};

const NO_HARD_STATE: HardState = { term: 0 as Term, vote: 0, commit: 0 as LogIndex };

export class LogImage {
  readonly live = new LiveBytes();
  readonly lives = new Map<Life, LifeImage>();
  readonly tombstones = new Map<RegionId, PinnedTombstone>();
  readonly splits = new Map<string, PinnedSplit>();
  identity: StoreIdentity | undefined;
  identityPinnedIn = NOWHERE;
  livesBelow = 1 as Life;
  livesBelowPinnedIn = NOWHERE;
  /** Highest life met so far: one at or below it that is not in `lives` has ended. */
  highestLife = 0 as Life | 0;

  /** @param base Position in the log of the buffer that an `EntryRun` has its boundaries in. */
  fold(record: ScannedRecord, base: number): void {
    const segment = segmentOf(base);
    switch (record.kind) {
      case "store-identity":
        this.identity = { clusterId: record.clusterId, storeId: record.storeId };
        this.identityPinnedIn = this.#pin(this.identityPinnedIn, segment);
        break;
      case "life-block":
        this.#foldLifeBlock(record.below, segment);
        break;
      case "life":
        this.#admit(record, segment);
        break;
      case "hard-state":
        raiseHardState(this.#life(record.life), record.hardState);
        break;
      case "entries":
        this.#life(record.life).entries.cutFrom(record.firstIndex);
        this.#foldEntries(record, base);
        break;
      case "entries-copy":
        this.#foldEntries(record, base);
        break;
      case "truncate":
        this.#life(record.life).entries.dropThrough(record.index);
        beginAfter(this.#life(record.life), record.index, record.term);
        break;
      case "install":
        this.#foldInstall(record);
        break;
      case "life-copy":
        this.#foldLifeCopy(record, segment);
        break;
      case "tombstone":
        if (record.life !== undefined) this.#end(record.life);
        this.#foldTombstone(record.tombstone, segment);
        break;
      case "split":
        this.#setSplit(record.parentLife, record.index, record.children, segment);
        break;
      case "split-done":
        this.#settleChild(record.parentLife, record.index, record.childRegionId);
        break;
      default:
        unreachable(record);
    }
  }

  owesChildren(parentLife: Life): boolean {
    for (const split of this.splits.values()) if (split.parentLife === parentLife) return true;
    return false;
  }

  /** After a replay. @returns What must have been lost, undefined if nothing is missing. */
  whatIsMissing(): string | undefined {
    for (const { life, identity, entries, truncatedIndex } of this.lives.values()) {
      if (identity === undefined) return `the admission of life ${life}`;
      if (entries.isEmpty) continue;
      if (entries.firstIndex !== truncatedIndex + 1 || entries.hasHoles())
        return `entries of life ${life} after ${truncatedIndex}`;
    }
    return undefined;
  }

  /** Given up to `below`: raised only, and pinned where the highest stands. */
  #foldLifeBlock(below: Life, segment: number): void {
    if (below < this.livesBelow) return;
    this.livesBelow = below;
    this.livesBelowPinnedIn = this.#pin(this.livesBelowPinnedIn, segment);
  }

  #admit(record: Identity & { readonly life: Life }, segment: number): void {
    const image = this.#life(record.life);
    const { regionId, peerId, epoch } = record;
    image.identity = { regionId, peerId, epoch };
    image.pinnedIn = this.#pin(image.pinnedIn, segment);
  }

  #foldInstall(record: RecordOf<"install">): void {
    const life = this.#life(record.life);
    life.entries.clear();
    life.generation = record.generation;
    beginAfter(life, record.index, record.term);
    raiseHardState(life, record.hardState);
  }

  #foldLifeCopy(record: RecordOf<"life-copy">, segment: number): void {
    this.#admit(record, segment);
    const life = this.#life(record.life);
    life.generation = record.generation;
    beginAfter(life, record.truncatedIndex, record.truncatedTerm);
    raiseHardState(life, record.hardState);
  }

  #life(life: Life): LifeImage {
    let image = this.lives.get(life);
    if (image === undefined) {
      image = newLife(life, this.live);
      this.lives.set(life, image);
      if (life > this.highestLife) this.highestLife = life;
    }
    return image;
  }

  #end(life: Life): void {
    if (life > this.highestLife) this.highestLife = life;
    for (const [key, split] of this.splits) if (split.parentLife === life) this.#dropSplit(key);
    const image = this.lives.get(life);
    if (image === undefined) return;
    image.entries.clear();
    this.#pin(image.pinnedIn, NOWHERE);
    this.lives.delete(life);
  }

  #foldEntries(run: EntryRun, base: number): void {
    const { entries } = this.#life(run.life);
    let from = run.boundaries[0] ?? 0;
    for (let at = 1; at < run.boundaries.length; at += 1) {
      const to = run.boundaries[at] ?? 0;
      entries.set((run.firstIndex + at - 1) as LogIndex, base + from, to - from);
      from = to;
    }
  }

  /** Stays where it is pinned as long as this record alone would not give it back. */
  #foldTombstone(added: Tombstone, segment: number): void {
    const known = this.tombstones.get(added.regionId);
    const tombstone = known === undefined ? added : joinTombstones(known.tombstone, added);
    const isWhole = known === undefined || impliesTombstone(added, known.tombstone);
    const pinnedIn = isWhole
      ? this.#pin(known?.pinnedIn ?? NOWHERE, segment)
      : (known?.pinnedIn ?? NOWHERE);
    this.tombstones.set(added.regionId, { tombstone, pinnedIn });
  }

  #setSplit(parentLife: Life, index: LogIndex, pending: readonly SplitChild[], to: number): void {
    const key = splitKey(parentLife, index);
    const pinnedIn = this.#pin(this.splits.get(key)?.pinnedIn ?? NOWHERE, to);
    this.splits.set(key, { parentLife, index, pending, pinnedIn });
  }

  #settleChild(parentLife: Life, index: LogIndex, child: RegionId): void {
    const key = splitKey(parentLife, index);
    const split = this.splits.get(key);
    if (split === undefined) return;
    const pending = split.pending.filter(({ region }) => region.id !== child);
    if (pending.length === 0) this.#dropSplit(key);
    else this.splits.set(key, { ...split, pending });
  }

  #dropSplit(key: string): void {
    this.#pin(this.splits.get(key)?.pinnedIn ?? NOWHERE, NOWHERE);
    this.splits.delete(key);
  }

  #pin(from: number, to: number): number {
    return this.live.move(from, to, SMALL_RECORD_BYTES);
  }
}

/** Index of the last entry; that of the truncation while there is none. */
export function lastIndexOf(life: LifeImage): LogIndex {
  return life.entries.isEmpty ? life.truncatedIndex : life.entries.lastIndex;
}

function newLife(life: Life, live: LiveBytes): LifeImage {
  return {
    life,
    identity: undefined,
    hardState: NO_HARD_STATE,
    generation: 0,
    truncatedIndex: 0 as LogIndex,
    truncatedTerm: 0 as Term,
    entries: new EntryIndex(live),
    pinnedIn: NOWHERE,
  };
}

function beginAfter(life: LifeImage, index: LogIndex, term: Term): void {
  life.truncatedIndex = index;
  life.truncatedTerm = term;
}

/** Term and commit never fall, and a vote is never taken back within its term. */
function raiseHardState(life: LifeImage, added: HardState): void {
  const known = life.hardState;
  const term = Math.max(known.term, added.term) as Term;
  const commit = Math.max(known.commit, added.commit) as LogIndex;
  life.hardState = { term, vote: voteIn(term, known) || voteIn(term, added), commit };
}

const voteIn = (term: Term, hardState: HardState): PeerId | 0 =>
  hardState.term === term ? hardState.vote : 0;

function splitKey(parentLife: Life, index: LogIndex): string {
  return `${parentLife}@${index}`;
}
