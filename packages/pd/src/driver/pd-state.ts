// The whole state of the placement driver. `step` is the only one to change it; a restart makes it
// anew from the durable record, and the leaders' reports fill the rest.

import { OperatorTable } from "../operator/operator-table.ts";
import type { PdOptions } from "../pd-options.ts";
import { toPeerId } from "../protocol/ids.ts";
import { EMPTY_KEY, type Key } from "../protocol/key.ts";
import type { HeartbeatRejection } from "../protocol/pd-mail.ts";
import type { Region } from "../protocol/region.ts";
import { RegionTree } from "../region-tree/region-tree.ts";
import { StoreTable } from "../store-table/store-table.ts";
import { openTimestamps, type TimestampOracle } from "../tso/timestamp-oracle.ts";
import type { ClusterView } from "../view/cluster-view.ts";
import { type IdAllocator, openIds, takeIds } from "./id-allocator.ts";
import { EMPTY_RECORD, type PdRecord } from "./pd-record.ts";

export type PdState = {
  readonly options: PdOptions;
  readonly ids: IdAllocator;
  readonly timestamps: TimestampOracle;
  readonly stores: StoreTable;
  readonly regions: RegionTree;
  readonly operators: OperatorTable;
  readonly rejected: Record<HeartbeatRejection, number>;
  readonly patrol: Patrol;
  firstRegion: Region | undefined;
  isSchedulingEnabled: boolean;
  /** Enough is known to decide: set once, and for good. */
  isPrepared: boolean;
  /** Since when a part of the key space has been unknown; undefined while none is. */
  gapsSinceMs: number | undefined;
  /** No part is unknown, or has been for so long that it is not waited for. */
  isPictureWhole: boolean;
  /** Grows whenever a decision may come out differently than before. */
  revision: number;
  /** Stores, first region or switch differ from the durable record. */
  isMetaUnsaved: boolean;
  /** Window ends in the durable record. */
  savedIdsEnd: number;
  savedTimestampsEndMs: number;
};

/** The walk over all regions, a few each tick; it rests once a whole round found nothing to do. */
export type Patrol = {
  cursor: Key;
  roundRevision: number;
  /** The revision at which a whole round found nothing; undefined before the first. */
  restingRevision: number | undefined;
};

export function openPd(options: PdOptions, record: PdRecord | undefined, nowMs: number): PdState {
  const { idsEnd, timestampsEndMs, stores, firstRegion, isSchedulingEnabled } =
    record ?? EMPTY_RECORD;
  return {
    options,
    ids: openIds(idsEnd),
    timestamps: openTimestamps(timestampsEndMs),
    stores: new StoreTable(nowMs, stores),
    regions: new RegionTree(),
    operators: new OperatorTable(),
    rejected: {
      "not-bootstrapped": 0,
      malformed: 0,
      "removed-store": 0,
      "stale-term": 0,
      "stale-epoch": 0,
      "stale-range": 0,
    },
    patrol: { cursor: EMPTY_KEY, roundRevision: 0, restingRevision: undefined },
    firstRegion,
    isSchedulingEnabled,
    isPrepared: false,
    gapsSinceMs: nowMs,
    isPictureWhole: false,
    revision: 0,
    isMetaUnsaved: false,
    savedIdsEnd: idsEnd,
    savedTimestampsEndMs: timestampsEndMs,
  };
}

export function viewOf(state: PdState, nowMs: number): ClusterView {
  return {
    options: state.options,
    nowMs,
    regions: state.regions,
    stores: state.stores,
    expected: state.operators.expected,
    newPeerId: () => toPeerId(takeIds(state.ids, 1)),
  };
}

/** What has to be made durable before anything of this step leaves; undefined when nothing has. */
export function takeUnsaved(state: PdState): PdRecord | undefined {
  const { endId } = state.ids;
  const { windowEndMs } = state.timestamps;
  const isSaved =
    !state.isMetaUnsaved &&
    endId === state.savedIdsEnd &&
    windowEndMs === state.savedTimestampsEndMs;
  if (isSaved) return undefined;
  state.isMetaUnsaved = false;
  state.savedIdsEnd = endId;
  state.savedTimestampsEndMs = windowEndMs;
  return {
    idsEnd: endId,
    timestampsEndMs: windowEndMs,
    stores: state.stores.metas,
    firstRegion: state.firstRegion,
    isSchedulingEnabled: state.isSchedulingEnabled,
  };
}
