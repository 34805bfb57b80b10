// A cluster on real threads with controls that no user has: cut and hold what passes between stores,
// hold mail in a replica's mailbox, end stores and threads. For tests of programs that use the store,
// and for our own. Everything is scripted and waited for by looking, nothing by sleeping.
import {
  type PdMail,
  type RegionId,
  type StoreId,
  toRegionId,
  toStoreId,
} from "@multiraft/pd/protocol";
import type { ActorSystem, Address, AnyAddress, ReplyOf } from "@multiraft/runtime";
import type { Client } from "../client/client.ts";
import { Cluster, startCore } from "../cluster/cluster.ts";
import type { ClusterCore } from "../cluster/cluster-core.ts";
import type { ClusterOptions } from "../cluster/cluster-options.ts";
import { answer } from "../cluster/cluster-status.ts";
import type { PeerContent } from "../peer/content-digest.ts";
import type { PeerMail, PeerStatus } from "../peer/peer-mail.ts";
import { type TemporaryDirectory, temporaryDirectory } from "../platform/temporary-directory.ts";
import type { LifeStatus, StoreStatusReply } from "../registry/registry-mail.ts";
import type { GovernorStatus } from "../snapshot/governor-mail.ts";
import type { GateStatus } from "../transport/gate-mail.ts";
import { between, type MailMatch, Network, type NetworkRule } from "./network.ts";
import { type PollOptions, settled } from "./settled.ts";

/** Mail that stays where it is until it is released. */
export interface HeldMail {
  readonly address: AnyAddress;
  /** Mail that waits in that mailbox, of whatever kind. */
  queued(): Promise<number>;
  release(): Promise<void>;
}

/** Without `dir` in a directory of its own that goes with it; with the memory engine unless told. */
export type TestClusterOptions = ClusterOptions & {
  /** `quick`, the default: intervals short enough for tests. `usual`: those that a user's cluster has. */
  readonly timing?: "quick" | "usual";
  /** Has no directory at all: what a cluster without `dir` is. */
  readonly isVolatile?: boolean;
};

const ASK_TIMEOUT_MS = 60_000;
/** Elections within half a second, orders repeated soon, snapshots as fast as they go. */
const QUICK_TUNING = { tickMs: 50, heartbeatMs: 250, snapshotPace: "full" } as const;
const QUICK_PD = { tickMs: 50, orderResendMs: 500 } as const;

export class TestCluster implements AsyncDisposable {
  readonly cluster: Cluster;
  readonly client: Client;
  readonly #core: ClusterCore;
  readonly #network: Network;
  readonly #directory: TemporaryDirectory | undefined;
  readonly #cuts = new Set<NetworkRule>();

  private constructor(core: ClusterCore, directory: TemporaryDirectory | undefined) {
    this.#core = core;
    this.#directory = directory;
    this.#network = new Network(core);
    this.cluster = new Cluster(core);
    this.client = this.cluster.client();
  }

  static async start({
    timing = "quick",
    isVolatile = false,
    ...options
  }: TestClusterOptions = {}): Promise<TestCluster> {
    const isQuick = timing === "quick";
    const isOnDisk = options.dir === undefined && !isVolatile;
    const directory = isOnDisk ? temporaryDirectory("multiraft-test-") : undefined;
    const settings: ClusterOptions = {
      engine: "memory",
      ...(directory === undefined ? {} : { dir: directory.path }),
      ...options,
      tuning: { ...(isQuick ? QUICK_TUNING : {}), ...options.tuning },
      pd: { ...(isQuick ? QUICK_PD : {}), ...options.pd },
    };
    try {
      return new TestCluster(await startCore(settings), directory);
    } catch (error) {
      directory?.remove();
      throw error;
    }
  }

  get system(): ActorSystem {
    return this.#core.system;
  }

  get stores(): readonly StoreId[] {
    return this.#core.seats.map(({ host }) => host.id);
  }

  /** As the `index`-th store that was made, from 0: ids are the placement driver's. */
  storeAt(index: number): StoreId {
    const id = this.stores[index];
    if (id === undefined) throw new RangeError(`there is no store number ${index}`);
    return id;
  }

  asStore(id: number): StoreId {
    return toStoreId(id);
  }

  // ---- the network between stores -------------------------------------------------------------------

  /** Drops all mail between two stores, until `heal`. */
  async partition(
    a: number,
    b: number,
    options: { readonly oneWay?: boolean } = {},
  ): Promise<void> {
    for (const match of between(toStoreId(a), toStoreId(b), options.oneWay === true))
      this.#cuts.add(await this.drop(match));
  }

  /** Drops all mail between a store and the others, until `heal`. Clients and the driver reach it still. */
  async isolate(id: number): Promise<void> {
    for (const other of this.stores) if (other !== id) await this.partition(id, other);
  }

