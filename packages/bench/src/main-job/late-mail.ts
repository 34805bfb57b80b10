// What became of mail that came too late for a life: dead letters to its address, and mail that the
// store's registry would not deliver any more.
import type { AnyAddress } from "@multiraft/runtime";
import type { TestCluster } from "@multiraft/store/testing";
import type { Scene } from "./race-script.ts";
import type { RacePlay } from "./report.ts";

/** Kinds of the mail that is kept back in a mailbox; pieces of a stream wait at the store's gate. */
export const KEPT_KINDS: Readonly<Record<RacePlay["heldAt"], readonly string[]>> = {
  mailbox: ["snapshot-offer"],
  chunks: ["snapshot-chunk"],
  install: ["log-durable"],
};

export class LateMail {
  readonly #cluster: TestCluster;
  readonly #scene: Scene;
  readonly #heldAt: RacePlay["heldAt"];
  readonly #reasons = new Set<string>();
  readonly #refusalsBefore: Readonly<Record<string, number>>;
  readonly #unsubscribe: () => void;

  private constructor(
    cluster: TestCluster,
    scene: Scene,
    heldAt: RacePlay["heldAt"],
    refusalsBefore: Readonly<Record<string, number>>,
  ) {
    this.#cluster = cluster;
    this.#scene = scene;
    this.#heldAt = heldAt;
    this.#refusalsBefore = refusalsBefore;
    const letters = cluster.cluster.events.deadLetters.subscribe(({ to, reason, messageKind }) => {
      const isLate = messageKind !== undefined && KEPT_KINDS[heldAt].includes(messageKind);
      if (isLate && isSame(to, scene.address)) this.#reasons.add(reason);
    });
    this.#unsubscribe = () => letters.unsubscribe();
  }

  /** Before the life ends. */
  static async watch(
    cluster: TestCluster,
    scene: Scene,
    heldAt: RacePlay["heldAt"],
  ): Promise<LateMail> {
    const status = await cluster.storeStatus(scene.late);
    return new LateMail(cluster, scene, heldAt, status?.refusals ?? {});
  }

  /** Why it was dropped. @throws When it never was. */
  async reason(): Promise<string> {
    const seen = await this.#cluster.settled(
      "the late mail is dropped",
      async () => (this.#heldAt === "chunks" ? this.#refused() : [...this.#reasons]),
      (reasons) => reasons.length > 0,
    );
    return seen.join(", ");
  }

  close(): void {
    this.#unsubscribe();
  }

  /** The reasons that only mail for an ended replica has. */
  async #refused(): Promise<readonly string[]> {
    const status = await this.#cluster.storeStatus(this.#scene.late);
    return ENDED.filter(
      (reason) => (status?.refusals[reason] ?? 0) > (this.#refusalsBefore[reason] ?? 0),
    );
  }
}

const ENDED = ["peer-id-ended", "peer-was-removed", "tombstone"];

function isSame(a: AnyAddress, b: AnyAddress): boolean {
  return a.slot === b.slot && a.incarnation === b.incarnation;
}
