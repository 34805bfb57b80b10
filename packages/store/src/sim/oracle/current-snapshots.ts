// No bytes of a snapshot are accepted or installed for a life or an epoch that is not current. Seen
// where acceptance shows: in what the receiver answers, and in what it hands to its log.
import { isEpochStale, type Region, type RegionEpoch } from "@multiraft/pd/protocol";
import type { HandledMail } from "@multiraft/runtime/testing";
import type { PeerMail } from "../../peer/peer-mail.ts";
import type { GovernorMail } from "../../snapshot/governor-mail.ts";
import { ByAddress } from "../by-address.ts";
import { type Incarnation, sentRegionMail } from "../shadow.ts";
import type { Oracle, Scene } from "./oracle.ts";

type Offer = { readonly region: Region; readonly index: number; readonly to: number };

export class CurrentSnapshots implements Oracle {
  readonly #scene: Scene;
  /** By receiver, sender and transfer. */
  readonly #offers = new Map<string, Offer>();
  /** Its offer that a slot is asked for. */
  readonly #lastOffers = new ByAddress<string>();
  /** By what an answer answers, when it came first: whether the life was over by then. */
  readonly #prompts = new Map<string, boolean>();

  constructor(scene: Scene) {
    this.#scene = scene;
  }

  handling(mail: HandledMail): void {
    const { shadow } = this.#scene;
    if (mail.message.kind === "snapshot-offer") this.#onOffer(mail);
    if (mail.actor === "peerActor") this.#onPrompt(mail);
    if (mail.actor === "governorActor") this.#onSlot(mail.message as GovernorMail);
    this.#onAnswer(mail);
    for (const record of shadow.recordsIn(mail))
      if (record.kind === "install") this.#onInstall(mail, record.generation);
  }

  #onOffer({ life, message }: HandledMail): void {
    const receiver = this.#scene.shadow.at(life);
    const offer = message as PeerMail & { readonly kind: "snapshot-offer" };
    if (receiver === undefined) return;
    const key = keyOf(receiver, offer.from, offer.transfer);
    this.#offers.set(key, offer);
    this.#lastOffers.set(life, key);
  }

  #onPrompt({ life, message }: HandledMail): void {
    const mail = message as PeerMail;
    if (mail.kind !== "snapshot-chunk" && mail.kind !== "snapshot-end") return;
    const receiver = this.#scene.shadow.at(life);
    const place = mail.kind === "snapshot-chunk" ? mail.sequence : "end";
    if (receiver !== undefined)
      this.#prompt(receiver, `${keyOf(receiver, mail.from, mail.transfer)} ${place}`);
  }

  /** The last that a life asks before it accepts. */
  #onSlot(mail: GovernorMail): void {
    if (mail.kind !== "acquire-slot" || mail.direction !== "receive") return;
    const receiver = this.#scene.shadow.at(mail.holder);
    const key = this.#lastOffers.get(mail.holder);
    if (receiver !== undefined && key !== undefined) this.#prompt(receiver, `${key} offer`);
  }

  #prompt(receiver: Incarnation, key: string): void {
    if (!this.#prompts.has(key)) this.#prompts.set(key, this.#isOver(receiver));
  }

  #onAnswer(mail: HandledMail): void {
    const answer = sentRegionMail(mail);
    if (answer === undefined || answer.kind === "raft") return;
    const receiver = this.#scene.shadow.at(mail.from);
    if (receiver === undefined) return;
    if (answer.kind === "snapshot-ack")
      this.#checkAnswer(receiver, answer, answer.sequence, "took bytes");
    if (answer.kind === "snapshot-result" && answer.refusal === undefined)
      this.#checkAnswer(receiver, answer, "end", "installed a snapshot");
    if (answer.kind !== "snapshot-verdict" || answer.refusal !== undefined) return;
    this.#checkAnswer(receiver, answer, "offer", "accepted a snapshot");
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

  /**
   * A record of a life that its log has ended says nothing any more: the log leaves it out. What an actor handed in
   * before it failed is its life's all the same, until the log is asked for that life (storm seed 30023).
   */
  #onInstall(mail: HandledMail, generation: number): void {
    const { shadow } = this.#scene;
    const installer = shadow.at(mail.from);
    if (installer === undefined || shadow.isTombstoned(mail.host, installer.life)) return;
    if (!this.#isCurrent(installer))
      this.#violated(installer, `installed generation ${generation}`);
  }

  /** An answer that leaves its store when the life is over may have been given before (storm seed 27). */
  #checkAnswer(
    receiver: Incarnation,
    { to, transfer }: { readonly to: number; readonly transfer: number },
    place: number | string,
    what: string,
  ): void {
    const wasOver = this.#prompts.get(`${keyOf(receiver, to, transfer)} ${place}`);
    if (wasOver ?? this.#isOver(receiver)) this.#violated(receiver, what);
  }

  #isOver(life: Incarnation): boolean {
    const isTombstoned = this.#scene.shadow.isTombstoned(life.host, life.life);
    return !this.#isCurrent(life) || life.hasEnded || isTombstoned;
  }

  #isCurrent(life: Incarnation): boolean {
    return this.#scene.shadow.current(life.host, life.regionId) === life;
  }

  #violated({ host, life, regionId }: Incarnation, what: string): void {
    this.#scene.violated("current-snapshots", `${host}: life ${life} of ${regionId} ${what}`);
  }
}

function keyOf({ host, address }: Incarnation, from: number, transfer: number): string {
  return `${host} ${address.slot}.${address.incarnation} ${from} ${transfer}`;
}
