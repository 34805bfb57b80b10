// No bytes of a snapshot are accepted or installed for a life or an epoch that is not current. Seen
// where acceptance shows: in what the receiver answers, and in what it hands to its log.
import { isEpochStale, type Region, type RegionEpoch } from "@multiraft/pd/protocol";
import type { HandledMail } from "@multiraft/runtime/testing";
import type { PeerMail } from "../../peer/peer-mail.ts";
import { type Incarnation, sentRegionMail } from "../shadow.ts";
import type { Oracle, Scene } from "./oracle.ts";

type Offer = { readonly region: Region; readonly index: number; readonly to: number };

export class CurrentSnapshots implements Oracle {
  readonly #scene: Scene;
  /** By receiver, sender and transfer. */
  readonly #offers = new Map<string, Offer>();

  constructor(scene: Scene) {
    this.#scene = scene;
  }

  handling(mail: HandledMail): void {
    const { shadow } = this.#scene;
    if (mail.message.kind === "snapshot-offer") this.#onOffer(mail);
    this.#onAnswer(mail);
    for (const record of shadow.recordsIn(mail))
      if (record.kind === "install") this.#onInstall(mail, record.generation);
  }

  #onOffer({ life, message }: HandledMail): void {
    const receiver = this.#scene.shadow.at(life);
    const offer = message as PeerMail & { readonly kind: "snapshot-offer" };
    if (receiver !== undefined)
      this.#offers.set(keyOf(receiver, offer.from, offer.transfer), offer);
  }

  #onAnswer(mail: HandledMail): void {
    const answer = sentRegionMail(mail);
    if (answer === undefined || answer.kind === "raft") return;
    const receiver = this.#scene.shadow.at(mail.from);
    if (receiver === undefined) return;
    if (answer.kind === "snapshot-ack") this.#checkLife(receiver, "took bytes");
    if (answer.kind === "snapshot-result" && answer.refusal === undefined)
      this.#checkLife(receiver, "installed a snapshot");
    if (answer.kind !== "snapshot-verdict" || answer.refusal !== undefined) return;
    this.#checkLife(receiver, "accepted a snapshot");
    const offer = this.#offers.get(keyOf(receiver, answer.to, answer.transfer));
    this.#checkOffer(receiver, offer, answer.epoch);
  }

  /**
   * @param epoch Of the receiver when it answered, as its answer says: what it told its registry after that may
   * have come before (swarm seed 776).
   */
  #checkOffer(receiver: Incarnation, offer: Offer | undefined, epoch: RegionEpoch): void {
    if (offer === undefined) return this.#violated(receiver, "accepted what nobody offered");
    const { region, index, to } = offer;
    if (region.id !== receiver.regionId) this.#violated(receiver, `accepted region ${region.id}`);
    if (to !== receiver.peerId) this.#violated(receiver, `accepted data for peer ${to}`);
    if (!region.peers.some(({ id }) => id === receiver.peerId))
      this.#violated(receiver, "accepted data of a group it is no member of");
    if (isEpochStale(region.epoch, epoch))
      this.#violated(receiver, `accepted data of an old epoch ${region.epoch.version}`);
    if (index <= receiver.installedIndex)
      this.#violated(receiver, `accepted index ${index} over ${receiver.installedIndex}`);
  }

  /** A record of a life that its log has ended says nothing any more: the log leaves it out. */
  #onInstall(mail: HandledMail, generation: number): void {
    const installer = this.#scene.shadow.at(mail.from);
    if (installer === undefined || this.#scene.shadow.isTombstoned(mail.host, installer.life))
      return;
    this.#checkLife(installer, `installed generation ${generation}`);
  }

  #checkLife(life: Incarnation, what: string): void {
    const { shadow } = this.#scene;
    const isCurrent = shadow.current(life.host, life.regionId) === life;
    const isOver = life.hasEnded || shadow.isTombstoned(life.host, life.life);
    if (!isCurrent || isOver) this.#violated(life, what);
  }

  #violated({ host, life, regionId }: Incarnation, what: string): void {
    this.#scene.violated("current-snapshots", `${host}: life ${life} of ${regionId} ${what}`);
  }
}

function keyOf({ host, address }: Incarnation, from: number, transfer: number): string {
  return `${host} ${address.slot}.${address.incarnation} ${from} ${transfer}`;
}
