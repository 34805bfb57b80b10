// Step 2: a store is added and filled by snapshot, drained, and one in its place is filled again, until
// enough has streamed. The placement driver does all of it; a drained store is gone for good, so that the
// next one begins with an empty directory.
import { setTimeout as sleep } from "node:timers/promises";
import type { StoreId } from "@multiraft/pd/protocol";
import type { TestCluster } from "@multiraft/store/testing";
import type { Progress } from "../report/progress.ts";
import { PdRest } from "./pd-rest.ts";
import type { SnapshotMeter } from "./snapshot-meter.ts";

export type RefillGoal = {
  readonly userBytes: number;
  readonly streamingMs: number;
  /** Fillings, whatever was reached before. */
  readonly fillings: number;
};

const LOOK_MS = 50;
/** A step of a few seconds; on a machine that is very busy of a minute. */
const LOOKS_MAX = 2_400;

export class Refill {
  readonly #cluster: TestCluster;
  readonly #meter: SnapshotMeter;
  readonly #goal: RefillGoal;
  readonly #progress: Progress;
  readonly #signal: AbortSignal;

  constructor(
    cluster: TestCluster,
    meter: SnapshotMeter,
    goal: RefillGoal,
    progress: Progress,
    signal: AbortSignal,
  ) {
    this.#cluster = cluster;
    this.#meter = meter;
    this.#goal = goal;
    this.#progress = progress;
    this.#signal = signal;
  }

  /** @returns How often a store was filled. */
  async run(): Promise<number> {
    for (let fillings = 1; ; fillings += 1) {
      const id = await this.#fill(fillings);
      if (fillings >= this.#goal.fillings && this.#isReached) {
        this.#progress.end(this.#note(`filled ${fillings} times`));
        return fillings;
      }
      await this.#drain(id, fillings);
    }
  }

  get #isReached(): boolean {
    const { userBytes, streamingMs } = this.#meter;
    return userBytes >= this.#goal.userBytes && streamingMs >= this.#goal.streamingMs;
  }

  async #fill(round: number): Promise<StoreId> {
    const id = await this.#cluster.cluster.addStore();
    const rest = new PdRest();
    await this.#until(`store ${id} is filled`, `filling store ${id}, round ${round}`, async () => {
      const pd = await this.#cluster.askPd({ kind: "status" });
      const isEmpty = pd.stores.find((store) => store.id === id)?.peerCount === 0;
      return rest.look(pd, performance.now()) && !isEmpty;
    });
    return id;
  }

  async #drain(id: StoreId, round: number): Promise<void> {
    const { cluster } = this.#cluster;
    await cluster.drainStore(id);
    await this.#until(
      `store ${id} is drained`,
      `draining store ${id}, round ${round}`,
      async () => {
        const { pd } = await cluster.status({ replicas: false });
        return pd.stores.find((store) => store.id === id)?.state === "removed";
      },
    );
    await cluster.drained(id, { signal: this.#signal });
  }

  async #until(what: string, note: string, look: () => Promise<boolean>): Promise<void> {
    for (let looks = 0; looks < LOOKS_MAX; looks += 1) {
      this.#signal.throwIfAborted();
      await this.#meter.look();
      this.#progress.show(this.#share(), this.#note(note));
      if (await look()) return;
      await sleep(LOOK_MS);
    }
    throw new Error(`not after ${LOOKS_MAX} looks: ${what}`);
  }

  #share(): number {
    const { userBytes, streamingMs } = this.#meter;
    return Math.min(userBytes / this.#goal.userBytes, streamingMs / this.#goal.streamingMs);
  }

  #note(what: string): string {
    const { userBytes, streamingMs } = this.#meter;
    return `${(userBytes / 1e6).toFixed(0)} MB in ${(streamingMs / 1_000).toFixed(1)} s of streaming, ${what}`;
  }
}
