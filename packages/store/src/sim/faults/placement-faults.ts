// A placement driver that never rests: by hand it is made to split, to move and remove replicas and to
// hand over leaders, all at once, and what it has ordered before it orders again.
import {
  keyFromText,
  type OperatorStep,
  type Peer,
  type RegionId,
  type Route,
  type StoreId,
  toPeerId,
} from "@multiraft/pd/protocol";
import type { Random } from "@multiraft/runtime";
import type { Incarnation } from "../shadow.ts";
import { drawKept, drawMs, drawSeat, type FaultSite } from "./fault-site.ts";

const ROUTES_MAX = 64;
const BLOWS = ["a store dies", "its parent goes", "the child is slow and its parent goes"] as const;

export const placementFaults = {
  "transfer-leader": (site: FaultSite, random: Random) => {
    const route = drawRoute(site, random);
    const to = route && drawPeer(route, random);
    if (route === undefined || to === undefined) return undefined;
    return order(site, route, [{ kind: "transfer-leader", toPeerId: to.id }]);
  },
  split: (site: FaultSite, random: Random) => {
    const route = drawRoute(site, random);
    if (route === undefined) return undefined;
    const key = keyFromText(`${site.keys[random.below(site.keys.length)] ?? "m"}`);
    return order(site, route, [{ kind: "split", keys: [key] }]);
  },
  /** A split, and while its children come up a replica of the parent is to go, or a store goes down. */
  "strike-at-split": (site: FaultSite, random: Random) => {
    const what = placementFaults.split(site, random.fork("split"));
    if (what === undefined) return undefined;
    const strike = random.fork("strike");
    const blow = BLOWS[strike.below(BLOWS.length)] ?? "a store dies";
    site.when("initialise", 0, ({ host, life }) => {
      if (blow === "a store dies") return crashOne(site, strike);
      if (blow === "the child is slow and its parent goes") {
        const untilMs = site.nowMs() + drawMs(strike);
        site.pauses.pause(`${life.slot}.${life.incarnation}`, untilMs);
      }
      removeParent(site, host, site.cluster.oracles.shadow.at(life)?.regionId);
    });
    return `${what}, and with the next child of a split: ${blow}`;
  },
  "move-replica": (site: FaultSite, random: Random) => {
    const route = drawRoute(site, random);
    const from = route && drawPeer(route, random);
    if (route === undefined || from === undefined) return undefined;
    const peer = newPeer(site, route, random);
    if (peer === undefined) return undefined;
    return order(site, route, [
      { kind: "add-learner", peer },
      { kind: "promote-learner", peerId: peer.id },
      { kind: "remove-peer", peerId: from.id },
    ]);
  },
  /** Told to the leader itself, past all that the driver would think of first. */
  "remove-replica": (site: FaultSite, random: Random) => {
    const route = drawRoute(site, random);
    const peer = route && drawPeer(route, random);
    if (route === undefined || peer === undefined || route.region.peers.length < 3)
      return undefined;
    const { id: regionId, epoch } = route.region;
    const step: OperatorStep = { kind: "remove-peer", peerId: peer.id };
    const leader = site.cluster.oracles.shadow
      .allRunning()
      .find((one) => one.regionId === regionId && one.peerId === route.leader);
    if (leader === undefined) return undefined;
    const mail = { kind: "pd-order", operatorId: 0, regionId, epoch, step } as const;
    site.cluster.system.tell(leader.address as never, mail);
    return `region ${regionId} is told at once to remove peer ${peer.id}`;
  },
  "old-order": (site: FaultSite, random: Random) => {
    const { given } = site.orders;
    const again = given[random.below(Math.max(1, given.length))];
    if (again === undefined) return undefined;
    site.cluster.system.tell(again.to as never, again.order);
    return `an old order again: ${again.order.step.kind} for region ${again.order.regionId}`;
  },
} as const;

/** A group beside the child's is told to go on without its replica there, by what its members know. */
function removeParent({ cluster }: FaultSite, host: string, childId: RegionId | undefined): void {
  const { shadow } = cluster.oracles;
  const victim = shadow
    .runningOn(host)
    .find(({ region, regionId }) => region !== undefined && regionId !== childId);
  if (victim !== undefined) removeReplica({ cluster }, victim);
}

/** Its group is told to go on without it, by what each member knows. */
export function removeReplica(
  site: Pick<FaultSite, "cluster">,
  { regionId, peerId }: Pick<Incarnation, "regionId" | "peerId">,
): void {
  orderAll(site, regionId, { kind: "remove-peer", peerId });
}

/** All replicas of a region are told, each by what it knows itself: whoever does not lead ignores it. */
export function orderAll(
  { cluster }: Pick<FaultSite, "cluster">,
  regionId: RegionId,
  step: OperatorStep,
): void {
  for (const { region, address } of cluster.oracles.shadow.allRunning())
    if (region?.id === regionId) {
      const { epoch } = region;
      const mail = { kind: "pd-order", operatorId: 0, regionId, epoch, step } as const;
      cluster.system.tell(address as never, mail);
    }
}

function crashOne(site: FaultSite, random: Random): void {
  const seat = drawSeat(site, random);
  if (seat !== undefined) site.crash(seat.id, drawKept(random), drawMs(random));
}

/** As the driver knows them. */
export function routesOf({ cluster }: FaultSite): readonly Route[] {
  const ask = { kind: "scan-regions", startKey: keyFromText(""), limit: ROUTES_MAX } as const;
  return cluster.look<readonly Route[]>(cluster.pd, ask as never) ?? [];
}

export function drawRoute(site: FaultSite, random: Random): Route | undefined {
  const routes = routesOf(site);
  return routes[random.below(Math.max(1, routes.length))];
}

function drawPeer({ region }: Route, random: Random): Peer | undefined {
  return region.peers[random.below(Math.max(1, region.peers.length))];
}

/** On a store that has none of the region, or a new one where it has one. */
function newPeer(site: FaultSite, { region }: Route, random: Random): Peer | undefined {
  const free = site.cluster.seats.filter(({ id }) =>
    region.peers.every(({ storeId }) => storeId !== id),
  );
  const seat = free[random.below(Math.max(1, free.length))];
  return seat === undefined ? undefined : newPeerOn(site, seat.id);
}

/** With an id of the driver; undefined while that does not answer. */
export function newPeerOn({ cluster }: FaultSite, storeId: StoreId): Peer | undefined {
  const ask = { kind: "allocate-ids", count: 1 } as const;
  const ids = cluster.look<{ firstId: number }>(cluster.pd, ask as never);
  return ids && { id: toPeerId(ids.firstId), storeId, role: "learner" };
}

/** Worked at by the driver, as an operator of its own. */
export function order(
  { cluster }: FaultSite,
  { region }: Route,
  steps: readonly OperatorStep[],
): string {
  const mail = { kind: "add-operator", regionId: region.id, steps } as const;
  cluster.system.askThen(cluster.pd, mail, {}, () => undefined);
  return `region ${region.id}: ${steps.map(({ kind }) => kind).join(", ")}`;
}
