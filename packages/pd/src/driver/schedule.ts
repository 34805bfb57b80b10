// Decisions: which region gets an operator. A changed region is checked at once; all are walked over,
// a bounded number each tick, and balance is looked for only on that walk.
import { checkReplicas } from "../checker/check-replicas.ts";
import type { LimitGroup, Plan } from "../operator/operator.ts";
import { EMPTY_KEY } from "../protocol/key.ts";
import type { Obstacle } from "../protocol/obstacle.ts";
import type { RegionEntry } from "../region-tree/region-entry.ts";
import { balanceLeaders } from "../scheduler/balance-leaders.ts";
import { balanceReplicas } from "../scheduler/balance-replicas.ts";
import { startOperator } from "./operate.ts";
import type { PdState } from "./pd-state.ts";
import type { Turn } from "./turn.ts";

/**
 * After every report, and at every tick. Nothing is begun on half a picture: after a start, limits would
 * be overrun; right after a split, a half that has not reported would make its stores look emptier. A
 * region without a quorum never reports, hence the bound.
 */
export function lookAtGaps(state: PdState, nowMs: number): void {
  if (state.regions.gaps === 0) state.gapsSinceMs = undefined;
  else state.gapsSinceMs ??= nowMs;
  const { gapsSinceMs, options } = state;
  const isWhole = gapsSinceMs === undefined || nowMs - gapsSinceMs >= options.preparingMaxMs;
  if (isWhole !== state.isPictureWhole) state.revision += 1;
  state.isPictureWhole = isWhole;
  if (isWhole && state.firstRegion !== undefined) state.isPrepared = true;
}

/** @returns Whether the region has all it should have, so that balance may look at it. */
export function checkRegion(turn: Turn, entry: RegionEntry): boolean {
  const { state } = turn;
  if (!mayDecide(state, entry)) return false;
  if (!hasRoom(state, "replica")) return noteObstacle(state, entry, "operator-limit");
  const check = checkReplicas(turn.view, entry);
  switch (check.kind) {
    case "complete":
      return true;
    case "blocked":
      return noteObstacle(state, entry, check.obstacle);
    case "plan":
      startOperator(turn, entry, check.plan);
      return noteObstacle(state, entry, undefined);
  }
}

/** The next few regions; rests while nothing has changed since a round without a decision. */
export function patrol(turn: Turn): void {
  const { state } = turn;
  const { patrol, options } = state;
  if (patrol.restingRevision === state.revision) return;
  if (patrol.cursor === EMPTY_KEY) patrol.roundRevision = state.revision;
  const entries = state.regions.scan(patrol.cursor, options.patrolRegionsMax);
  for (const entry of entries) if (checkRegion(turn, entry)) balanceRegion(turn, entry);
  patrol.cursor = entries.at(-1)?.region.range.end ?? EMPTY_KEY;
  const isRoundOver = patrol.cursor === EMPTY_KEY;
  if (isRoundOver && patrol.roundRevision === state.revision)
    patrol.restingRevision = state.revision;
}

function balanceRegion(turn: Turn, entry: RegionEntry): void {
  if (!turn.state.isPictureWhole) return;
  const plan = balancePlan(turn, entry);
  if (plan !== undefined) startOperator(turn, entry, plan);
}

function balancePlan({ state, view }: Turn, entry: RegionEntry): Plan | undefined {
  const move = hasRoom(state, "balance-replicas") ? balanceReplicas(view, entry) : undefined;
  if (move !== undefined || !hasRoom(state, "balance-leaders")) return move;
  return balanceLeaders(view, entry);
}

function mayDecide(state: PdState, entry: RegionEntry): boolean {
  const { isSchedulingEnabled, isPrepared, operators } = state;
  return isSchedulingEnabled && isPrepared && operators.byRegion(entry.region.id) === undefined;
}

function hasRoom(state: PdState, group: LimitGroup): boolean {
  const { options, operators } = state;
  switch (group) {
    case "replica":
      return operators.runningIn(group) < options.replicaOperatorsMax;
    case "balance-replicas":
      return operators.runningIn(group) < options.balanceReplicasOperatorsMax;
    case "balance-leaders":
      return operators.runningIn(group) < options.balanceLeadersOperatorsMax;
    case "by-hand":
      return operators.runningIn(group) < options.byHandOperatorsMax;
  }
}

/** A store that is being removed shows what holds its replicas. @returns False: not complete. */
function noteObstacle(state: PdState, entry: RegionEntry, obstacle: Obstacle | undefined): false {
  for (const peer of entry.region.peers) {
    const store = state.stores.byId(peer.storeId);
    if (store?.state === "removing") store.obstacle = obstacle;
  }
  return false;
}
