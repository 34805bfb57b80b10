// The registry's table of lives. Invariants: at most one life of a region at any time; an entry is
// changed only in the name of the life that owns it; parked mail is bounded.

import {
  type KeyRange,
  type PeerId,
  type Region,
  type RegionEpoch,
  type RegionId,
  rangesOverlap,
} from "@multiraft/pd/protocol";
import { type Address, assert, InvariantError, type Payload } from "@multiraft/runtime";
import type { Generation, Life, SplitChild } from "../log/record.ts";
import type { PeerMail } from "../peer/peer-mail.ts";
import type { LogIndex } from "../raft/index.ts";
import type { RegionMail } from "../transport/region-mail.ts";

export type ParkedMail = { readonly mail: RegionMail; readonly payload: Payload | undefined };

/** A child that waits for its first state: its parent's life is asked for the copy. */
export type PendingInit = {
  readonly child: SplitChild;
  readonly parentLife: Life;
  readonly campaigns: boolean;
};

export type LifeState =
  /** Its record is not durable, or its actor not made yet. */
  | { readonly kind: "admitting" }
  | { readonly kind: "running"; readonly address: Address<PeerMail> }
  /**
   * It is to end, and waits for children that still need its data. Without an address: it failed, and
   * its children get theirs from their own leaders.
   */
  | { readonly kind: "retiring"; readonly address: Address<PeerMail> | undefined }
  /** Its tombstone is with the log; when that is durable its actor is stopped, then its tablets are removed. */
  | {
      readonly kind: "ending";
      /** The tombstone is durable. */
      readonly isRecorded: boolean;
      /** Undefined when its actor has ended. */
      readonly address: Address<PeerMail> | undefined;
    }
  /** Isolated: it failed too often, or got no actor. Its data stay for inspection, its id stays taken. */
  | {
      readonly kind: "damaged";
      readonly reason: string;
      /** It failed too often: nobody keeps data for it any more. */
      readonly isGivenUp: boolean;
    };

export type LifeEntry = {
  readonly life: Life;
  readonly regionId: RegionId;
  readonly peerId: PeerId;
  /** At admission; while `region` is known, that one's epoch counts. */
  readonly epoch: RegionEpoch;
  readonly admittedMs: number;
  state: LifeState;
  region: Region | undefined;
  /** As it was reported last, though its data may not be open any more: who is told when they cannot be. */
  lastRegion: Region | undefined;
  generation: Generation | 0;
  /** Names up to this one may have been used: by earlier openings, or found on disk when its actor had failed. */
  lastGeneration: Generation | 0;
  failures: number;
  lastFailureMs: number;
  /** It asked to end before it was known to run. */
  retiresAtOnce: boolean;
  readonly parked: ParkedMail[];
  /** Splits of its own whose record became durable before it was known to run. */
  readonly recordedSplits: LogIndex[];
  init: PendingInit | undefined;
  /** Mail for a later replica, delivered again when this one is gone: it makes its successor. */
  successor: ParkedMail | undefined;
};

/** Of the actor that runs, if one is known to. */
export function addressOf(state: LifeState): Address<PeerMail> | undefined {
  return state.kind === "running" || state.kind === "retiring" ? state.address : undefined;
}

/** Mail of an actor that failed may come after it was opened again from what was durable. */
export function isFallingBack(entry: LifeEntry, region: Region, generation: Generation): boolean {
  const version = entry.region?.epoch.version ?? 0;
  return region.epoch.version < version || generation < entry.generation;
}

/** First mail of a replica in the making: a vote, a heartbeat, a few appends; Raft sends again. */
export const PARKED_MAX = 16;

export class LifeBook {
  readonly #byRegion = new Map<RegionId, LifeEntry>();
  readonly #byLife = new Map<Life, LifeEntry>();
  /**
   * Changed by a life that does not own the entry: only a switched-off guard can let that happen.
   */
  readonly #isOwnerChecked: boolean;

  constructor(isOwnerChecked: boolean) {
    this.#isOwnerChecked = isOwnerChecked;
  }

  get(regionId: RegionId): LifeEntry | undefined {
    return this.#byRegion.get(regionId);
  }

  /** The entry that `life` owns; undefined when the region belongs to another life by now. */
  owned(regionId: RegionId, life: Life): LifeEntry | undefined {
    const entry = this.#byRegion.get(regionId);
    return entry !== undefined && (entry.life === life || !this.#isOwnerChecked)
      ? entry
      : undefined;
  }

  byLife(life: Life): LifeEntry | undefined {
    return this.#byLife.get(life);
  }

  add(entry: LifeEntry): void {
    assert(
      !this.#byRegion.has(entry.regionId),
      () => `region ${entry.regionId} would have two lives on one store`,
    );
    this.#byRegion.set(entry.regionId, entry);
    this.#byLife.set(entry.life, entry);
  }

  remove(entry: LifeEntry): void {
    assert(
      this.#byRegion.get(entry.regionId) === entry,
      "a life that is not in the book was removed",
    );
    this.#byRegion.delete(entry.regionId);
    this.#byLife.delete(entry.life);
  }

  /** A region's newer state; an older one is a bug of its replica, not a message that came late. */
  setRegion(entry: LifeEntry, region: Region, generation: Generation): void {
    const before = entry.region;
    if (before !== undefined && before.epoch.version > region.epoch.version)
      throw new InvariantError(`region ${region.id}: version fell from ${before.epoch.version}`);
    assert(generation >= entry.generation, "a generation fell");
    entry.region = region;
    entry.lastRegion = region;
    entry.generation = generation;
  }

  /** In the order of region ids. */
  all(): readonly LifeEntry[] {
    return [...this.#byRegion.values()].sort((a, b) => a.regionId - b.regionId);
  }

  /**
   * An initialized replica with an older version still holds the range: its split may be to come.
   */
  coveredByOlder(range: KeyRange, epoch: RegionEpoch, except: RegionId): boolean {
    for (const { region, regionId } of this.#byRegion.values()) {
      if (region === undefined || regionId === except) continue;
      if (region.epoch.version < epoch.version && rangesOverlap(region.range, range)) return true;
    }
    return false;
  }
}

export function newEntry(
  life: Life,
  regionId: RegionId,
  peerId: PeerId,
  epoch: RegionEpoch,
  admittedMs: number,
): LifeEntry {
  return {
    life,
    regionId,
    peerId,
    epoch,
    admittedMs,
    state: { kind: "admitting" },
    region: undefined,
    lastRegion: undefined,
    generation: 0,
    lastGeneration: 0,
    failures: 0,
    lastFailureMs: admittedMs,
    retiresAtOnce: false,
    parked: [],
    recordedSplits: [],
    init: undefined,
    successor: undefined,
  };
}
