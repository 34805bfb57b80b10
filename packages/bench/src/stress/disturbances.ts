// What happens to the stressed cluster, one thing after another: each is drawn, done, and lets the cluster
// come back before the next, so that the majority that it promises to need is there most of the time.
import { setTimeout as sleep } from "node:timers/promises";
import type { Random } from "@multiraft/runtime";
import { ClientError, ClusterError } from "@multiraft/store";
import type { TestCluster } from "@multiraft/store/testing";
import type { StressKeys } from "./stress-keys.ts";

/** What a user of the cluster is told while it is being disturbed; all else is a violation. */
const EXPECTED = [
  "ERR_MULTIRAFT_CLIENT_TIMEOUT",
  "ERR_MULTIRAFT_OUTCOME_UNKNOWN",
  "ERR_MULTIRAFT_REFUSED",
  "ERR_MULTIRAFT_CLUSTER_REFUSED",
  "ERR_MULTIRAFT_PD_START",
];
const DOWN_MS_MAX = 1_500;
const PAUSE_MS_MAX = 400;
/** Replicas need somewhere to go, and each store is a thread and a directory. */
const STORES_UP_MAX = 5;
const REPLICAS = 3;
const READY_TIMEOUT_MS = 120_000;

type Deed = (parts: { readonly random: Random }) => Promise<void>;

export class Disturbances {
  readonly counts = new Map<string, number>();
  readonly #cluster: TestCluster;
  readonly #keys: StressKeys;
  readonly #random: Random;
  readonly #signal: AbortSignal;
  readonly #deeds: readonly (readonly [string, Deed])[] = [
    ["splits", () => this.#split()],
    ["splits", () => this.#split()],
    ["store restarts", () => this.#restartStore()],
    ["store restarts", () => this.#restartStore()],
    ["thread kills", () => this.#killThread()],
    ["broken stores", () => this.#breakStore()],
    ["partitions", () => this.#isolate()],
    ["stores added", () => this.#addStore()],
    ["stores drained", () => this.#drainStore()],
    ["moves", () => this.#move()],
  ];

  constructor(cluster: TestCluster, keys: StressKeys, random: Random, signal: AbortSignal) {
    this.#cluster = cluster;
    this.#keys = keys;
    this.#random = random;
    this.#signal = signal;
  }

  get total(): number {
    return [...this.counts.values()].reduce((sum, count) => sum + count, 0);
  }

  /** One of them. @returns Its name. */
  async one(): Promise<string> {
    const [name, deed] = this.#draw(this.#deeds);
    try {
      await deed({ random: this.#random });
      this.counts.set(name, (this.counts.get(name) ?? 0) + 1);
    } catch (error) {
      const isCoded = error instanceof ClientError || error instanceof ClusterError;
      if (!isCoded || !EXPECTED.includes(error.code)) throw error;
    }
    await this.#pause(PAUSE_MS_MAX);
    return name;
  }

  async #split(): Promise<void> {
    await this.#cluster.client.split(this.#draw(this.#keys.others));
  }

  async #restartStore(): Promise<void> {
    const id = this.#draw(await this.#up());
    await this.#cluster.killStore(id);
    await this.#pause(DOWN_MS_MAX);
    await this.#cluster.restartStore(id);
  }

  async #killThread(): Promise<void> {
    await this.#cluster.killThread(this.#random.below(this.#cluster.cluster.threads));
    await this.#ready();
  }

  async #breakStore(): Promise<void> {
    await this.#cluster.breakStore(this.#draw(await this.#up()));
    await this.#ready();
  }

  async #isolate(): Promise<void> {
    await this.#cluster.isolate(this.#draw(await this.#up()));
    await this.#pause(DOWN_MS_MAX);
    await this.#cluster.heal();
  }

  async #addStore(): Promise<void> {
    if ((await this.#up()).length < STORES_UP_MAX) await this.#cluster.cluster.addStore();
  }

  async #drainStore(): Promise<void> {
    const up = await this.#up();
    if (up.length <= REPLICAS) return this.#addStore();
    const id = this.#draw(up);
    await this.#cluster.cluster.drainStore(id);
    await this.#cluster.cluster.drained(id, { signal: this.#signal, timeoutMs: READY_TIMEOUT_MS });
  }

  /** A leader goes elsewhere; the driver moves the rest by itself. */
  async #move(): Promise<void> {
    const { region, leader } = this.#draw(await this.#cluster.client.routes());
    const others = region.peers.filter(({ id, role }) => id !== leader && role === "voter");
    const to = others[this.#random.below(Math.max(1, others.length))];
    if (to === undefined) return;
    const steps = [{ kind: "transfer-leader", toPeerId: to.id }] as const;
    await this.#cluster.askPd({ kind: "add-operator", regionId: region.id, steps });
  }

  async #up(): Promise<readonly number[]> {
    const { stores } = await this.#cluster.askPd({ kind: "status" });
    return stores.filter(({ state }) => state === "up").map(({ id }) => id);
  }

  #ready(): Promise<void> {
    return this.#cluster.cluster.ready({ signal: this.#signal, timeoutMs: READY_TIMEOUT_MS });
  }

  async #pause(msMax: number): Promise<void> {
    await sleep(this.#random.below(msMax), undefined, { signal: this.#signal });
  }

  #draw<Thing>(things: readonly Thing[]): Thing {
    const thing = things[this.#random.below(Math.max(1, things.length))];
    if (thing === undefined) throw new Error("there is nothing to draw from");
    return thing;
  }
}
