// No bytes of a snapshot are accepted or installed for a life or an epoch that is not current. Seen
// where acceptance shows: in what the receiver answers, and in what it hands to its log.
import { isEpochStale, type Region, type RegionEpoch } from "@multiraft/pd/protocol";
import type { AnyAddress, MessageShape } from "@multiraft/runtime";
import type { HandledMail } from "@multiraft/runtime/testing";
import type { PeerMail } from "../../peer/peer-mail.ts";
import { type Incarnation, sentRegionMail } from "../shadow.ts";
import type { Oracle, Scene } from "./oracle.ts";

type Offer = { readonly region: Region; readonly index: number; readonly to: number };

export class CurrentSnapshots implements Oracle {
  readonly #scene: Scene;
  /** By receiver, sender and transfer. */
  readonly #offers = new Map<string, Offer>();
  /** By the same: was the life over when it handled what it answers? Its answer may be overtaken on its way. */
  readonly #wasOver = new Map<string, boolean>();

  constructor(scene: Scene) {
    this.#scene = scene;
  }

  handling(mail: HandledMail): void {
    const { shadow } = this.#scene;
    if (isOfTransfer(mail.message)) this.#onMailOf(mail.message, mail.life);
    this.#onAnswer(mail);
    for (const record of shadow.recordsIn(mail))
      if (record.kind === "install") this.#onInstall(mail, record.generation);
  }

  #onMailOf(mail: TransferMail, life: AnyAddress): void {
    const receiver = this.#scene.shadow.at(life);
    if (receiver === undefined) return;
    const key = keyOf(receiver, mail.from, mail.transfer);
    this.#wasOver.set(key, this.#isOver(receiver));
    if (mail.kind === "snapshot-offer") this.#offers.set(key, mail);
  }

  #onAnswer(mail: HandledMail): void {
    const answer = sentRegionMail(mail);
    const receiver = this.#scene.shadow.at(mail.from);
    if (receiver === undefined || answer === undefined || !isAcceptance(answer)) return;
    const key = keyOf(receiver, answer.to, answer.transfer);
    if (this.#wasOver.get(key) !== false) this.#violated(receiver, TAKEN[answer.kind]);
    if (answer.kind === "snapshot-verdict")
      this.#checkOffer(receiver, this.#offers.get(key), answer.epoch);
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
    if (this.#isOver(installer)) this.#violated(installer, `installed generation ${generation}`);
  }

  #isOver(life: Incarnation): boolean {
    const { shadow } = this.#scene;
    const isCurrent = shadow.current(life.host, life.regionId) === life;
    return !isCurrent || life.hasEnded || shadow.isTombstoned(life.host, life.life);
  }

  #violated({ host, life, regionId }: Incarnation, what: string): void {
    this.#scene.violated("current-snapshots", `${host}: life ${life} of ${regionId} ${what}`);
  }
}

type TransferMail = PeerMail & {
  readonly kind: "snapshot-offer" | "snapshot-chunk" | "snapshot-end";
};

function isOfTransfer(message: MessageShape): message is TransferMail {
  const { kind } = message;
  return kind === "snapshot-offer" || kind === "snapshot-chunk" || kind === "snapshot-end";
}

/** What an answer of a receiver says that it has taken, where it is no refusal. */
const TAKEN = {
  "snapshot-verdict": "accepted a snapshot",
  "snapshot-ack": "took bytes",
  "snapshot-result": "installed a snapshot",
} as const;
type Acceptance = PeerMail & { readonly kind: keyof typeof TAKEN };

function isAcceptance(answer: PeerMail): answer is Acceptance {
  return answer.kind in TAKEN && (!("refusal" in answer) || answer.refusal === undefined);
}

function keyOf({ host, address }: Incarnation, from: number, transfer: number): string {
  return `${host} ${address.slot}.${address.incarnation} ${from} ${transfer}`;
}
