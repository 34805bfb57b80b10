// The race that this project was founded on (TiKV #17469), played on real threads: a store applies a
// split late; the child's peer is called into being there by a message; a snapshot for it is under way;
// the split is applied; the peer is removed at once; the snapshot is handled last. Every step waits
// for what it needs to see; nothing sleeps.
import type { PeerId, Region, RegionId, StoreId } from "@multiraft/pd/protocol";
import type { AnyAddress } from "@multiraft/runtime";
import { ClientError } from "@multiraft/store";
import type { NetworkRule, TestCluster } from "@multiraft/store/testing";
import { PdHand } from "./pd-hand.ts";
import type { RacePlay } from "./report.ts";

export type Scene = {
  readonly parent: RegionId;
  readonly child: RegionId;
  readonly childRegion: Region;
  /** The store that applies the split late. */
  readonly late: StoreId;
  /** Of the child, there. */
  readonly peerId: PeerId;
  readonly address: AnyAddress;
  readonly life: number;
};

export type Opening = {
  readonly scene: Scene;
  /** Keeps the split from the late store. */
  readonly lateAppends: NetworkRule;
  readonly offers: NetworkRule;
};

/** What keeps the snapshot back. */
export type Waiting = {
  /** Mail that is kept back now. */
  readonly count: () => Promise<number>;
  readonly release: () => Promise<void>;
};

/** The driver may move a leader while the split is asked for: rarely, and hardly twice in a row. */
const OPENINGS_MAX = 5;
/** What a split may end with whose leader is gone. */
const LOST_SPLIT = ["ERR_MULTIRAFT_CLIENT_TIMEOUT", "ERR_MULTIRAFT_OUTCOME_UNKNOWN"];
const SPLIT_TIMEOUT_MS = 20_000;

export class RaceScript {
  readonly #cluster: TestCluster;
  readonly #pd: PdHand;
  readonly #say: (step: string) => void;

  constructor(cluster: TestCluster, signal: AbortSignal, say: (step: string) => void) {
    this.#cluster = cluster;
    this.#pd = new PdHand(cluster, signal);
    this.#say = say;
  }

  /** The split is applied everywhere but on one store, and the child's peer is there already. */
  async begin(): Promise<Opening> {
    for (let attempt = 1; ; attempt += 1) {
      const opening = await this.#open();
      if (opening !== undefined) return opening;
      if (attempt === OPENINGS_MAX) throw new Error("the leader changed each time");
      this.#say("the leader changed meanwhile: once more");
    }
  }

