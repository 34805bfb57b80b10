// Whether a cluster is as it should be: the whole key space known, every region with its replicas, all
// of them heard from, and a leader.

import { DEFAULT_PD_OPTIONS } from "@multiraft/pd";
import { EMPTY_KEY, type Key, type Route } from "@multiraft/pd/protocol";
import type { ClusterCore } from "./cluster-core.ts";

const ROUTES_PER_PAGE = 512;

/** What is missing, for people; undefined when nothing is. */
export async function missing(core: ClusterCore): Promise<string | undefined> {
  const routes = await allRoutes(core);
  const gap = gapIn(routes);
  if (gap !== undefined) return gap;
  const { stores } = await core.askPd({ kind: "status" });
  const up = stores.filter(({ state }) => state === "up").length;
  const replicas = Math.min(core.settings.pd.replicas ?? DEFAULT_PD_OPTIONS.replicas, up);
  for (const { region, leader } of routes) {
    const voters = region.peers.filter(({ role }) => role === "voter").length;
    if (leader === undefined) return `region ${region.id} has no leader that is known`;
    if (voters < replicas) return `region ${region.id} has ${voters} of ${replicas} voters`;
  }
  const pending = stores.reduce((sum, { pendingPeerCount }) => sum + pendingPeerCount, 0);
  return pending > 0 ? `${pending} replicas are behind` : undefined;
}

export async function allRoutes(core: ClusterCore): Promise<readonly Route[]> {
  const routes: Route[] = [];
  for (let startKey: Key = EMPTY_KEY; ; ) {
    const page = await core.askPd({ kind: "scan-regions", startKey, limit: ROUTES_PER_PAGE });
    routes.push(...page);
    const end = page.at(-1)?.region.range.end;
    if (page.length < ROUTES_PER_PAGE || end === undefined || end === EMPTY_KEY) return routes;
    startKey = end;
  }
}

function gapIn(routes: readonly Route[]): string | undefined {
  let expected: Key | undefined = EMPTY_KEY;
  for (const { region } of routes) {
    if (region.range.start !== expected) break;
    expected = region.range.end === EMPTY_KEY ? undefined : region.range.end;
  }
  return expected === undefined ? undefined : "a part of the key space has not been reported yet";
}
