// Places that no run may reach, whatever its faults. Most follow from a promise that an oracle watches as
// well; they are here because they show in one place what the promise is for. On a disk that has failed or is
// damaged, a replica or a store may fail.
import type { AnyAddress } from "@multiraft/runtime";
import type { HandledMail, ManualSystem, Onlooker } from "@multiraft/runtime/testing";
import type { Life } from "../../log/record.ts";
import type { PeerArgs, PeerMail } from "../../peer/peer-mail.ts";
import type { RegistryMail } from "../../registry/registry-mail.ts";
import { nameOf } from "../oracle/oracle.ts";
import { recordsIn, sentRegionMail } from "../shadow.ts";

const ISOLATED = "a replica is isolated on a good disk";
const REOPENED = "a replica is opened again on a good disk";
const STORE_ENDED = "a store ends by itself on a good disk";
const TWICE_BEGUN = "a life begins twice";
const OLDER_TOMBSTONE = "a tombstone gives way to one of an older peer";
const STUCK_COPY = "a child is refused its parent's data again and again";
const STUCK_OFFER = "data that are there already are offered again and again";
const FULL = "mail is dropped: mailbox-full";

export const NEVER_MARKS: readonly string[] = [
  ISOLATED,
  REOPENED,
  STORE_ENDED,
  TWICE_BEGUN,
  OLDER_TOMBSTONE,
  STUCK_COPY,
  STUCK_OFFER,
  FULL,
];

/** Of one life. A heartbeat asks each second; a run has a few hundred of them. */
export const COPIES_REFUSED_MAX = 200;

/**
 * Offers of data up to one index, by one leader to one follower, that were refused because they are there: the next
 * append goes on from them. A late refusal of an append, from before they were there, may lead to one more.
 */
export const STALE_OFFERS_MAX = 4;

type LifeRead = RegistryMail & { readonly kind: "life-read" };

export type NeverScene = {
  /** The disk of this host has neither failed nor been damaged since its store was opened. */
  readonly isDiskGood: (host: string) => boolean;
  /** Its actor threw because a fault made it, since then. */
  readonly isMadeToFail: (host: string, life: Life) => boolean;
};

export class NeverMarks implements Onlooker {
  readonly #scene: NeverScene;
  readonly #seen = new Set<string>();
  readonly #begun = new Set<string>();
  /** By host and region; what a crash may have taken away is forgotten. */
  readonly #tombstones = new Map<string, number>();
  readonly #refused = new Map<string, number>();
  /** Index of the data, by sender and transfer. */
  readonly #offers = new Map<string, number>();
  /** Transfers of data that were there already, by sender, receiver and index. */
  readonly #stale = new Map<string, Set<number>>();

  constructor(scene: NeverScene) {
    this.#scene = scene;
  }

  get reached(): ReadonlySet<string> {
    return this.#seen;
  }

  started(host: string, _life: AnyAddress, actor: string, args: unknown): void {
    if (actor !== "peerActor") return;
    const { life, origin } = args as PeerArgs;
    if (origin.kind !== "new") return;
    const name = `${host} ${life}`;
    if (this.#begun.has(name)) this.#seen.add(TWICE_BEGUN);
    this.#begun.add(name);
  }

  handling(mail: HandledMail): void {
    const { host, message, life } = mail;
    if (message.kind === "life-read") this.#noteReopened(host, message as LifeRead);
    if (message.kind === "copy-refused") this.#countRefused(nameOf(life));
    if (message.kind === "snapshot-verdict") this.#countStale(mail);
    const sent = sentRegionMail(mail);
    if (sent?.kind === "snapshot-offer" && mail.from !== undefined)
      this.#offers.set(`${nameOf(mail.from)} ${sent.transfer}`, sent.index);
    for (const record of recordsIn(mail))
      if (record.kind === "tombstone") {
        const { regionId, peerId } = record.tombstone;
        const name = `${host} ${regionId}`;
        if (peerId < (this.#tombstones.get(name) ?? 0)) this.#seen.add(OLDER_TOMBSTONE);
        this.#tombstones.set(name, peerId);
      }
  }

  crashed(host: string): void {
    for (const name of this.#tombstones.keys())
      if (name.startsWith(`${host} `)) this.#tombstones.delete(name);
  }

  storeEnded(host: string): void {
    if (this.#scene.isDiskGood(host)) this.#seen.add(STORE_ENDED);
  }

  /** At every full check: `damaged` are replicas that their registry has given up. */
  look(host: string, damaged: number): void {
    if (damaged > 0 && this.#scene.isDiskGood(host)) this.#seen.add(ISOLATED);
  }

  lookAtMail(system: ManualSystem): void {
    if (system.counters().dropped["mailbox-full"] > 0) this.#seen.add(FULL);
  }

  #noteReopened(host: string, { life }: LifeRead): void {
    const { isDiskGood, isMadeToFail } = this.#scene;
    if (isDiskGood(host) && !isMadeToFail(host, life)) this.#seen.add(REOPENED);
  }

  #countStale({ life, message }: HandledMail): void {
    const { from, transfer, refusal } = message as PeerMail & { kind: "snapshot-verdict" };
    const index = this.#offers.get(`${nameOf(life)} ${transfer}`);
    if (refusal !== "stale" || index === undefined) return;
    const name = `${nameOf(life)} ${from} ${index}`;
    const transfers = this.#stale.get(name) ?? new Set();
    this.#stale.set(name, transfers.add(transfer));
    if (transfers.size > STALE_OFFERS_MAX) this.#seen.add(STUCK_OFFER);
  }

  #countRefused(life: string): void {
    const times = (this.#refused.get(life) ?? 0) + 1;
    this.#refused.set(life, times);
    if (times > COPIES_REFUSED_MAX) this.#seen.add(STUCK_COPY);
  }
}
