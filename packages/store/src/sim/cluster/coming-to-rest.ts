// What a cluster is like when nothing is wrong and nobody asks anything of it: what the liveness oracles
// wait for once the faults have stopped.
import { keyFromText, type PdStatus, type Route } from "@multiraft/pd/protocol";
import type { PeerContent } from "../../peer/content-digest.ts";
import type { PeerStatus } from "../../peer/peer-mail.ts";
import type { LifeStatus, StoreStatusReply } from "../../registry/registry-mail.ts";
import type { GateStatus } from "../../transport/gate-mail.ts";
import { leftOverOn, unhandledMail } from "./left-over.ts";
import type { OpenedStore } from "./open-store.ts";
import type { SimClients } from "./sim-client.ts";
import type { SimCluster } from "./sim-cluster.ts";

/** Operations of clients that have to be answered after the faults, before they are told to stop. */
const OPERATIONS_AFTER = 20;
const ROUTES_MAX = 1_000;

type Replica = {
  readonly store: OpenedStore;
  readonly life: LifeStatus;
  readonly peer: PeerStatus;
};

export class Rest {
  readonly #cluster: SimCluster;
  readonly #clients: SimClients;
  readonly #keys: readonly string[];

  /** @param keys All that clients ask for: each has to be answered for. */
  constructor(cluster: SimCluster, clients: SimClients, keys: readonly string[]) {
    this.#cluster = cluster;
    this.#clients = clients;
    this.#keys = keys;
  }

  /** @returns The first thing that is not as it should be; undefined at rest. */
  missing(): string | undefined {
    const { answeredInHealing, keysAnsweredInHealing } = this.#clients;
    if (answeredInHealing < OPERATIONS_AFTER) return "clients get no answers";
    const silent = this.#keys.find((key) => !keysAnsweredInHealing.has(key));
    if (silent !== undefined) return `clients get no answer for key ${silent}`;
    this.#clients.isStopped = true;
    if (!this.#clients.areIdle) return "a client waits for an answer";
    const stores = this.#cluster.opened();
    const statuses = stores.map((store) => this.#storeStatus(store));
    const unready = statuses.find((status) => status?.isReady !== true);
    if (unready !== undefined || statuses.includes(undefined)) return "a store is not ready";
    const damaged = statuses.flatMap((status) => status?.damaged ?? [])[0];
    if (damaged !== undefined) return `region ${damaged.regionId} is damaged: ${damaged.reason}`;
    const owed = statuses.some((status) => (status?.pendingSplitChildren ?? 0) > 0);
    if (owed) return "a store still owes children of a split";
    const routed = stores.find(
      (store, place) => this.#routesOf(store) !== statuses[place]?.lives.length,
    );
    if (routed !== undefined)
      return `the gate of store ${routed.id} has routes of nobody, or lacks some`;
    const replicas = this.#replicas(stores, statuses as StoreStatusReply[]);
    return typeof replicas === "string" ? replicas : this.#missingIn(replicas);
  }

  #missingIn(replicas: readonly Replica[]): string | undefined {
    const ask = { kind: "scan-regions", startKey: keyFromText(""), limit: ROUTES_MAX } as const;
    const { pd } = this.#cluster;
    const routes = this.#cluster.look<readonly Route[]>(pd, ask) ?? [];
    const hole = holeIn(routes);
    if (hole !== undefined) return hole;
    const ids = new Set(routes.map(({ region }) => region.id));
    const stray = replicas.find(({ life }) => !ids.has(life.regionId));
    if (stray !== undefined)
      return `store ${stray.store.id} has region ${stray.life.regionId}, unknown to the driver`;
    for (const route of routes) {
      const missing = this.#missingOf(route, replicas);
      if (missing !== undefined) return missing;
    }
    const status = this.#cluster.look<PdStatus>(pd, { kind: "status" });
    const running = status?.runningOperators[0];
    if (running !== undefined)
      return `the driver still works at region ${running.regionId}: ${running.kind}`;
    return this.#leftOver(replicas) ?? this.#forgottenCaller(replicas);
  }

  #leftOver(replicas: readonly Replica[]): string | undefined {
    for (const store of this.#cluster.opened()) {
      const own = replicas.filter((replica) => replica.store === store);
      const left = leftOverOn(
        this.#cluster,
        store,
        own.map(({ life }) => life),
      );
      if (left !== undefined) return left;
    }
    return unhandledMail(this.#cluster, replicas.length);
  }

  /** Nobody asks any more; who still waits is one that the replica knows of, and will answer in the end. */
  #forgottenCaller(replicas: readonly Replica[]): string | undefined {
    const open = this.#cluster.system.openThings();
    for (const { life, store, peer } of replicas) {
      const { slot, incarnation } = life.address ?? {};
      const held = open.find((text) => text.includes(`: peerActor ${slot}.${incarnation} is `));
      const owed = held?.match(/\bdebt\b/g)?.length ?? 0;
      if (owed !== peer.callers)
        return `region ${life.regionId} on store ${store.id} owes ${owed} answers and knows of ${peer.callers}`;
    }
    return undefined;
  }

