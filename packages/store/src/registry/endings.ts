// How a life ends: its tombstone is in memory at once and durable before its actor is stopped, its
// tablets go after the actor, and the region is free only when they are gone. A parent whose children
// still need its data waits before all of that.
import { maxEpoch, type RegionEpoch } from "@multiraft/pd/protocol";
import { type ActorContext, assert } from "@multiraft/runtime";
import type { LogHandle } from "../log/log-handle.ts";
import type { Life, Tombstone } from "../log/record.ts";
import type { TabletEngine } from "../tablet/tablet.ts";
import type { Gates } from "./gates.ts";
import type { LifeBook, LifeEntry, ParkedMail } from "./life-book.ts";
import type { RegistryMail } from "./registry-mail.ts";
import type { SplitChildren } from "./split-children.ts";
import type { TombstoneBook } from "./tombstone-book.ts";

/** What the registry lends. */
export type EndingHost = {
  readonly context: ActorContext<RegistryMail>;
  readonly log: LogHandle<RegistryMail>;
  readonly lives: LifeBook;
  readonly tombstones: TombstoneBook;
  readonly children: SplitChildren;
  readonly gates: Gates;
  readonly engine: TabletEngine;
  /** The one door, for mail that waited for the end. */
  readonly knock: (mail: ParkedMail) => void;
  readonly refuse: (mail: ParkedMail, reason: string) => void;
  readonly count: (reason: string) => void;
};

export class Endings {
  readonly #host: EndingHost;

  constructor(host: EndingHost) {
    this.#host = host;
  }

  /** A replica has found out that it is to end. */
  retire(life: Life, tombstone: Tombstone): void {
    const { lives, tombstones, count } = this.#host;
    const entry = lives.owned(tombstone.regionId, life);
    if (entry === undefined) return count("intent-of-ended-life");
    const { state } = entry;
    if (state.kind !== "running" && state.kind !== "admitting") return count("retired-twice");
    tombstones.bury(tombstone);
    // Its word may come before the news that it runs, or that it has failed.
    if (state.kind === "admitting") entry.retiresAtOnce = true;
    else entry.state = { kind: "retiring", address: state.address };
    this.endIfFree(entry);
  }

  /**
   * Its group went on without it: what is left of it goes as if it had been able to say so itself.
   */
  endDamaged(entry: LifeEntry, epoch: RegionEpoch): void {
    const { regionId, peerId, region } = entry;
    const known = region?.epoch ?? entry.epoch;
    if (!knowsEnough(epoch, entry)) return this.#host.count("order-knows-less");
    const tombstone = { regionId, peerId, epoch: maxEpoch(known, epoch), removedPeerIds: [] };
    this.#host.tombstones.bury(tombstone);
    entry.state = { kind: "retiring", address: undefined };
    this.endIfFree(entry);
  }

  /** A child of somebody else's split that will never come up here is settled by the tombstone. */
  endIfFree(entry: LifeEntry): void {
    const { log, tombstones, children, gates } = this.#host;
    if (entry.state.kind !== "retiring") return;
    if (children.owedBy(entry.life).length > 0) return;
    const { address } = entry.state;
    const { life, regionId } = entry;
    const tombstone = tombstones.get(regionId);
    assert(tombstone !== undefined, "a life ends without a tombstone");
    entry.state = { kind: "ending", isRecorded: false, address };
    gates.tell(regionId, { kind: "unroute", regionId, life });
    log.append([{ kind: "tombstone", life, tombstone }], () => {
      this.#onRecorded(entry);
      children.settle(regionId, "tombstone");
    });
  }

  #onRecorded(entry: LifeEntry): void {
    const { state, life } = entry;
    assert(state.kind === "ending" && !state.isRecorded, "a tombstone was recorded twice");
    entry.state = { ...state, isRecorded: true };
    if (state.address === undefined) this.removeTablets(life);
    else this.#host.context.stop(state.address);
  }

  /**
   * The actor of a life that ends is gone: stopped, or failed before the tombstone was durable. Its data
   * then wait for that: without it a store that opens again would have a life that lost its tablet.
   */
  actorEnded(entry: LifeEntry): void {
    const { state, life } = entry;
    assert(state.kind === "ending", "the actor of a life that goes on");
    entry.state = { ...state, address: undefined };
    if (state.isRecorded) this.removeTablets(life);
  }

  removeTablets(life: Life): void {
    const { context, engine } = this.#host;
    context.perform(
      "remove tablets",
      () => {
        for (const name of engine.list()) if (name.life === life) engine.remove(name);
        return null;
      },
      (outcome) => ({ kind: "removed-tablets", life, outcome }),
    );
  }

  tabletsRemoved(life: Life): void {
    const { lives, children, refuse, knock } = this.#host;
    const entry = lives.byLife(life);
    assert(entry?.state.kind === "ending", "tablets of a life that goes on were removed");
    lives.remove(entry);
    for (const parked of entry.parked.splice(0)) refuse(parked, "tombstone");
    // A split that was applied meanwhile found the ending life: its child is judged again.
    children.judgeAgain(entry.regionId);
    const { successor } = entry;
    if (successor !== undefined) knock(successor);
  }
}

/** A later membership than the replica's own; the same, when its own is without it, as for one that runs. */
function knowsEnough({ confVer }: RegionEpoch, { region, epoch, peerId }: LifeEntry): boolean {
  if (region === undefined) return confVer > epoch.confVer;
  const isMember = region.peers.some(({ id }) => id === peerId);
  return isMember ? confVer > region.epoch.confVer : confVer >= region.epoch.confVer;
}
