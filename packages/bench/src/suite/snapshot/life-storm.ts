// A storm of lives: a replica of every region of a store begins on another one, gets its data by snapshot, and ends
// again. Who orders it is either the placement driver, an operator for each region, or we ourselves, who tell the
// leaders what the driver would tell them. Both times the leaders report to the driver as ever: what differs is
// its operators, their bookkeeping and their waiting for reports. Driven directly a life waits for one look of ours
// more, between its beginning and its end.
import { mkdirSync, rmSync } from "node:fs";
import { join } from "node:path";
import { type PdOrder, type PeerId, type RegionId, toPeerId } from "@multiraft/pd/protocol";
import { assert } from "@multiraft/runtime";
import type { TestCluster } from "@multiraft/store/testing";
import { type LifeSeen, LifeWatch } from "./life-watch.ts";
import {
  digestOf,
  type LoadedStore,
  regionsOn,
  type StoreContent,
  startLoaded,
} from "./store-content.ts";

export type StormContent = StoreContent & { readonly by: "driver" | "hand" };

export type Stormed = {
  readonly lives: number;
  readonly streamBytes: number;
  readonly seconds: number;
  readonly cpuSeconds: number;
};

/** As the driver does by default. */
const RESEND_MS = 2_000;
/** Lives whose content is compared after the storm: all of them came by the same way. */
const COMPARED = 4;
const ACCEPT = { pollMs: 20, pollsMax: 3_000 };

type Steps = { readonly regionId: RegionId; readonly peerId: PeerId };
type Leader = NonNullable<Awaited<ReturnType<TestCluster["storeStatus"]>>>["lives"][number];

export class LifeStorm {
  readonly #loaded: LoadedStore;
  readonly #content: StormContent;
  readonly #directory: string;
  readonly #to: number;
  readonly #watch: LifeWatch;

  private constructor(loaded: LoadedStore, content: StormContent, directory: string, to: number) {
    this.#loaded = loaded;
    this.#content = content;
    this.#directory = directory;
    this.#to = to;
    this.#watch = new LifeWatch(loaded.cluster, to);
  }

  static async open(place: string, content: StormContent): Promise<LifeStorm> {
    const directory = join(place, `storm-${process.hrtime.bigint()}`);
    mkdirSync(directory);
    const loaded = await startLoaded(directory, content);
    // From here on nothing moves but by order.
    await loaded.cluster.askPd({ kind: "set-scheduling", isEnabled: false });
    const to = await loaded.cluster.cluster.addStore();
    return new LifeStorm(loaded, content, directory, to);
  }

