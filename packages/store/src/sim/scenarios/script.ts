// The words that scenarios are written in: what is held where, what is ordered, and how it has to
// end.
import type { Peer, PeerId, RegionId } from "@multiraft/pd/protocol";
import { toRegionId, toStoreId } from "@multiraft/pd/protocol";
import { type AnyAddress, assert, sameAddress } from "@multiraft/runtime";
import type { Hold, Pending } from "@multiraft/runtime/testing";
import type { PeerMail } from "../../peer/peer-mail.ts";
import type { RegionMail } from "../../transport/region-mail.ts";
import { hostOf } from "../cluster/open-store.ts";
import type { World } from "../world.ts";

export const R1 = toRegionId(1);

type MailMatch = {
  readonly to: number;
  /** Of any store without it. */
  readonly fromStore?: number;
  /** Of any region without it. */
  readonly regionId?: RegionId;
  /** Kinds of region mail, or types of Raft messages; all without it. */
  readonly kinds?: readonly string[];
};

/** Mail between stores is held where it reaches the receiver's gate. */
export function holdMail(world: World, { to, fromStore, regionId, kinds }: MailMatch): Hold {
  const host = hostOf(toStoreId(to));
  return world.system.hold((pending) => {
    if (pending.kind !== "mail" || pending.host !== host || pending.actor !== "gateActor")
      return false;
    const { kind, mail } = pending.message as { kind: string; mail?: RegionMail };
    if (kind !== "receive" || mail === undefined) return false;
    if (fromStore !== undefined && mail.fromStore !== fromStore) return false;
    if (regionId !== undefined && mail.regionId !== regionId) return false;
    return kinds === undefined || kinds.includes(kindOf(mail));
  });
}

/** What one life is sent, on its way to it. */
export function holdFor(world: World, life: AnyAddress, kinds: readonly string[]): Hold {
  return world.system.hold(
    (pending) =>
      pending.kind === "mail" &&
      sameAddress(pending.to, life) &&
      kinds.includes(kindOf(pending.message as PeerMail)),
  );
}

/** What one life hands to its log: nothing of it becomes durable. */
export function holdAppendsOf(world: World, life: AnyAddress): Hold {
  return world.system.hold(
    (pending) => isAppend(pending) && pending.from !== undefined && sameAddress(pending.from, life),
  );
}

function isAppend(pending: Pending): pending is Extract<Pending, { kind: "mail" }> {
  return (
    pending.kind === "mail" && pending.actor === "logActor" && pending.message.kind === "append"
  );
}

function kindOf(mail: PeerMail): string {
  return mail.kind === "raft" ? mail.message.type : mail.kind;
}

/** Makes the replica on `store` lead. */
export function lead(world: World, regionId: RegionId, store: number): void {
  world.until(`store ${store} leads region ${regionId}`, () => {
    const leader = world.leaderOf(regionId);
    if (leader === undefined || leader === store) return leader === store;
    const peer = peerOn(world, regionId, leader, store);
    world.order(regionId, { kind: "transfer-leader", toPeerId: peer.id });
    world.ticks(2);
    return false;
  });
}

/** The peer of a region on a store, as the replica on `by` knows it. */
export function peerOn(world: World, regionId: RegionId, by: number, store: number): Peer {
  const peers = world.regionOn(by, regionId)?.peers ?? [];
  const peer = peers.find(({ storeId }) => storeId === store);
  assert(peer !== undefined, () => `region ${regionId} has no peer on store ${store}`);
  return peer;
}

export function splitAt(world: World, regionId: RegionId, key: string): void {
  const reply = world.split(regionId, key);
  assert(reply.kind === "written", () => `the split was answered ${reply.kind}`);
}

/** Cuts region 1 at `key` while its leader is on store 1. @returns The child's id. */
export function splitFirst(world: World, key: string): RegionId {
  const before = new Set(world.status(1).lives.map(({ regionId }) => regionId));
  splitAt(world, R1, key);
  let child: RegionId | undefined;
  world.until("the child lives on store 1", () => {
    child = world
      .status(1)
      .lives.find(({ regionId, region }) => !before.has(regionId) && region)?.regionId;
    return child !== undefined;
  });
  assert(child !== undefined, "no child");
  return child;
}

export function addLearner(world: World, regionId: RegionId, store: number): PeerId {
  const id = world.newPeerId();
  const peer = { id, storeId: toStoreId(store), role: "learner" as const };
  world.order(regionId, { kind: "add-learner", peer });
  return id;
}

/** A new replica of the region on `store`, with its data, and then with its vote. */
export function placeAgain(world: World, regionId: RegionId, store: number): PeerId {
  const id = addLearner(world, regionId, store);
  world.until(`peer ${id} has its data on store ${store}`, () => {
    const region = world.regionOn(store, regionId);
    return region?.peers.some((peer) => peer.id === id) === true;
  });
  world.order(regionId, { kind: "promote-learner", peerId: id });
  world.until(`peer ${id} votes`, () =>
    (world.regionOn(store, regionId)?.peers ?? []).some(
      (peer) => peer.id === id && peer.role === "voter",
    ),
  );
  return id;
}

/**
 * The removal has run to its end: tombstone, no life at or below `peerId`, and the leader knows.
 */
export function untilGone(
  world: World,
  regionId: RegionId,
  store: number,
  peerId: PeerId,
  ticksMax = 400,
): void {
  world.until(
    `peer ${peerId} is gone from store ${store}`,
    () => {
      const { lives, tombstones } = world.status(store);
      const isBuried = tombstones.some((one) => one.regionId === regionId && one.peerId >= peerId);
      return isBuried && !lives.some((one) => one.regionId === regionId && one.peerId <= peerId);
    },
    ticksMax,
  );
  const leader = world.mustLead(regionId);
  world.until(`the leader knows that peer ${peerId} is gone`, () =>
    world
      .tablets()
      .some(
        ({ store: at, name, meta }) =>
          at === leader &&
          name.regionId === regionId &&
          !meta.region.peers.some(({ id }) => id === peerId) &&
          !meta.removedPeers.some((removed) => removed.peerId === peerId),
      ),
  );
}

/** All replicas of the region apply the same in the end, and agree. */
export function untilEqual(world: World, regionId: RegionId, stores: readonly number[]): void {
  world.until(`region ${regionId} is equal on stores ${stores.join()}`, () => {
    const own = world.tablets().filter(({ name }) => name.regionId === regionId);
    const durable = own.filter(({ store }) => stores.includes(store));
    const indexes = new Set(durable.map(({ meta }) => meta.appliedIndex));
    return durable.length === stores.length && indexes.size === 1;
  });
  world.checkData();
}

/** The directories of a region on a store, by life. */
export function livesOnDisk(world: World, regionId: RegionId, store: number): number[] {
  return world
    .tablets()
    .filter((tablet) => tablet.store === store && tablet.name.regionId === regionId)
    .map(({ name }) => name.life);
}

/** What became of late mail: the reasons it was dropped for, by the kind of the mail. */
export function lateMail(world: World, kinds: readonly string[]): string[] {
  return world.system.deadLetters
    .filter(({ message }) => kinds.includes(kindOf(message as PeerMail)))
    .map(({ reason }) => reason);
}
