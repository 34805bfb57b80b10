// Children of applied splits that a store still owes are neither forgotten nor outlived by their parent's
// data: a parent that is opened again is told of each, and while it owes it accepts no snapshot, and neither its
// tombstone nor an install of other data is written. That a child is owed no more has a reason in the same log.
// In the order of the log's records, which is the order of what any crash leaves.
import type { PeerId, RegionId } from "@multiraft/pd/protocol";
import type { AnyAddress } from "@multiraft/runtime";
import type { HandledMail } from "@multiraft/runtime/testing";
import type { Life, LogRecord, SplitChild } from "../../log/record.ts";
import type { PeerArgs, PeerMail } from "../../peer/peer-mail.ts";
import type { RegistryMail } from "../../registry/registry-mail.ts";
import { sentRegionMail } from "../shadow.ts";
import { ChildFates } from "./child-fates.ts";
import type { Oracle, Scene } from "./oracle.ts";

type OwedChild = {
  readonly parentLife: Life;
  readonly regionId: RegionId;
  readonly peerId: PeerId;
};
type Owed = Map<string, OwedChild>;

export class OwedChildren implements Oracle {
  readonly #scene: Scene;
  readonly #owed = new Map<string, Owed>();
  readonly #fates = new Map<string, ChildFates>();
  /** By receiver, sender and transfer: what was owed when the data were offered. */
  readonly #offered = new Map<string, readonly string[]>();
  /** Lives that a store has not opened since it read its log. */
  readonly #unopened = new Map<string, Set<Life>>();

  constructor(scene: Scene) {
    this.#scene = scene;
  }

  /** The first actor of a life since its store's start knows what the log says. */
  spawned(host: string, _address: AnyAddress, { life, owedChildren }: PeerArgs): void {
    this.#fates.get(host)?.started(life);
    if (this.#unopened.get(host)?.delete(life) !== true) return;
    const forgotten = this.#owedBy(host, life).filter((id) => !owedChildren.includes(id));
    if (forgotten.length === 0) return;
    const what = `life ${life} was opened as if it owed no child ${forgotten.join(", ")}`;
    this.#scene.violated("owed-children", `${host}: ${what}`);
  }

  handling(mail: HandledMail): void {
    if (mail.actor === "registryActor") this.#onRecovered(mail.host, mail.message as RegistryMail);
    if (mail.actor === "peerActor") this.#onOffer(mail);
    if (mail.actor === "gateActor") this.#onAnswer(mail);
    if (mail.actor !== "logActor") return;
    for (const record of this.#scene.shadow.recordsIn(mail)) this.#onRecord(mail.host, record);
  }

  #onRecovered(host: string, message: RegistryMail): void {
    if (message.kind !== "recovered" || message.outcome.kind === "failed") return;
    const { splits, lives } = message.outcome.value;
    const fates = new ChildFates();
    fates.recovered(message.outcome.value);
    this.#fates.set(host, fates);
    const owed: Owed = new Map();
    for (const { parentLife, index, pending } of splits)
      for (const child of pending) note(owed, parentLife, index, child);
    this.#owed.set(host, owed);
    this.#unopened.set(host, new Set(lives.map(({ life }) => life)));
  }

  /** A parent hears of what its store owes before the log does, and that it owes no more after it. */
  #onOffer({ host, life: address, message }: HandledMail): void {
    const offer = message as PeerMail;
    if (offer.kind !== "snapshot-offer") return;
    const parent = this.#scene.shadow.at(address);
    if (parent === undefined) return;
    const keys = this.#keysOwedBy(host, parent.life);
    this.#offered.set(offerOf(host, parent.life, offer.from, offer.transfer), keys);
  }

  /** What it owed when it was offered data, and owes now, it owed when it accepted them. */
  #onAnswer(mail: HandledMail): void {
    const sent = sentRegionMail(mail);
    if (sent?.kind !== "snapshot-verdict" || sent.refusal !== undefined) return;
    const parent = this.#scene.shadow.at(mail.from);
    if (parent === undefined) return;
    const { host, life } = parent;
    const before = this.#offered.get(offerOf(host, life, sent.to, sent.transfer)) ?? [];
    const owed = this.#keysOwedBy(host, life).filter((key) => before.includes(key));
    if (owed.length === 0) return;
    const what = `life ${life} accepted other data and owed children ${owed.join(", ")}`;
    this.#scene.violated("owed-children", `${host}: ${what}`);
  }

  #onRecord(host: string, record: LogRecord): void {
    const owed: Owed = this.#owed.get(host) ?? new Map();
    this.#owed.set(host, owed);
    this.#fates.get(host)?.noteRecord(record);
    if (record.kind === "split")
      for (const child of record.children) note(owed, record.parentLife, record.index, child);
    if (record.kind === "split-done") {
      const key = keyOf(record.parentLife, record.index, record.childRegionId);
      this.#mayBeSettled(host, owed.get(key));
      owed.delete(key);
    }
    if (record.kind === "tombstone" && record.life !== undefined)
      this.#mayNotOwe(host, record.life, "ended");
    if (record.kind === "install") this.#mayNotOwe(host, record.life, "got other data");
  }

  #mayBeSettled(host: string, child: OwedChild | undefined): void {
    const fates = this.#fates.get(host);
    if (child === undefined || fates === undefined) return;
    const { parentLife, regionId, peerId } = child;
    if (fates.isSettled(regionId, peerId)) return;
    const what = `life ${parentLife} owes child ${regionId} no more, which has no data`;
    this.#scene.violated("owed-children", `${host}: ${what}`);
  }

  #mayNotOwe(host: string, life: Life, what: string): void {
    const children = this.#owedBy(host, life);
    if (children.length === 0) return;
    const owed = `owed children ${children.join(", ")}`;
    this.#scene.violated("owed-children", `${host}: life ${life} ${what} and ${owed}`);
  }

  #keysOwedBy(host: string, life: Life): string[] {
    const owed = [...(this.#owed.get(host)?.entries() ?? [])];
    return owed.filter(([, { parentLife }]) => parentLife === life).map(([key]) => key);
  }

  #owedBy(host: string, life: Life): RegionId[] {
    const owed = [...(this.#owed.get(host)?.values() ?? [])];
    return owed.filter(({ parentLife }) => parentLife === life).map(({ regionId }) => regionId);
  }
}

function note(owed: Owed, parentLife: Life, index: number, child: SplitChild): void {
  const { region, peerId } = child;
  const regionId = region.id;
  owed.set(keyOf(parentLife, index, regionId), { parentLife, regionId, peerId });
}

function offerOf(host: string, life: Life, from: PeerId, transfer: number): string {
  return `${host} ${life} ${from} ${transfer}`;
}

function keyOf(parentLife: Life, index: number, regionId: RegionId): string {
  return `${parentLife} ${index} ${regionId}`;
}
