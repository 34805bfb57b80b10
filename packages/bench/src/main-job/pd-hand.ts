// The placement driver's operators, by hand: each is waited for until it has ended well.
import {
  type OperatorStep,
  type PeerId,
  type RegionId,
  type StoreId,
  toPeerId,
} from "@multiraft/pd/protocol";
import type { PollOptions, TestCluster } from "@multiraft/store/testing";
import { PdRest } from "./pd-rest.ts";

export class PdHand {
  readonly #cluster: TestCluster;
  readonly #signal: AbortSignal;
  readonly #poll: PollOptions;

  /** @param poll How often it looks whether an operator has ended. */
  constructor(cluster: TestCluster, signal: AbortSignal, poll: PollOptions = {}) {
    this.#cluster = cluster;
    this.#signal = signal;
    this.#poll = poll;
  }

  /** Resolves when the driver wants nothing, so that nothing of its own comes between. */
  async rest(): Promise<void> {
    const rest = new PdRest();
    await this.#cluster.settled(
      "the placement driver rests",
      () => {
        this.#signal.throwIfAborted();
        return this.#cluster.askPd({ kind: "status" });
      },
      (status) => rest.look(status, performance.now()),
    );
  }

  async operate(regionId: RegionId, steps: readonly OperatorStep[]): Promise<void> {
    const reply = await this.#cluster.settled(
      `an operator for region ${regionId} is taken`,
      () => {
        this.#signal.throwIfAborted();
        return this.#cluster.askPd({ kind: "add-operator", regionId, steps });
      },
      ({ kind }) => kind === "accepted",
      this.#poll,
    );
    if (reply.kind !== "accepted") throw new Error(`refused: ${reply.reason}`);
    const { operatorId } = reply;
    const end = await this.#cluster.settled(
      `operator ${operatorId} on region ${regionId} ends`,
      () => {
        this.#signal.throwIfAborted();
        return this.#cluster.askPd({ kind: "operator", operatorId });
      },
      ({ kind }) => kind !== "running",
      this.#poll,
    );
    if (end.kind === "ended" && end.outcome === "done") return;
    const how = end.kind === "ended" ? end.outcome : end.kind;
    throw new Error(`${steps.map(({ kind }) => kind).join(", ")} of region ${regionId}: ${how}`);
  }

  /** A new replica of the region on `storeId`, with its data and its vote. */
  async addPeer(regionId: RegionId, storeId: StoreId): Promise<PeerId> {
    const { firstId } = await this.#cluster.askPd({ kind: "allocate-ids", count: 1 });
    const id = toPeerId(firstId);
    await this.operate(regionId, [
      { kind: "add-learner", peer: { id, storeId, role: "learner" } },
      { kind: "promote-learner", peerId: id },
    ]);
    return id;
  }
}
