// Regions of known content that move between two stores while others are served: one replica of each goes
// to and fro by operators, and its leader sends it as a snapshot every time. What is there in the end is read
// back and compared with what was written, and all replicas with each other.
import {
  type OperatorStep,
  type PeerId,
  type RegionId,
  type StoreId,
  toPeerId,
} from "@multiraft/pd/protocol";
import type { PeerContent, TestCluster } from "@multiraft/store/testing";
import { contentsOf, differencesOf } from "../../main-job/compare.ts";
import type { PdHand } from "../../main-job/pd-hand.ts";

export type MovingContent = {
  readonly regions: number;
  /** Of each of them. */
  readonly regionUserBytes: number;
  readonly valueBytes: number;
};

export type MovedBytes = {
  readonly moves: number;
  readonly streamBytes: number;
  readonly seconds: number;
};

/** Below the keys of whoever is served. */
const PREFIX = "moving/";
const KEY_DIGITS = 8;
const BATCH_BYTES = 128 * 1024;
const LOADERS = 8;
/** Regions under way at a time: some wait for a step of the driver's while others stream. */
const MOVES_AT_ONCE = 4;
const TIMEOUT_MS = 60_000;

export class MovingRegions {
  readonly #cluster: TestCluster;
  readonly #pd: PdHand;
  readonly #content: MovingContent;
  readonly #sender: StoreId;
  #regions: readonly RegionId[] = [];

  /** @param sender The store that leads all of them. */
  constructor(cluster: TestCluster, pd: PdHand, sender: StoreId, content: MovingContent) {
    this.#cluster = cluster;
    this.#pd = pd;
    this.#sender = sender;
    this.#content = content;
  }

  /** Out of what holds their keys. */
  async cut(): Promise<void> {
    const keys = Array.from({ length: this.#content.regions }, (_, place) => prefixOf(place));
    for (const key of [...keys, prefixOf(keys.length)]) await this.#cluster.client.split(key);
    this.#regions = await Promise.all(keys.map((key) => this.#cluster.regionOf(key)));
  }

  /** Led by the store that is to send them. */
  async load(): Promise<void> {
    for (const [place, id] of this.#regions.entries()) {
      await this.lead(id, this.#sender);
      await this.#loadRegion(place);
    }
  }

  /** Harmless when it leads already. */
  async lead(id: RegionId, store: StoreId): Promise<void> {
    const peer = await this.#peerOn(id, store);
    if (peer === undefined) throw new Error(`region ${id} has no replica on store ${store}`);
    if ((await this.#cluster.leaderOf(id)) === store) return;
    await this.#pd.operate(id, [{ kind: "transfer-leader", toPeerId: peer }]);
  }

  /** To and fro between two stores until `isOver`, and every region once at least. */
  async move(between: readonly [StoreId, StoreId], isOver: () => boolean): Promise<MovedBytes> {
    const bytesBefore = await this.#receivedBytes(between);
    const startedMs = performance.now();
    let moves = 0;
    const atRest = [...this.#regions];
    const mover = async () => {
      while (!isOver() || moves < this.#regions.length) {
        const region = atRest.shift();
        if (region === undefined) return;
        moves += 1;
        await this.#moveOnce(region, between);
        atRest.push(region);
      }
    };
    const movers = Math.min(MOVES_AT_ONCE, this.#regions.length);
    await Promise.all(Array.from({ length: movers }, mover));
    const seconds = (performance.now() - startedMs) / 1_000;
    return { moves, seconds, streamBytes: (await this.#receivedBytes(between)) - bytesBefore };
  }

  /** @throws Error when a replica is not what was written. */
  async check(): Promise<void> {
    for (const [place, id] of this.#regions.entries()) {
      const route = (await this.#cluster.client.routes()).find(({ region }) => region.id === id);
      if (route === undefined) throw new Error(`region ${id} is gone`);
      const contents = await contentsOf(this.#cluster, route.region);
      const [difference] = differencesOf(route.region, contents);
      if (difference !== undefined) throw new Error(difference);
      await this.#checkRegion(place, contents);
    }
  }

  async #moveOnce(id: RegionId, [one, other]: readonly [StoreId, StoreId]): Promise<void> {
    // An election may have come in between.
    await this.lead(id, this.#sender);
    const onOne = await this.#peerOn(id, one);
    const from = onOne ?? (await this.#peerOn(id, other));
    if (from === undefined) throw new Error(`region ${id} is on neither of two stores`);
    const { firstId } = await this.#cluster.askPd({ kind: "allocate-ids", count: 1 });
    const peerId = toPeerId(firstId);
    const storeId = onOne === undefined ? one : other;
    const steps: readonly OperatorStep[] = [
      { kind: "add-learner", peer: { id: peerId, storeId, role: "learner" } },
      { kind: "promote-learner", peerId },
      { kind: "remove-peer", peerId: from },
    ];
    await this.#pd.operate(id, steps);
  }

  async #peerOn(regionId: RegionId, store: StoreId): Promise<PeerId | undefined> {
    const route = await this.#cluster.askPd({ kind: "region-by-id", regionId });
    return route?.region.peers.find(({ storeId }) => storeId === store)?.id;
  }

  async #receivedBytes(stores: readonly StoreId[]): Promise<number> {
    const all = await Promise.all(stores.map((id) => this.#cluster.governorStatus(id)));
    return all.reduce((sum, status) => sum + (status?.received.streamBytes ?? 0), 0);
  }

  async #loadRegion(place: number): Promise<void> {
    const pairs = this.#pairsPerRegion;
    const perBatch = Math.max(1, Math.floor(BATCH_BYTES / this.#content.valueBytes));
    let next = 0;
    const loader = async () => {
      while (next < pairs) {
        const from = next;
        next += perBatch;
        const length = Math.min(perBatch, pairs - from);
        const batch = Array.from({ length }, (_, i) => this.#pair(place, from + i));
        await this.#cluster.client.batch(batch, { timeoutMs: TIMEOUT_MS, retryUnknown: true });
      }
    };
    await Promise.all(Array.from({ length: LOADERS }, loader));
  }

  async #checkRegion(place: number, contents: readonly PeerContent[]): Promise<void> {
    const range = { start: prefixOf(place), end: prefixOf(place + 1) };
    let next = 0;
    for await (const found of this.#cluster.client.scan(range, { timeoutMs: TIMEOUT_MS })) {
      const { put, value } = this.#pair(place, next);
      if (Buffer.compare(found.key, Buffer.from(put)) !== 0 || !value.equals(found.value))
        throw new Error(`pair ${next} of moving region ${place} is not what was written`);
      next += 1;
    }
    const counts = [next, ...contents.map(({ keys }) => keys)];
    if (counts.some((count) => count !== this.#pairsPerRegion))
      throw new Error(`moving region ${place} has not all its pairs: ${counts.join(", ")}`);
  }

  get #pairsPerRegion(): number {
    const { regionUserBytes, valueBytes } = this.#content;
    return Math.ceil(regionUserBytes / (prefixOf(0).length + KEY_DIGITS + valueBytes));
  }

  #pair(place: number, number: number): { readonly put: string; readonly value: Buffer } {
    const value = Buffer.alloc(this.#content.valueBytes, (number + place) & 0xff);
    value.writeUInt32LE(number);
    return { put: `${prefixOf(place)}${String(number).padStart(KEY_DIGITS, "0")}`, value };
  }
}

function prefixOf(place: number): string {
  return `${PREFIX}${String(place).padStart(3, "0")}/`;
}
