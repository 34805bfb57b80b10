// Nobody comes back: on a store no life begins for a replica whose id has ended there, or that ends behind one
// that was removed there, or by the word of somebody who knows less than what ended there.
// In the order of the log's records, which is the order of what any crash leaves.
import { isEpochStale, type PeerId, type RegionEpoch, type RegionId } from "@multiraft/pd/protocol";
import type { HandledMail } from "@multiraft/runtime/testing";
import type { LogRecord, Tombstone } from "../../log/record.ts";
import type { RegistryMail } from "../../registry/registry-mail.ts";
import type { Oracle, Scene } from "./oracle.ts";

type Ended = { peerId: PeerId; readonly epochs: RegionEpoch[] };

export class EndedPeers implements Oracle {
  readonly #scene: Scene;
  readonly #ended = new Map<string, Map<RegionId, Ended>>();

  constructor(scene: Scene) {
    this.#scene = scene;
  }

  handling(mail: HandledMail): void {
    if (mail.actor === "registryActor") this.#onRecovered(mail.host, mail.message as RegistryMail);
    if (mail.actor !== "logActor") return;
    for (const record of this.#scene.shadow.recordsIn(mail)) this.#onRecord(mail.host, record);
  }

  /** What was not durable when the store went down never was. */
  #onRecovered(host: string, message: RegistryMail): void {
    if (message.kind !== "recovered" || message.outcome.kind === "failed") return;
    this.#ended.set(host, new Map());
    for (const tombstone of message.outcome.value.tombstones) this.#note(host, tombstone);
  }

  #onRecord(host: string, record: LogRecord): void {
    if (record.kind === "tombstone") this.#note(host, record.tombstone);
    if (record.kind === "life") this.#mayBegin(host, record);
  }

  #note(host: string, { regionId, peerId, epoch, removedPeerIds }: Tombstone): void {
    const regions = this.#ended.get(host) ?? new Map<RegionId, Ended>();
    this.#ended.set(host, regions);
    const ended = regions.get(regionId) ?? { peerId, epochs: [] };
    regions.set(regionId, ended);
    ended.peerId = Math.max(ended.peerId, peerId, ...removedPeerIds) as PeerId;
    ended.epochs.push(epoch);
  }

  #mayBegin(host: string, life: LogRecord & { readonly kind: "life" }): void {
    const { regionId, peerId, epoch } = life;
    const ended = this.#ended.get(host)?.get(regionId);
    if (ended === undefined) return;
    const what = `${host}: peer ${peerId} of region ${regionId} begins`;
    if (peerId <= ended.peerId)
      this.#scene.violated("ended-peers", `${what}, and ${ended.peerId} has ended`);
    else if (ended.epochs.some((known) => isEpochStale(epoch, known)))
      this.#scene.violated("ended-peers", `${what} by the word of an older epoch`);
  }
}