  /** Ends all partitions. */
  async heal(): Promise<void> {
    for (const cut of this.#cuts) await cut.drop();
    this.#cuts.clear();
  }

  /** Keeps mail back that matches: kinds of region mail, or types of Raft messages. */
  hold(match: MailMatch): Promise<NetworkRule> {
    return this.#network.add(match, { kind: "hold" });
  }

  drop(match: MailMatch): Promise<NetworkRule> {
    return this.#network.add(match, { kind: "drop" });
  }

  slow(match: MailMatch, delayMs: number): Promise<NetworkRule> {
    return this.#network.add(match, { kind: "slow", delayMs });
  }

  // ---- mailboxes ------------------------------------------------------------------------------------

  /** Mail of these kinds stays in the mailbox while all other overtakes it. */
  async holdMail(address: AnyAddress, kinds: readonly string[]): Promise<HeldMail> {
    await this.system.testing.holdMail(address, kinds);
    return {
      address,
      queued: () => this.#queuedAt(address),
      release: () => this.system.testing.releaseMail(address),
    };
  }

  /** In the mailbox of a replica. */
  async holdReplicaMail(
    id: number,
    regionId: number,
    kinds: readonly PeerMail["kind"][],
  ): Promise<HeldMail> {
    return this.holdMail(await this.#replica(id, regionId), kinds);
  }

  /** In the mailbox of the placement driver. */
  holdDriverMail(kinds: readonly PdMail["kind"][]): Promise<HeldMail> {
    return this.holdMail(this.#core.pd, kinds);
  }

  // ---- ends -----------------------------------------------------------------------------------------

  /** Its actors end where they stand; nobody is told. */
  killStore(id: number): Promise<void> {
    return this.#core.stopStore(id);
  }

  /** A store that was killed, from its log. */
  restartStore(id: number): Promise<void> {
    return this.#core.reopenStore(id);
  }

  /** Ends the store's registry alone: the store is then stopped, and opened again from its log. */
  async breakStore(id: number): Promise<void> {
    const registry = this.#core.seat(id).host.actors?.registry;
    if (registry !== undefined) await this.system.stop(registry);
  }

  /** Ends the placement driver alone: it is opened again, and all stores with it. */
  async breakDriver(): Promise<void> {
    await this.system.stop(this.#core.pd);
  }

  /** With all actors on it; every store has some there, and is opened again. */
  killThread(thread: number): Promise<void> {
    return this.system.killThread(thread);
  }

  // ---- looking --------------------------------------------------------------------------------------

  /** Undefined while the store does not run, as all that follows. */
  storeStatus(id: number): Promise<StoreStatusReply | undefined> {
    const registry = this.#core.seat(id).host.actors?.registry;
    return answer(this.#core, registry, { kind: "store-status" });
  }

  /** The replica's entry in its store's registry. */
  async life(id: number, regionId: number): Promise<LifeStatus | undefined> {
    const status = await this.storeStatus(id);
    return status?.lives.find((life) => life.regionId === regionId);
  }

  async peerStatus(id: number, regionId: number): Promise<PeerStatus | undefined> {
    const address = (await this.life(id, regionId))?.address;
    return answer(this.#core, address, { kind: "peer-status" });
  }

  /** What a replica holds; equal on all replicas at the same applied index. */
  async peerContent(id: number, regionId: number): Promise<PeerContent | undefined> {
    const address = (await this.life(id, regionId))?.address;
    const content = await answer(this.#core, address, { kind: "peer-content" });
    return content ?? undefined;
  }

  async gateStatuses(id: number): Promise<readonly GateStatus[]> {
    const gates = this.#core.seat(id).host.actors?.gates ?? [];
    const limits = { timeoutMs: ASK_TIMEOUT_MS };
    return Promise.all(gates.map((gate) => this.system.ask(gate, { kind: "gate-status" }, limits)));
  }

  /** Replicas that sleep, of all stores that run. */
  async sleeping(): Promise<number> {
    const statuses = await Promise.all(this.stores.map((id) => this.gateStatuses(id)));
    return statuses.flat().reduce((sum, { sleeping }) => sum + sleeping, 0);
  }

  governorStatus(id: number): Promise<GovernorStatus | undefined> {
    const governor = this.#core.seat(id).host.actors?.governor;
    return answer(this.#core, governor, { kind: "governor-status" });
  }

  /** As the cluster does itself: by hand, an operator moves a replica to where a test wants it. */
  askPd<Kind extends PdMail["kind"]>(
    mail: PdMail & { readonly kind: Kind },
  ): Promise<ReplyOf<Extract<PdMail, { readonly kind: Kind }>>> {
    return this.system.ask<PdMail, Kind>(this.#core.pd, mail, { timeoutMs: ASK_TIMEOUT_MS });
  }

  /** The store whose replica says that it leads; one that is cut off may say so for a while. */
  async leaderOf(
    regionId: number,
    among: readonly number[] = this.stores,
  ): Promise<StoreId | undefined> {
    for (const id of among.map(toStoreId)) {
      const status = await this.peerStatus(id, regionId);
      if (status?.raft?.role === "leader") return id;
    }
    return undefined;
  }

  /** The region that holds `key`, as the placement driver knows it. */
  async regionOf(key: string): Promise<RegionId> {
    const routes = await this.client.routes();
    const bytes = Buffer.from(key, "utf8").toString("latin1");
    const route = routes.findLast(({ region }) => region.range.start <= bytes);
    if (route === undefined) throw new RangeError(`no region holds ${key}`);
    return route.region.id;
  }

  /** Looks until it holds, a bounded number of times. */
  settled<Seen>(
    what: string,
    look: () => Promise<Seen>,
    holds: (seen: Seen) => boolean,
    options?: PollOptions,
  ): Promise<Seen> {
    return settled(what, look, holds, options);
  }

  async close(): Promise<void> {
    await this.cluster.close();
    this.#directory?.remove();
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.close();
  }

  async #replica(id: number, regionId: number): Promise<Address<PeerMail>> {
    const address = (await this.life(id, toRegionId(regionId)))?.address;
    if (address === undefined)
      throw new RangeError(`no replica of region ${regionId} runs on store ${id}`);
    return address;
  }

  async #queuedAt({ slot, incarnation }: AnyAddress): Promise<number> {
    const cells = (await this.system.inspect()).flatMap((report) => report.cells);
    const cell = cells.find(
      ({ address }) => address.slot === slot && address.incarnation === incarnation,
    );
    return cell?.queued ?? 0;
  }
}
