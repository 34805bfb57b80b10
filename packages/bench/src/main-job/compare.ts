// Step 4, second half: every replica of every region is compared with the others, by content and at an
// equal applied index. While the cluster rests, replicas come to the same index within a heartbeat.
import type { Region, Route } from "@multiraft/pd/protocol";
import type { PeerContent, TestCluster } from "@multiraft/store/testing";
import type { Progress } from "../report/progress.ts";

export type Comparison = {
  readonly regions: number;
  /** Replicas whose whole content was compared. */
  readonly replicas: number;
  /** What was not as it should be, for people. Empty: all replicas are equal. */
  readonly differences: readonly string[];
};

/** Regions compared at a time: replicas are on different threads. */
const REGIONS_AT_A_TIME = 4;

export async function compareReplicas(
  cluster: TestCluster,
  progress: Progress,
  signal: AbortSignal,
): Promise<Comparison> {
  const routes = await cluster.client.routes();
  const differences = gapsIn(routes);
  let next = 0;
  let replicas = 0;
  const comparer = async () => {
    for (let route = routes[next]; route !== undefined; route = routes[next]) {
      next += 1;
      signal.throwIfAborted();
      const contents = await contentsOf(cluster, route.region);
      replicas += contents.length;
      differences.push(...differencesOf(route.region, contents));
      progress.show(next, `${replicas} replicas`);
    }
  };
  await Promise.all(Array.from({ length: REGIONS_AT_A_TIME }, comparer));
  progress.end(`${replicas} replicas of ${routes.length} regions`);
  return { regions: routes.length, replicas, differences };
}

/**
 * Of all replicas that the region has by now, once they have applied the same entries. Whom it has is asked
 * anew at each look: the placement driver may still be moving it.
 */
export async function contentsOf(
  cluster: TestCluster,
  { id }: Region,
): Promise<readonly PeerContent[]> {
  const look = async () => {
    const routes = await cluster.client.routes();
    const peers = routes.find(({ region }) => region.id === id)?.region.peers ?? [];
    const asked = peers.map(({ storeId }) => cluster.peerContent(storeId, id));
    const contents = (await Promise.all(asked)).filter((content) => content !== undefined);
    return { peers, contents };
  };
  const { contents } = await cluster.settled(
    `all replicas of region ${id} at one index`,
    look,
    (seen) =>
      seen.contents.length === seen.peers.length &&
      isSame(seen.contents, ({ appliedIndex }) => appliedIndex),
  );
  return contents;
}

export function differencesOf(region: Region, contents: readonly PeerContent[]): string[] {
  if (isSame(contents, ({ digest, keys, version }) => `${digest} ${keys} ${version}`)) return [];
  const sides = contents.map(({ keys, digest }) => `${keys} keys ${digest.slice(0, 8)}`);
  return [`replicas of region ${region.id} differ: ${sides.join(", ")}`];
}

function gapsIn(routes: readonly Route[]): string[] {
  const gaps: string[] = [];
  let expected = "";
  for (const { region } of routes) {
    if (region.range.start !== expected) gaps.push(`no region begins at ${expected}`);
    expected = region.range.end;
  }
  if (expected !== "") gaps.push(`no region after ${expected}`);
  return gaps;
}

function isSame<Thing>(things: readonly Thing[], of: (thing: Thing) => unknown): boolean {
  return new Set(things.map(of)).size === 1;
}
