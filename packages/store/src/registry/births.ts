// How the actor of a life comes to be, for the first time or again, and what is done with a life that gets none.
// Invariant: a thread that dies says nothing about data. Gates stand on every thread, so its death takes the
// store with it: the registry ends too, before it draws any conclusion, and the store is opened again.
import type { ActorContext, Address, ErrorData, SpawnOutcome } from "@multiraft/runtime";
import { assert } from "@multiraft/runtime";
import type { Life } from "../log/record.ts";
import { peerActor } from "../peer/peer-actor.ts";
import type { PeerMail, PeerOrigin } from "../peer/peer-mail.ts";
import type { Endings } from "./endings.ts";
import type { Gates } from "./gates.ts";
import type { LifeBook, LifeEntry, ParkedMail } from "./life-book.ts";
import type { RegistryMail } from "./registry-mail.ts";
import type { SplitChildren } from "./split-children.ts";
import { STORE_MAILBOX_MESSAGES_MAX, type StoreConfig } from "./store-config.ts";

/** Of a spawn that its thread never answered: the actor may have begun there. */
const UNANSWERED = "ERR_MULTIRAFT_SPAWN";

/** What the registry lends. */
export type BirthHost = {
  readonly context: ActorContext<RegistryMail>;
  readonly config: StoreConfig;
  readonly lives: LifeBook;
  readonly children: SplitChildren;
  readonly gates: Gates;
  readonly endings: Endings;
  readonly deliver: (entry: LifeEntry, parked: ParkedMail) => void;
  readonly refuse: (parked: ParkedMail, reason: string) => void;
};

export class Births {
  readonly #host: BirthHost;
  /** Asked for, and not there yet. */
  readonly #origins = new Map<LifeEntry, PeerOrigin>();

  constructor(host: BirthHost) {
    this.#host = host;
  }

  spawn(entry: LifeEntry, origin: PeerOrigin): void {
    this.#origins.set(entry, origin);
    const { context, config, gates, children } = this.#host;
    const { life, regionId, peerId, epoch } = entry;
    const gate = gates.of(regionId);
    const thread = config.threads[gates.placeOf(regionId)];
    const owedChildren = children.owedBy(life);
    const registry = context.self;
    context.spawn(
      peerActor,
      { config, registry, gate, regionId, peerId, life, epoch, origin, owedChildren },
      {
        ...(thread === undefined ? { near: context.self } : { thread }),
        mailboxMessagesMax: STORE_MAILBOX_MESSAGES_MAX,
      },
      (outcome) => ({ kind: "spawned", life, outcome }),
    );
  }

  spawned(life: Life, outcome: SpawnOutcome<Address<PeerMail>>): void {
    const { context, lives, children, gates, endings, deliver } = this.#host;
    const entry = lives.byLife(life);
    assert(entry?.state.kind === "admitting", "an actor for a life that was not waiting for one");
    if (outcome.kind === "failed") return this.#notSpawned(entry, outcome.error);
    const { address } = outcome;
    this.#origins.delete(entry);
    entry.state = { kind: entry.retiresAtOnce ? "retiring" : "running", address };
    context.watch(address, (termination) => ({ kind: "ended", life, termination }));
    const { regionId, peerId } = entry;
    gates.tell(regionId, { kind: "route", regionId, peerId, life, address });
    for (const parked of entry.parked.splice(0)) deliver(entry, parked);
    children.started(entry);
    endings.endIfFree(entry);
  }

  /** Those that got no actor, once more: what was missing may be there by now. */
  tryAgain(): void {
    for (const [entry, origin] of this.#origins) {
      if (this.#host.lives.byLife(entry.life) !== entry) this.#origins.delete(entry);
      else if (entry.state.kind === "damaged" && !entry.state.isGivenUp) {
        entry.state = { kind: "admitting" };
        this.spawn(entry, origin);
      }
    }
  }

  /**
   * The others of its group may sleep while this store's gates beat as before: they are told that one of them is
   * not there any more, which may be the one that led.
   */
  wakeOthers({ regionId, peerId, epoch, lastRegion }: LifeEntry): void {
    const { config, gates } = this.#host;
    if (config.tuning.hibernateAfterMs === 0) return;
    const head = {
      regionId,
      fromStore: config.storeId,
      from: peerId,
      epoch: lastRegion?.epoch ?? epoch,
    };
    for (const { id: to, storeId: toStore } of lastRegion?.peers ?? []) {
      if (to === peerId) continue;
      gates.tell(regionId, { kind: "send", mail: { ...head, to, toStore, kind: "wake-up" } });
    }
  }

  /** Again and again: nobody else says so for them. */
  wakeOthersOfDamaged(): void {
    if (this.#host.config.tuning.hibernateAfterMs === 0) return;
    for (const entry of this.#host.lives.all())
      if (entry.state.kind === "damaged") this.wakeOthers(entry);
  }

  /** It failed too often: what it has is taken for bad, and what it was to get nobody keeps for it. */
  giveUp(entry: LifeEntry, reason: string): void {
    this.#isolate(entry, reason, true);
    // A child that cannot come up here must not hold up its parent: its leader's snapshot may bring
    // it.
    if (entry.region === undefined) this.#host.children.settle(entry.regionId, "damaged");
  }

  /**
   * Its thread had no place for it, or it had no file left to open: that says nothing about its data, which are
   * owed to it for as long as it takes.
   */
  #notSpawned(entry: LifeEntry, { code, message }: ErrorData): void {
    if (code === UNANSWERED) throw threadDied(entry);
    this.#isolate(entry, message, false);
  }

  #isolate(entry: LifeEntry, reason: string, isGivenUp: boolean): void {
    entry.state = { kind: "damaged", reason, isGivenUp };
    for (const parked of entry.parked.splice(0)) this.#host.refuse(parked, "damaged");
  }
}

/** For whoever hears of it: to be thrown. */
export function threadDied({ regionId }: LifeEntry): Error {
  return new Error(`region ${regionId}: the thread of the actor has died`);
}
