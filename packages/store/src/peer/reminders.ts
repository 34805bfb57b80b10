// Peers that were removed from a region and have not confirmed that they are gone. Whoever leads tells
// them again and again; the list is replicated, so a change of leadership forgets nobody. A store that
// was taken out of the cluster for good confirms nothing any more: the placement driver says so in its
// place, or the list would keep its peers for ever.
import type { PdMail, PeerId, StoreId } from "@multiraft/pd/protocol";
import type { Address } from "@multiraft/runtime";
import type { Command } from "../operation/command.ts";
import type { RemovedPeer } from "../region/membership.ts";
import type { AsyncWork } from "./async-work.ts";
import type { PeerMail } from "./peer-mail.ts";

export type RemindersHost = {
  readonly pd: Address<PdMail>;
  readonly removedPeers: () => readonly RemovedPeer[];
  readonly sendTo: (
    to: { readonly id: PeerId; readonly storeId: StoreId },
    kind: "tombstone-order",
  ) => void;
  readonly propose: (command: Command) => void;
};

/** Rounds in which somebody did not answer, before the placement driver is asked about the stores. */
const UNANSWERED_ROUNDS_MAX = 10;
const PD_TIMEOUT_MS = 5_000;

export class Reminders {
  readonly #host: RemindersHost;
  readonly #work: AsyncWork<PeerMail>;
  readonly #gone = new Set<PeerId>();
  #unansweredRounds = 0;
  #isAsking = false;

  constructor(host: RemindersHost, work: AsyncWork<PeerMail>) {
    this.#host = host;
    this.#work = work;
  }

  /** A tombstone at or above its id is durable on its store, or its store is no more. */
  confirmed(peerId: PeerId): void {
    this.#gone.add(peerId);
  }

  /** Once, as soon as it may be known that they were removed. By the leader alone, as `remind`. */
  order(): readonly RemovedPeer[] {
    const silent = this.#host.removedPeers().filter(({ peerId }) => !this.#gone.has(peerId));
    for (const { peerId, storeId } of silent)
      this.#host.sendTo({ id: peerId, storeId }, "tombstone-order");
    return silent;
  }

  /** Again and again. */
  remind(): void {
    const removed = this.#host.removedPeers();
    const peerIds = removed.map(({ peerId }) => peerId).filter((id) => this.#gone.has(id));
    if (peerIds.length > 0) this.#host.propose({ kind: "confirm-removed", peerIds });
    const silent = this.order();
    const known = new Set(removed.map(({ peerId }) => peerId));
    for (const id of this.#gone) if (!known.has(id)) this.#gone.delete(id);
    this.#unansweredRounds = silent.length === 0 ? 0 : this.#unansweredRounds + 1;
    if (this.#unansweredRounds >= UNANSWERED_ROUNDS_MAX) this.#askForStores();
  }

  #askForStores(): void {
    if (this.#isAsking) return;
    this.#isAsking = true;
    this.#unansweredRounds = 0;
    const ask = { kind: "stores" as const };
    this.#work.ask(this.#host.pd, ask, { timeoutMs: PD_TIMEOUT_MS }, (outcome) => {
      this.#isAsking = false;
      if (outcome.kind === "failed") return;
      const removed = outcome.value.filter(({ state }) => state === "removed");
      const stores = new Set(removed.map(({ id }) => id));
      for (const { peerId, storeId } of this.#host.removedPeers())
        if (stores.has(storeId)) this.confirmed(peerId);
    });
  }
}