  /** Undefined when the region's leader changed meanwhile: the split is lost, or nobody is late. */
  async #open(): Promise<Opening | undefined> {
    const { parent, late } = await this.#choose();
    const appends = { toStore: late, regionId: parent.id, kinds: ["MsgApp"] };
    const lateAppends = await this.#cluster.hold(appends);
    const offers = await this.#cluster.hold({ toStore: late, kinds: ["snapshot-offer"] });
    const childRegion = await this.#split(parent);
    if (childRegion === undefined) {
      await offers.release();
      await lateAppends.release();
      return undefined;
    }
    const peer = childRegion.peers.find(({ storeId }) => storeId === late);
    if (peer === undefined) throw new Error(`the child has no peer on store ${late}`);
    this.#say(`region ${parent.id} was split: ${childRegion.id} is new; store ${late} is late`);
    const made = await this.#cluster.settled(
      `peer ${peer.id} of region ${childRegion.id} on store ${late}`,
      () => this.#cluster.life(late, childRegion.id),
      (life) => life?.address !== undefined,
    );
    if (made?.address === undefined) throw new Error("a life without an address");
    if (made.region !== undefined) {
      await offers.release();
      await lateAppends.release();
      return undefined;
    }
    this.#say(`a message made peer ${peer.id} there, without data (life ${made.life})`);
    const scene: Scene = {
      parent: parent.id,
      child: childRegion.id,
      childRegion,
      late,
      peerId: peer.id,
      address: made.address,
      life: made.life,
    };
    return { scene, lateAppends, offers };
  }

  /** The snapshot goes as far as `place`, and waits there. */
  async hold(place: RacePlay["heldAt"], scene: Scene, offers: NetworkRule): Promise<Waiting> {
    const { late, child } = scene;
    await this.#cluster.settled(
      "the leader offers a snapshot",
      () => offers.held(),
      (held) => held > 0,
    );
    const waiting = await this.#holdAt(place, scene);
    await offers.release();
    await this.#cluster.settled(
      `the snapshot waits: ${place}`,
      async () => ({
        held: await waiting.count(),
        receiving: (await this.#cluster.peerStatus(late, child))?.receiving,
      }),
      ({ held, receiving }) => held > 0 && (place !== "install" || receiving === "installing"),
    );
    this.#say(`a snapshot for peer ${scene.peerId} is under way, and held: ${WHERE[place]}`);
    return waiting;
  }

  async applySplit({ late, parent, childRegion }: Scene, lateAppends: NetworkRule): Promise<void> {
    await lateAppends.release();
    await this.#cluster.settled(
      `the split is applied on store ${late}`,
      () => this.#cluster.life(late, parent),
      (life) => (life?.region?.epoch.version ?? 0) >= childRegion.epoch.version,
    );
    this.#say(`store ${late} applied the split`);
  }

  /** Resolves when the tombstone is there and the life has ended. */
  async remove({ child, late, peerId }: Scene): Promise<void> {
    await this.#pd.operate(child, [{ kind: "remove-peer", peerId }]);
    await this.#cluster.settled(
      `peer ${peerId} has ended on store ${late}`,
      () => this.#cluster.storeStatus(late),
      (status) =>
        status?.lives.every(({ regionId }) => regionId !== child) === true &&
        status.tombstones.some((one) => one.regionId === child && one.peerId >= peerId),
    );
    this.#say(`the placement driver removed peer ${peerId}: its tombstone is durable`);
  }

  async placeAgain({ child, late }: Scene): Promise<void> {
    const peerId = await this.#pd.addPeer(child, late);
    this.#say(`region ${child} was placed on store ${late} again, as peer ${peerId}`);
  }

  /** While it is disabled the driver moves nothing on its own account. */
  setScheduling(isEnabled: boolean): Promise<unknown> {
    return this.#cluster.askPd({ kind: "set-scheduling", isEnabled });
  }

  /** The largest region, and a store on which it has a follower. */
  async #choose(): Promise<{ parent: Region; late: StoreId }> {
    await this.#pd.rest();
    await this.setScheduling(false);
    const { stores, regions } = await this.#cluster.cluster.status();
    const replicas = stores.flatMap(({ id, replicas: own }) =>
      own.map(({ regionId, peer }) => ({ storeId: id, regionId, peer })),
    );
    const sizeOf = (regionId: RegionId): number =>
      replicas.find((one) => one.regionId === regionId && one.peer?.raft?.role === "leader")?.peer
        ?.approximateSizeBytes ?? 0;
    const [largest] = regions
      .map(({ region }) => ({ region, sizeBytes: sizeOf(region.id) }))
      .sort((a, b) => b.sizeBytes - a.sizeBytes);
    if (largest === undefined) throw new Error("there is no region");
    const parent = largest.region;
    const follower = replicas.find(
      ({ regionId, peer }) => regionId === parent.id && peer?.raft?.role === "follower",
    );
    if (follower === undefined) throw new Error(`region ${parent.id} has no follower`);
    return { parent, late: follower.storeId };
  }

  /** Undefined when the split was proposed and then lost with the leader. */
  async #split(parent: Region): Promise<Region | undefined> {
    const before = new Set((await this.#cluster.client.routes()).map(({ region }) => region.id));
    // The driver gives no ids for a split while it is told to rest.
    await this.setScheduling(true);
    const { start } = parent.range;
    const within = start === "" ? {} : { within: Buffer.from(start, "latin1") };
    try {
      await this.#cluster.client.split(undefined, { ...within, timeoutMs: SPLIT_TIMEOUT_MS });
    } catch (error) {
      if (error instanceof ClientError && LOST_SPLIT.includes(error.code)) return undefined;
      throw error;
    } finally {
      await this.setScheduling(false);
    }
    const routes = await this.#cluster.settled(
      `the child of region ${parent.id} is known`,
      () => this.#cluster.client.routes(),
      (all) => all.some(({ region }) => !before.has(region.id)),
    );
    const child = routes.find(({ region }) => !before.has(region.id));
    return child?.region;
  }

  async #holdAt(place: RacePlay["heldAt"], { late, child, address }: Scene): Promise<Waiting> {
    if (place === "chunks") {
      const rule = await this.#cluster.hold({
        toStore: late,
        regionId: child,
        kinds: ["snapshot-chunk"],
      });
      return { count: () => rule.held(), release: () => rule.release() };
    }
    // Of an install the notice is kept back that its record is durable.
    const kinds = place === "mailbox" ? ["snapshot-offer"] : ["log-durable"];
    const held = await this.#cluster.holdMail(address, kinds);
    return { count: () => held.queued(), release: () => held.release() };
  }
}

const WHERE: Readonly<Record<RacePlay["heldAt"], string>> = {
  mailbox: "in its mailbox",
  chunks: "in the stream of its pieces",
  install: "in its install, whose record is with the log",
};