  /** @throws Error unless every life got its data by snapshot, and has ended. */
  async run(): Promise<Stormed> {
    const { cluster } = this.#loaded;
    const leaders = await this.#leaders();
    const all = await this.#lifeFor(leaders);
    const before = await this.#received();
    const startedCpu = process.cpuUsage();
    const startedMs = performance.now();
    const left = leaders.values();
    const worker = async () => {
      for (const leader of left) await this.#live(leader, all(leader));
    };
    await Promise.all(Array.from({ length: this.#content.streams }, worker));
    const seconds = (performance.now() - startedMs) / 1_000;
    const { user, system } = process.cpuUsage(startedCpu);
    const { count, streamBytes } = await this.#received();
    const snapshots = count - before.count;
    assert(
      snapshots === leaders.length,
      () => `${snapshots} snapshots for ${leaders.length} lives`,
    );
    assert((await regionsOn(cluster, this.#to)) === 0, "a life has not ended");
    return {
      lives: leaders.length,
      streamBytes: streamBytes - before.streamBytes,
      seconds,
      cpuSeconds: (user + system) / 1e6,
    };
  }

  /** A few lives are begun once more and compared with their leaders; what the leaders have is what was loaded. */
  async check(): Promise<void> {
    const { cluster, pairs, digest } = this.#loaded;
    const leaders = (await this.#leaders()).slice(0, COMPARED);
    const steps = await this.#lifeFor(leaders);
    for (const leader of leaders) {
      const begun = await this.#begin(leader, steps(leader));
      await this.#compare(leader.regionId);
      await this.#end(leader, steps(leader), begun);
    }
    if ((await digestOf(cluster, pairs)) !== digest) throw new Error("what was loaded has changed");
  }

  async close(): Promise<void> {
    await this.#loaded.cluster.close();
    rmSync(this.#directory, { recursive: true, force: true });
  }

  /** The one replica of each region, which leads it. */
  async #leaders(): Promise<readonly Leader[]> {
    const { cluster } = this.#loaded;
    const status = await cluster.storeStatus(cluster.storeAt(0));
    assert(status !== undefined, "the store does not run");
    return status.lives;
  }

  /** Ids for a new replica of each. */
  async #lifeFor(leaders: readonly Leader[]): Promise<(leader: Leader) => Steps> {
    const ask = { kind: "allocate-ids", count: leaders.length } as const;
    const { firstId } = await this.#loaded.cluster.askPd(ask);
    const steps = new Map(
      leaders.map((leader, i) => [
        leader,
        { regionId: leader.regionId, peerId: toPeerId(firstId + i) },
      ]),
    );
    return (leader) => {
      const own = steps.get(leader);
      assert(own !== undefined, "a life without an id");
      return own;
    };
  }

  async #live(leader: Leader, steps: Steps): Promise<void> {
    if (this.#content.by === "driver") return this.#operate(steps);
    const begun = await this.#begin(leader, steps);
    await this.#end(leader, steps, begun);
  }

  /** The driver is told all of it at once. */
  async #operate({ regionId, peerId }: Steps): Promise<void> {
    const { cluster } = this.#loaded;
    const peer = { id: peerId, storeId: cluster.asStore(this.#to), role: "learner" } as const;
    const steps = [
      { kind: "add-learner", peer },
      { kind: "remove-peer", peerId },
    ] as const;
    await cluster.settled(
      `an operator for region ${regionId} is taken`,
      () => cluster.askPd({ kind: "add-operator", regionId, steps }),
      ({ kind }) => kind === "accepted",
      ACCEPT,
    );
    await this.#watch.until(regionId, (seen) => hasEnded(seen, peerId));
  }

  /** @returns The life with its data. */
  async #begin(leader: Leader, { regionId, peerId }: Steps): Promise<LifeSeen["life"]> {
    const { region } = leader;
    assert(region !== undefined, "a leader without a region");
    const peer = {
      id: peerId,
      storeId: this.#loaded.cluster.asStore(this.#to),
      role: "learner",
    } as const;
    const order = { regionId, epoch: region.epoch, step: { kind: "add-learner", peer } } as const;
    const hasData = ({ life }: LifeSeen) => life?.peerId === peerId && life.generation > 0;
    return (await this.#ordered(leader, order, hasData)).life;
  }

  async #end(leader: Leader, { regionId, peerId }: Steps, begun: LifeSeen["life"]): Promise<void> {
    assert(begun?.region !== undefined, "a life without a region");
    // It has joined with the order before, and so knows the epoch after it.
    const order = {
      regionId,
      epoch: begun.region.epoch,
      step: { kind: "remove-peer", peerId },
    } as const;
    await this.#ordered(leader, order, (seen) => hasEnded(seen, peerId));
  }

  /** Said again until it is so, as the driver does: a leader that is busy with another change takes none. */
  async #ordered(
    { address }: Leader,
    order: Pick<PdOrder, "regionId" | "epoch" | "step">,
    holds: (seen: LifeSeen) => boolean,
  ): Promise<LifeSeen> {
    assert(address !== undefined, "a leader without an address");
    const { system } = this.#loaded.cluster;
    const send = () => system.tell(address, { kind: "pd-order", operatorId: 0, ...order });
    send();
    const again = setInterval(send, RESEND_MS);
    try {
      return await this.#watch.until(order.regionId, holds);
    } finally {
      clearInterval(again);
    }
  }

  async #compare(regionId: RegionId): Promise<void> {
    const { cluster } = this.#loaded;
    const stores = [cluster.storeAt(0), this.#to];
    await cluster.settled(
      `both replicas of region ${regionId} are equal`,
      () => Promise.all(stores.map((store) => cluster.peerContent(store, regionId))),
      ([one, other]) => one !== undefined && JSON.stringify(one) === JSON.stringify(other),
    );
  }

  async #received() {
    const status = await this.#loaded.cluster.governorStatus(this.#to);
    assert(status !== undefined, "the store does not run");
    return status.received;
  }
}

function hasEnded({ life, tombstone }: LifeSeen, peerId: PeerId): boolean {
  return life === undefined && tombstone !== undefined && tombstone.peerId >= peerId;
}
