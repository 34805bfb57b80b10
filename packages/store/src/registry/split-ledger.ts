// Which children of applied splits this store still owes. A child leaves the ledger when its tablet
// is durable, when a tombstone at or above its id forbids it, or when a later replica of its region
// is here, and the record that says so is durable. Until then the parent's data stay as they are and the parent cannot end.

import type { RegionId } from "@multiraft/pd/protocol";
import { assert } from "@multiraft/runtime";
import type { RecoveredLog } from "../log/log-mail.ts";
import type { Life, SplitChild } from "../log/record.ts";
import type { LogIndex } from "../raft/index.ts";

export type OwedSplit = {
  readonly parentLife: Life;
  readonly index: LogIndex;
  readonly pending: Map<RegionId, SplitChild>;
  /** Settled, by a record that is not durable yet: after a crash they may be owed again. */
  readonly settling: Set<RegionId>;
  /** Its children may ask for votes at once: the parent led when it applied the split. */
  readonly campaigns: boolean;
};

export class SplitLedger {
  readonly #splits: OwedSplit[] = [];

  load(recovered: RecoveredLog["splits"]): void {
    for (const { parentLife, index, pending } of recovered)
      this.add(parentLife, index, pending, false);
  }

  find(parentLife: Life, index: LogIndex): OwedSplit | undefined {
    return this.#splits.find((split) => split.parentLife === parentLife && split.index === index);
  }

  add(
    parentLife: Life,
    index: LogIndex,
    children: readonly SplitChild[],
    campaigns: boolean,
  ): OwedSplit {
    assert(this.find(parentLife, index) === undefined, "a split was recorded twice");
    const pending = new Map(children.map((child) => [child.region.id, child]));
    const split = { parentLife, index, pending, settling: new Set<RegionId>(), campaigns };
    this.#splits.push(split);
    return split;
  }

  /** Nobody brings it up any more; its parent owes it until `settled`. */
  settle(split: OwedSplit, childRegionId: RegionId): void {
    assert(split.pending.delete(childRegionId), "a child was settled twice");
    split.settling.add(childRegionId);
  }

  /** The record of that is durable. */
  settled(split: OwedSplit, childRegionId: RegionId): void {
    assert(split.settling.delete(childRegionId), "a child was settled that nobody settles");
    if (split.pending.size + split.settling.size > 0) return;
    this.#splits.splice(this.#splits.indexOf(split), 1);
  }

  ofParent(parentLife: Life): readonly OwedSplit[] {
    return this.#splits.filter((split) => split.parentLife === parentLife);
  }

  /** The split that owes a child of this region. */
  ofChild(childRegionId: RegionId): OwedSplit | undefined {
    return this.#splits.find((split) => split.pending.has(childRegionId));
  }

  get pendingChildren(): number {
    return this.#splits.reduce((sum, split) => sum + split.pending.size, 0);
  }
}
