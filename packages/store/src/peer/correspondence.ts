// Mail from one replica to the others of its region. Whom an id means is looked up in the membership,
// and where there is none yet, among those that were heard from: mail never goes to a guessed store.
import type { PeerId, Region, RegionEpoch, StoreId } from "@multiraft/pd/protocol";
import type { ActorContext, Payload } from "@multiraft/runtime";
import type { Message } from "../raft/index.ts";
import { RAFT_SEND_LAYOUT } from "../transport/raft-mail-layout.ts";
import type { RegionMail, RegionMailHead } from "../transport/region-mail.ts";
import type { PeerArgs, PeerMail } from "./peer-mail.ts";

const AS_RAFT_MAIL = { layout: RAFT_SEND_LAYOUT };
const NO_EPOCH: RegionEpoch = { version: 0, confVer: 0 };
/** Senders remembered; a region has a handful of peers, and who is forgotten is heard again. */
const PLACES_MAX = 64;

/** A peer and the store that it is on. */
export type Place = { readonly id: PeerId; readonly storeId: StoreId };

export class Correspondence {
  readonly #context: ActorContext<PeerMail>;
  readonly #args: PeerArgs;
  readonly #region: () => Region | undefined;
  /** Who was heard from under an id: without data there is no membership to look it up in. */
  readonly #places = new Map<PeerId, StoreId>();

  /** @param region The replica's own, once it has data. */
  constructor(context: ActorContext<PeerMail>, args: PeerArgs, region: () => Region | undefined) {
    this.#context = context;
    this.#args = args;
    this.#region = region;
  }

  heard({ from, fromStore }: RegionMailHead): void {
    if (this.#places.size >= PLACES_MAX) this.#places.clear();
    this.#places.set(from, fromStore);
  }

  send(mail: RegionMail, payload?: Payload): void {
    const options = payload === undefined ? {} : { payload };
    this.#context.tell(this.#args.gate, { kind: "send", mail }, options);
  }

  sendRaft(message: Message): void {
    const to = this.#placeOf(message.to);
    if (to === undefined) return;
    const mail = { ...this.headTo(to), kind: "raft", message } as const;
    this.#context.tell(this.#args.gate, { kind: "send", mail }, AS_RAFT_MAIL);
  }

  /** Tells a peer that its group has removed it. */
  sendOrder(to: Place): void {
    this.send({ ...this.headTo(to), kind: "tombstone-order" });
  }

  headTo(to: Place): RegionMailHead {
    return {
      regionId: this.#args.regionId,
      fromStore: this.#args.config.storeId,
      toStore: to.storeId,
      from: this.#args.peerId,
      to: to.id,
      epoch: this.#region()?.epoch ?? NO_EPOCH,
    };
  }

  #placeOf(id: PeerId): Place | undefined {
    const peers = this.#region()?.peers;
    const storeId = peers?.find((peer) => peer.id === id)?.storeId ?? this.#places.get(id);
    return storeId === undefined ? undefined : { id, storeId };
  }
}
