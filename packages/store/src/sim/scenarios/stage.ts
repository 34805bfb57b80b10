// The words that a scenario is told in, so that it reads like the report that it re-enacts: stores
// and regions, what the placement driver says, what waits on its way, who loses power, and what has
// been promised.
import {
  type OperatorStep,
  type PeerId,
  type Region,
  type RegionId,
  type StoreMeta,
  toPeerId,
  toStoreId,
} from "@multiraft/pd/protocol";
import { type Address, type AnyAddress, assert } from "@multiraft/runtime";
import type { Hold } from "@multiraft/runtime/testing";
import type { RecoveredLife, RecoveredLog } from "../../log/log-mail.ts";
import type { ClientReply, ClientRequest } from "../../peer/client-request.ts";
import type { PeerMail, PeerStatus } from "../../peer/peer-mail.ts";
import { type MessageType, makeMessage } from "../../raft/index.ts";
import type { GateMail } from "../../transport/gate-mail.ts";
import type { RegionMail, RegionMailHead } from "../../transport/region-mail.ts";
import { hostOf } from "../cluster/open-store.ts";
import { World, type WorldOptions } from "../world.ts";
import * as script from "./script.ts";

export const R1 = script.R1;

/** Mail between stores, as it reaches the receiver. */
export type MailMatch = {
  readonly to: number;
  readonly regionId?: RegionId;
  /** Kinds of region mail, or types of Raft messages; all without it. */
  readonly kinds?: readonly string[];
};

/** A replica as a message names it. */
export type Whom = { readonly store: number; readonly peerId: number; readonly confVer?: number };

/** A peer that a message has made before the split of its region is applied on its store. */
export type LateSplit = {
  readonly child: RegionId;
  /** Of the child on store 3. */
  readonly childPeer: PeerId;
  /** Release it, and store 3 applies the split. */
  readonly split: Hold;
  /** Release it, and the child's leader offers its snapshot. */
  readonly snapshot: Hold;
};

export class Stage {
  readonly world: World;

  readonly #stores: number;

  constructor(options: Partial<WorldOptions>) {
    this.world = new World({ stores: 3, seed: 1, ...options });
    this.#stores = options.stores ?? 3;
  }

  // ---- the scene ----------------------------------------------------------------------------------

