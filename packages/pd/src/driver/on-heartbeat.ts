// Reports of leaders and stores. A report that is not accepted changes nothing at all.

import type { RegionHeartbeat, StoreHeartbeat } from "../protocol/heartbeat.ts";
import type { RegionId } from "../protocol/ids.ts";
import { peerById, type RegionEntry } from "../region-tree/region-entry.ts";
import type { ReportResult } from "../region-tree/region-tree.ts";
import { noteUsedId } from "./id-allocator.ts";
import { endOperator, lookAtOperator } from "./operate.ts";
import type { PdState } from "./pd-state.ts";
import { checkRegion, lookAtGaps } from "./schedule.ts";
import type { Turn } from "./turn.ts";

/** @returns Whether it was accepted. */
export function onRegionHeartbeat(turn: Turn, report: RegionHeartbeat): boolean {
  const { state } = turn;
  const result = acceptReport(state, report);
  if (result.kind === "rejected") {
    state.rejected[result.reason] += 1;
    return false;
  }
  endOperatorsOf(state, result.goneIds);
  noteUnreported(state, result.cutIds, turn.nowMs);
  noteIds(state, result.entry);
  noteSignOfLife(state, report, turn.nowMs);
  if (result.isChanged) state.revision += 1;
  lookAtGaps(state, turn.nowMs);
  decide(turn, result.entry, result.isChanged);
  return true;
}

export function onStoreHeartbeat({ state, nowMs }: Turn, heartbeat: StoreHeartbeat): void {
  if (state.stores.report(heartbeat, nowMs)) state.revision += 1;
}

function acceptReport(state: PdState, report: RegionHeartbeat): ReportResult {
  if (state.firstRegion === undefined) return { kind: "rejected", reason: "not-bootstrapped" };
  const leading = peerById(report.region, report.leader);
  if (leading === undefined) return { kind: "rejected", reason: "malformed" };
  if (state.stores.byId(leading.storeId)?.state === "removed")
    return { kind: "rejected", reason: "removed-store" };
  return state.regions.report(report);
}

/** The operator first; a region without one, or with one that has just ended, is checked at once. */
function decide(turn: Turn, entry: RegionEntry, isChanged: boolean): void {
  const operator = turn.state.operators.byRegion(entry.region.id);
  const isSettled = operator === undefined ? !isChanged : lookAtOperator(turn, entry, operator);
  if (!isSettled) checkRegion(turn, entry);
}

function endOperatorsOf(state: PdState, goneIds: readonly RegionId[]): void {
  for (const id of goneIds) {
    const operator = state.operators.byRegion(id);
    if (operator !== undefined) endOperator(state, operator, "region-gone");
  }
}

/** Each has kept something, and says so soon if it is still there. */
function noteUnreported(state: PdState, cutIds: readonly RegionId[], nowMs: number): void {
  for (const id of cutIds) {
    const operator = state.operators.byRegion(id);
    if (operator !== undefined) operator.unreportedMs = nowMs;
  }
}

function noteIds(state: PdState, { region }: RegionEntry): void {
  noteUsedId(state.ids, region.id);
  for (const peer of region.peers) noteUsedId(state.ids, peer.id);
}

function noteSignOfLife(state: PdState, { region, leader }: RegionHeartbeat, nowMs: number): void {
  const leading = peerById(region, leader);
  if (leading !== undefined) state.stores.seen(leading.storeId, nowMs);
}