  #missingOf({ region, leader }: Route, all: readonly Replica[]): string | undefined {
    const name = `region ${region.id}`;
    const replicas = all.filter(({ life }) => life.regionId === region.id);
    for (const { life, store, peer } of replicas) {
      const where = `${name}, peer ${life.peerId} on store ${store.id}`;
      if (!region.peers.some(({ id }) => id === life.peerId)) return `${where} is no member`;
      if (peer.state !== "live") return `${where} is ${peer.state}`;
      if (this.#sleeps && !peer.isAsleep) return `${where} does not sleep`;
      if (peer.isUntrimmed) return `${where} is not trimmed`;
      if (peer.sendingSnapshots > 0) return `${where} still sends a snapshot`;
    }
    const absent = region.peers.find(({ id }) => !replicas.some(({ life }) => life.peerId === id));
    if (absent !== undefined) return `${name}: peer ${absent.id} is not on store ${absent.storeId}`;
    const leaders = replicas.filter(({ peer }) => peer.raft?.role === "leader");
    if (leaders.length !== 1) return `${name} has ${leaders.length} leaders`;
    if (leaders[0]?.life.peerId !== leader) return `the driver knows another leader of ${name}`;
    const contents = replicas.map(({ life }) => this.#contentOf(life));
    if (new Set(contents).size > 1) return `replicas of ${name} differ: ${contents.join("; ")}`;
    return undefined;
  }

  /** Groups in which nothing happens sleep, where they may. */
  get #sleeps(): boolean {
    return this.#cluster.tuning.hibernateAfterMs > 0;
  }

  #replicas(
    stores: readonly OpenedStore[],
    statuses: readonly StoreStatusReply[],
  ): readonly Replica[] | string {
    const replicas: Replica[] = [];
    for (const [place, store] of stores.entries())
      for (const life of statuses[place]?.lives ?? []) {
        const where = `life ${life.life} of region ${life.regionId} on store ${store.id}`;
        if (life.address === undefined || life.state !== "running")
          return `${where}: ${life.state}`;
        const peer = this.#cluster.look<PeerStatus>(life.address, { kind: "peer-status" });
        if (peer === undefined) return `${where} does not answer`;
        replicas.push({ store, life, peer });
      }
    return replicas;
  }

  #contentOf({ address }: LifeStatus): string {
    if (address === undefined) return "nothing";
    const content = this.#cluster.look<PeerContent>(address, { kind: "peer-content" });
    return `${content?.appliedIndex} ${content?.version} ${content?.digest.slice(0, 12)}`;
  }

  #routesOf({ gates }: OpenedStore): number {
    const counts = gates.map(
      (gate) => this.#cluster.look<GateStatus>(gate, { kind: "gate-status" })?.routes ?? 0,
    );
    return counts.reduce((sum, count) => sum + count, 0);
  }

  #storeStatus({ registry }: OpenedStore): StoreStatusReply | undefined {
    return this.#cluster.look<StoreStatusReply>(registry, { kind: "store-status" });
  }
}

/** Regions in key order leave no key out and no two share one. */
function holeIn(routes: readonly Route[]): string | undefined {
  let at: string | undefined = "";
  for (const { region } of routes) {
    if (region.range.start !== at) return `the driver's map has a hole before region ${region.id}`;
    at = region.range.end === "" ? undefined : region.range.end;
  }
  return at === undefined ? undefined : "the driver's map does not reach the last key";
}