  /** Region 1 with a voter on each of `stores`, led by the first; keys `a`, `n` and `x` are in it. */
  region(stores: readonly number[] = [1, 2, 3]): RegionId {
    const { world } = this;
    world.bootstrap(stores);
    for (let id = 1; id <= this.#stores; id += 1)
      if (!stores.includes(id))
        world.answer(world.pd, { kind: "put-store", storeId: toStoreId(id) });
    script.lead(world, R1, stores[0] ?? 1);
    for (const key of ["a", "n", "x"]) this.put(R1, key, `value of ${key}`);
    return R1;
  }

  /**
   * Store 3 is slow to apply a split; a message has made the child there; its snapshot waits at the
   * gate.
   */
  lateSplit(): LateSplit {
    const { world } = this;
    this.region();
    const split = this.holdMail({ to: 3, regionId: R1, kinds: ["MsgApp"] });
    const snapshot = this.holdMail({ to: 3, kinds: ["snapshot-offer"] });
    const child = this.split(R1, "m");
    this.until("a message has made the child", () => world.lifeOn(3, child)?.address !== undefined);
    world.ticks(5);
    const { id: childPeer } = script.peerOn(world, child, 1, 3);
    return { child, childPeer, split, snapshot };
  }

  /** @returns The child, which holds `at` and what is behind it. */
  split(regionId: RegionId, at: string): RegionId {
    const { world } = this;
    if (regionId === R1 && world.mustLead(R1) === 1) return script.splitFirst(world, at);
    const leader = world.mustLead(regionId);
    const before = new Set(world.status(leader).lives.map((life) => life.regionId));
    script.splitAt(world, regionId, at);
    const born = () =>
      world.status(leader).lives.find((life) => life.region && !before.has(life.regionId));
    this.until("the child lives with its parent's leader", () => born() !== undefined);
    return born()?.regionId ?? regionId;
  }

  put(regionId: RegionId, key: string, value: string): void {
    this.world.put(regionId, key, value);
  }

  /** @returns What a client of `store` is answered, and nothing while it waits. */
  ask(store: number, regionId: RegionId, request: ClientRequest): () => ClientReply | undefined {
    const { gate } = this.world.store(store);
    const handle = this.world.system.ask(gate, { kind: "client", regionId, request });
    this.world.settle();
    return () => {
      const { outcome } = handle;
      if (outcome === undefined) return undefined;
      if (outcome.kind === "failed") return { kind: "outcome-unknown" };
      return outcome.value as ClientReply;
    };
  }

  // ---- the placement driver says ------------------------------------------------------------------

  pdRemoves(regionId: RegionId, store: number): PeerId {
    const leader = this.world.mustLead(regionId);
    const { id: peerId } = script.peerOn(this.world, regionId, leader, store);
    this.world.order(regionId, { kind: "remove-peer", peerId });
    return peerId;
  }

  /** Said to the replica on `store` itself, whether it leads or not; nothing is waited for. */
  pdOrders(store: number, regionId: RegionId, step: OperatorStep): void {
    const life = this.world.lifeOn(store, regionId);
    assert(life?.address !== undefined && life.region !== undefined, "nobody to order");
    const { epoch } = life.region;
    const order = { kind: "pd-order" as const, operatorId: 0, regionId, epoch, step };
    this.world.system.tell(life.address, order);
    this.world.settle();
  }

  /** A learner: its data are still to come. */
  pdAdds(regionId: RegionId, store: number): PeerId {
    return script.addLearner(this.world, regionId, store);
  }

  pdPromotes(regionId: RegionId, peerId: PeerId): void {
    this.world.order(regionId, { kind: "promote-learner", peerId });
  }

  /** A replica with its data and its vote. */
  pdPlaces(regionId: RegionId, store: number): PeerId {
    return script.placeAgain(this.world, regionId, store);
  }

  pdMovesLeader(regionId: RegionId, store: number): void {
    script.lead(this.world, regionId, store);
  }

  /** A store without replicas is taken out of the cluster for good. */
  pdGivesUp(store: number): void {
    const { world } = this;
    const storeId = toStoreId(store);
    world.answer(world.pd, { kind: "set-store-state", storeId, state: "removing" });
    world.until(`store ${store} is removed`, () => {
      const stores = world.answer(world.pd, { kind: "stores" }) as readonly StoreMeta[];
      return stores.some(({ id, state }) => id === storeId && state === "removed");
    });
  }

  // ---- what waits ---------------------------------------------------------------------------------

  holdMail(match: MailMatch): Hold {
    return script.holdMail(this.world, match);
  }

  /** The replica's entries come late, so it applies late. */
  slowApply(store: number, regionId: RegionId): Hold {
    return this.holdMail({ to: store, regionId, kinds: ["MsgApp"] });
  }

  /** In the mailbox of the replica that is there now, whatever comes after it. */
  holdInMailbox(store: number, regionId: RegionId, kinds: readonly string[]): { release(): void } {
    const { system } = this.world;
    const address = this.addressOf(store, regionId);
    system.holdMail(address, kinds);
    return { release: () => system.releaseMail(address) };
  }

  /** What the replica that is there now hands to its log does not become durable. */
  holdLogOf(store: number, regionId: RegionId): Hold {
    return script.holdAppendsOf(this.world, this.addressOf(store, regionId));
  }

  /** What the store's registry hands to its log: lives, tombstones, splits. */
  holdRegistryLog(store: number): Hold {
    return script.holdAppendsOf(this.world, this.world.store(store).registry);
  }

  /** Mail to the replica that is there now, on its way. */
  holdFor(store: number, regionId: RegionId, kinds: readonly string[]): Hold {
    return script.holdFor(this.world, this.addressOf(store, regionId), kinds);
  }

  /** Work that takes time, by its name: before it begins, or its reply. */
  holdWork(name: string, store: number, at: "start" | "reply" = "start"): Hold {
    const host = hostOf(toStoreId(store));
    return this.world.system.hold(
      (one) =>
        (one.kind === `perform-${at}` || one.kind === `job-${at}`) &&
        "name" in one &&
        one.name === name &&
        one.host === host,
    );
  }

  /** The store's log writes nothing. */
  holdDisk(store: number): Hold {
    const host = hostOf(toStoreId(store));
    return this.world.system.hold(
      (one) => one.kind === "turn-end" && one.actor === "logActor" && one.host === host,
    );
  }

  /** Nothing reaches the store, and nothing leaves it. Drop and release to heal. */
  cutOff(store: number): Hold {
    const host = hostOf(toStoreId(store));
    return this.world.system.hold((one) => {
      if (one.kind !== "mail" || one.actor !== "gateActor") return false;
      const { kind } = one.message as GateMail;
      if (kind !== "receive" && kind !== "pulse") return false;
      return one.host === host || sourceOf(one.message as GateMail) === store;
    });
  }

  heal(cut: Hold): void {
    cut.drop();
    cut.release();
  }

  // ---- crashes ------------------------------------------------------------------------------------

  /** Power goes and comes back: what was not synced is lost. */
  powerCut(store: number): void {
    this.world.crashStore(store);
    this.world.restartStore(store);
  }

  /** The actor of the replica fails; its store opens it again from its log. */
  replicaFails(store: number, regionId: RegionId): void {
    const to = this.world.lifeOn(store, regionId)?.address;
    assert(to !== undefined, "no replica to fail");
    this.world.system.tell(to, { kind: "log-failed", code: "TEST", message: "poison" });
    this.world.settle();
  }

  // ---- mail by hand -------------------------------------------------------------------------------

  /** As if `from` had sent it: messages can be arbitrarily old. */
  message(
    type: MessageType,
    to: Whom,
    from: Whom,
    fields: { readonly term: number; readonly index?: number; readonly logTerm?: number },
    regionId: RegionId = R1,
  ): RegionMail {
    const head = this.headOf(to, from, regionId);
    const { from: fromId, to: toId } = head;
    const message = makeMessage({ type, from: fromId, to: toId, ...fields } as never);
    return { ...head, kind: "raft", message };
  }

  headOf(to: Whom, from: Whom, regionId: RegionId = R1): RegionMailHead {
    return {
      regionId,
      fromStore: toStoreId(from.store),
      toStore: toStoreId(to.store),
      from: toPeerId(from.peerId),
      to: toPeerId(to.peerId),
      epoch: { version: 1, confVer: from.confVer ?? 1 },
    };
  }

  arrives(store: number, mail: RegionMail): void {
    this.world.system.tell(this.world.store(store).gate, { kind: "receive", mail });
    this.world.settle();
  }

  /** While all else that `hold` takes goes on waiting. */
  arrivesDespite(hold: Hold, store: number, mail: RegionMail): void {
    const before = new Set(hold.held);
    this.arrives(store, mail);
    const isNew = new Set(hold.held.filter((one) => !before.has(one)));
    hold.release((one) => isNew.has(one));
    this.world.settle();
  }

  /** It was in the replica's mailbox already. */
  wasInMailbox(life: AnyAddress, mail: PeerMail): void {
    this.world.system.tell(life as Address<PeerMail>, mail);
    this.world.settle();
  }

  // ---- time ---------------------------------------------------------------------------------------

  ticks(count: number): void {
    this.world.ticks(count);
  }

  until(what: string, holds: () => boolean, ticksMax?: number): void {
    this.world.until(what, holds, ticksMax);
  }

  untilHeld(hold: Hold): void {
    this.until("it waits", () => hold.held.length > 0);
  }

  untilThere(store: number, regionId: RegionId): void {
    this.until(`region ${regionId} has its data on store ${store}`, () =>
      this.hasData(store, regionId),
    );
  }

  /** Nothing is left to do for any of its replicas, and none ticks any more. */
  untilAsleep(regionId: RegionId, stores: readonly number[] = [1, 2, 3]): void {
    this.until(`region ${regionId} sleeps`, () =>
      stores.every((store) => this.world.replica(store, regionId)?.isAsleep === true),
    );
  }

  untilGone(store: number, regionId: RegionId, peerId: PeerId): void {
    script.untilGone(this.world, regionId, store, peerId);
  }

  // ---- what there is ------------------------------------------------------------------------------

  addressOf(store: number, regionId: RegionId): AnyAddress {
    const address = this.world.lifeOn(store, regionId)?.address;
    assert(address !== undefined, () => `no replica of region ${regionId} on store ${store}`);
    return address;
  }

  hasData(store: number, regionId: RegionId): boolean {
    return this.world.regionOn(store, regionId) !== undefined;
  }

  regionOn(store: number, regionId: RegionId): Region | undefined {
    return this.world.regionOn(store, regionId);
  }

  peerIdOn(store: number, regionId: RegionId): PeerId | undefined {
    return this.world.lifeOn(store, regionId)?.peerId;
  }

  /** Of the actor at an address, though its registry may have written it off. */
  statusAt(life: AnyAddress): PeerStatus {
    return this.world.answer(life as Address<PeerMail>, { kind: "peer-status" }) as PeerStatus;
  }

  /** What the store's log has of the replica. */
  inLog(store: number, regionId: RegionId): RecoveredLife | undefined {
    const { log } = this.world.store(store);
    const { lives } = this.world.answer(log, { kind: "recover" }) as RecoveredLog;
    return lives.find((life) => life.regionId === regionId);
  }

  /** Directories of the region on the store's disk, by life. */
  directories(store: number, regionId: RegionId): number[] {
    return script.livesOnDisk(this.world, regionId, store);
  }

  /** Pairs in the region's tablet, as the store's disk has it. */
  pairsOnDisk(store: number, regionId: RegionId): number {
    const tablets = this.world.tablets();
    const own = tablets.find((one) => one.store === store && one.name.regionId === regionId);
    return own?.pairs.length ?? 0;
  }

  // ---- promises -----------------------------------------------------------------------------------

  /** @throws BrokenPromise */
  promise(what: string, holds: boolean): void {
    if (!holds) throw new BrokenPromise(what);
  }

  /** Every replica of the region applies the same in the end, and what was written is there. */
  promiseEqual(regionId: RegionId, stores: readonly number[] = [1, 2, 3]): void {
    script.untilEqual(this.world, regionId, stores);
  }

  promiseValue(regionId: RegionId, key: string, value = `value of ${key}`): void {
    this.promise(`${key} is "${value}"`, this.world.get(regionId, key) === value);
  }

  /** Parent and child, with all that was written, on all three stores. */
  promiseWhole(child: RegionId): void {
    for (const regionId of [child, R1]) this.promiseEqual(regionId);
    this.promiseValue(child, "n");
    this.promiseValue(R1, "a");
  }

  /** Nobody failed, and nothing is held any more. */
  end(): void {
    const [first] = this.world.system.thrown;
    this.promise(`no actor fails (${String(first?.error)})`, first === undefined);
    this.world.finish();
  }
}

export class BrokenPromise extends Error {
  override readonly name = "BrokenPromise";
  constructor(what: string) {
    super(`broken: ${what}`);
  }
}

function sourceOf(message: GateMail): number | undefined {
  if (message.kind === "pulse") return message.fromStore;
  return message.kind === "receive" ? message.mail.fromStore : undefined;
}
