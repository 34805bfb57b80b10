// The state of the cluster as people see it.

import type { Obstacle } from "../protocol/obstacle.ts";
import type { PdStatus, StoreStatus } from "../protocol/pd-mail.ts";
import type { StoreEntry } from "../store-table/store-table.ts";
import type { PdState } from "./pd-state.ts";

export function statusOf(state: PdState): PdStatus {
  return {
    isBootstrapped: state.firstRegion !== undefined,
    isSchedulingEnabled: state.isSchedulingEnabled,
    isPrepared: state.isPrepared,
    regionCount: state.regions.size,
    stores: storeStatuses(state),
    runningOperators: state.operators.running.map(({ id, regionId, kind, steps, step }) => ({
      id,
      regionId,
      kind,
      steps,
      step,
    })),
    finishedOperators: { ...state.operators.ended },
    createdOperators: { ...state.operators.created },
    rejectedHeartbeats: { ...state.rejected },
  };
}

function storeStatuses(state: PdState): StoreStatus[] {
  return state.stores.all.map((store) => {
    const counts = state.regions.countsOf(store.id);
    return {
      id: store.id,
      state: store.state,
      obstacle: obstacleOf(state, store),
      peerCount: counts.peers,
      leaderCount: counts.leaders,
      pendingPeerCount: counts.pendingPeers,
    };
  });
}

function obstacleOf(state: PdState, store: StoreEntry): Obstacle | undefined {
  if (store.state !== "removing") return undefined;
  if (!state.isSchedulingEnabled) return "scheduling-off";
  return state.isPrepared ? store.obstacle : "not-prepared";
}
