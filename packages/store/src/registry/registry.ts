// The registry of a store: the one door by which replicas come into being, whatever asked, and the
// one writer of what the store knows of them. It never waits: what takes time comes back as mail.

import {
  type PeerId,
  peerOnStore,
  type Region,
  type RegionEpoch,
  type RegionId,
} from "@multiraft/pd/protocol";
import {
  type ActorBehavior,
  type ActorContext,
  type Address,
  type AskOutcome,
  assert,
  defineActor,
  type Envelope,
  type Termination,
  unreachable,
} from "@multiraft/runtime";
import { LogHandle } from "../log/log-handle.ts";
import type { RecoveredLife, RecoveredLog } from "../log/log-mail.ts";
import type { Generation, Life, LogRecord, SplitChild } from "../log/record.ts";
import { answerHead } from "../snapshot/receiver.ts";
import { openStoreEngine } from "../tablet/open-store-engine.ts";
import type { TabletEngine } from "../tablet/tablet.ts";
import type { GateMail } from "../transport/gate-mail.ts";
import { mayCreate, type RegionMail } from "../transport/region-mail.ts";
import { admission } from "./admission.ts";
import { Births, threadDied } from "./births.ts";
import { Endings } from "./endings.ts";
import { Gates } from "./gates.ts";
import { generationFloor } from "./generation-floor.ts";
import {
  addressOf,
  isFallingBack,
  LifeBook,
  type LifeEntry,
  newEntry,
  PARKED_MAX,
  type ParkedMail,
} from "./life-book.ts";
import { LifeNumbers } from "./life-numbers.ts";
import type { RegistryMail, StoreStatusReply } from "./registry-mail.ts";
import { Reopening } from "./reopening.ts";
import { SplitChildren } from "./split-children.ts";
import { heldByStore, type StoreConfig } from "./store-config.ts";
import { storeStatus } from "./store-status.ts";
import { refuseLostLog, sweepCopies, sweepTablets } from "./sweep.ts";
import { TombstoneBook } from "./tombstone-book.ts";

const RECOVER_TIMEOUT_MS = 600_000;
const HEARTBEAT_MS = 1_000;

class Registry implements ActorBehavior<RegistryMail> {
  readonly #context: ActorContext<RegistryMail>;
  readonly #config: StoreConfig;
  readonly #log: LogHandle<RegistryMail>;
  readonly #lives: LifeBook;
  readonly #children: SplitChildren;
  readonly #tombstones = new TombstoneBook();
  readonly #refusals = new Map<string, number>();
  readonly #engine: TabletEngine;
  readonly #gates: Gates;
  readonly #endings: Endings;
  readonly #births: Births;
  readonly #reopening: Reopening;
  readonly #numbers = new LifeNumbers();
  #recovered = false;
  /** The log names this store, durably. */
  #isIdentified = false;
  /** Asked for before the log was read. */
  #firstRegion: Region | undefined;

  constructor(context: ActorContext<RegistryMail>, config: StoreConfig) {
    this.#context = context;
    this.#config = config;
    this.#log = new LogHandle(context, config.log);
    this.#lives = new LifeBook(config.remedies.entryOwnership);
    this.#children = new SplitChildren({
      context,
      log: this.#log,
      lives: this.#lives,
      tombstones: this.#tombstones,
      admit: ({ region, peerId }) => this.#admit(region.id, peerId, region.epoch),
      settled: (parent) => this.#endings.endIfFree(parent),
      count: (reason) => this.#count(reason),
    });
    this.#engine = openStoreEngine(context.environment, config);
    this.#gates = new Gates(context, config.storeId);
    this.#endings = new Endings({
      context,
      log: this.#log,
      lives: this.#lives,
      tombstones: this.#tombstones,
      children: this.#children,
      gates: this.#gates,
      engine: this.#engine,
      knock: (mail) => this.#onUnrouted(mail),
      refuse: (mail, reason) => this.#refuse(mail, reason),
      count: (reason) => this.#count(reason),
    });
    this.#births = new Births({
      context,
      config,
      lives: this.#lives,
      children: this.#children,
      gates: this.#gates,
      endings: this.#endings,
      deliver: (entry, mail) => this.#deliver(entry, mail),
      refuse: (mail, reason) => this.#refuse(mail, reason),
    });
    this.#reopening = new Reopening({
      context,
      log: config.log,
      engine: this.#engine,
      giveUp: (entry, reason) => this.#births.giveUp(entry, reason),
      spawn: (entry, origin) => this.#births.spawn(entry, origin),
    });
    context.lease.hold(heldByStore(config.storeId), () => this.#engine.close());
  }

  receive(mail: RegistryMail, envelope: Envelope): void {
    switch (mail.kind) {
      case "log-durable":
        return this.#log.onNotice(mail.number);
      case "log-failed":
        throw new Error(`the log of store ${this.#config.storeId} failed: ${mail.message}`);
      case "gates":
        return this.#start(mail.gates);
      case "recovered":
        return this.#onRecovered(mail.outcome);
      case "unrouted":
        return this.#onUnrouted({ mail: mail.mail, payload: envelope.takePayload() });
      case "bootstrap-region":
        return this.#onBootstrap(mail.region, envelope);
      case "region-changed":
        return this.#onRegionChanged(mail.life, mail.region, mail.generation);
      case "split-applied":
        return this.#onSplitApplied(mail);
      case "retire":
        return this.#endings.retire(mail.life, mail.tombstone);
      case "may-install":
        return this.#onMayInstall(mail.life, mail.region, envelope);
      case "spawned":
        return this.#births.spawned(mail.life, mail.outcome);
      case "ended":
        return this.#onEnded(mail.life, mail.termination);
      case "life-read":
        return this.#reopening.onLifeRead(
          this.#lives.byLife(mail.life),
          mail.outcome as AskOutcome<RecoveredLife | undefined>,
        );
      case "removed-tablets":
        return this.#endings.tabletsRemoved(mail.life);
      case "store-status":
        if (envelope.reply) this.#context.reply(envelope.reply, this.#status());
        return;
      case "heartbeat-tick":
        return this.#heartbeat();
      default:
        unreachable(mail);
    }
  }

  // ---- start ----------------------------------------------------------------------------------

  #start(gates: readonly Address<GateMail>[]): void {
    const expected = Math.max(1, this.#config.threads.length);
    assert(gates.length === expected, "a store has one gate a thread");
    this.#gates.open(gates);
    this.#context.request(
      this.#config.log,
      { kind: "recover" },
      { timeoutMs: RECOVER_TIMEOUT_MS },
      (outcome) => ({ kind: "recovered", outcome }),
    );
  }

  #onRecovered(outcome: AskOutcome<RecoveredLog>): void {
    if (outcome.kind === "failed") throw new Error(`no recovery: ${outcome.error.message}`);
    const { identity, lives, livesBelow, tombstones, splits } = outcome.value;
    refuseLostLog(this.#engine, identity);
    this.#checkIdentity(identity);
    this.#numbers.load(livesBelow);
    this.#tombstones.load(tombstones);
    this.#children.load(splits);
    sweepCopies(this.#context.environment.disk, this.#config.tabletDirectory);
    sweepTablets(this.#engine, lives);
    for (const life of lives) this.#open(life);
    this.#recovered = true;
    if (this.#firstRegion !== undefined) this.#bootstrap(this.#firstRegion);
    this.#heartbeat();
  }

  #checkIdentity(identity: RecoveredLog["identity"]): void {
    const { clusterId, storeId } = this.#config;
    if (identity === undefined) {
      this.#log.append([{ kind: "store-identity", clusterId, storeId }], () => {
        this.#isIdentified = true;
      });
      return;
    }
    assert(
      identity.clusterId === clusterId && identity.storeId === storeId,
      () => `the log belongs to store ${identity.storeId} of cluster ${identity.clusterId}`,
    );
    this.#isIdentified = true;
  }

  #open(recovered: RecoveredLife): void {
    const { life, regionId, peerId, epoch } = recovered;
    const entry = newEntry(life, regionId, peerId, epoch, this.#nowMs());
    const lastGeneration = generationFloor(recovered.generation, this.#config.opening);
    entry.lastGeneration = lastGeneration;
    this.#lives.add(entry);
    this.#births.spawn(entry, { kind: "restart", recovered, lastGeneration });
  }

  // ---- the one door -----------------------------------------------------------------------------

  #onUnrouted(parked: ParkedMail): void {
    const { mail } = parked;
    if (!this.#recovered) return this.#refuse(parked, "not-recovered");
    const entry = this.#lives.get(mail.regionId);
    const candidate = { regionId: mail.regionId, peerId: mail.to, epoch: mail.epoch };
    const incumbent = entry && { peerId: entry.peerId, epoch: entry.region?.epoch ?? entry.epoch };
    const verdict = admission(candidate, incumbent, this.#tombstones.get(mail.regionId));
    switch (verdict.kind) {
      case "deliver":
        assert(entry !== undefined, "delivery to nobody");
        return this.#deliver(entry, parked);
      case "supersede":
        assert(entry !== undefined, "nobody can be superseded");
        return this.#supersede(entry, parked);
      case "refuse":
        return this.#answerRefused(parked, verdict.reason);
      case "admit":
        if (mail.kind === "tombstone-order") return this.#buryUnseen(parked);
        if (!mayCreate(mail)) return this.#refuse(parked, "cannot-create");
        this.#admit(mail.regionId, mail.to, mail.epoch).parked.push(parked);
        return;
      default:
        unreachable(verdict);
    }
  }

  /** The only place where a replica that was not here before comes into being. */
  #admit(regionId: RegionId, peerId: PeerId, epoch: RegionEpoch): LifeEntry {
    const records: LogRecord[] = [];
    const life = this.#numbers.take(records);
    records.push({ kind: "life", life, regionId, peerId, epoch });
    const entry = newEntry(life, regionId, peerId, epoch, this.#nowMs());
    this.#lives.add(entry);
    this.#log.append(records, () => this.#births.spawn(entry, { kind: "new" }));
    return entry;
  }

  #deliver(entry: LifeEntry, parked: ParkedMail): void {
    const { state } = entry;
    const options = parked.payload === undefined ? {} : { payload: parked.payload };
    const address = addressOf(state);
    if (address !== undefined) return this.#context.tell(address, parked.mail, options);
    if (state.kind === "damaged" && parked.mail.kind === "tombstone-order")
      this.#endings.endDamaged(entry, parked.mail.epoch);
    if (state.kind !== "admitting") return this.#refuse(parked, state.kind);
    if (entry.parked.length === PARKED_MAX) return this.#refuse(parked, "parked-full");
    entry.parked.push(parked);
  }

  /** A later replica is meant: the incumbent is told to end, the mail waits for that. */
  #supersede(entry: LifeEntry, parked: ParkedMail): void {
    if (entry.successor === undefined) entry.successor = parked;
    else this.#refuse(parked, "successor-waits");
    if (entry.state.kind === "running")
      this.#context.tell(entry.state.address, {
        kind: "superseded",
        by: parked.mail.to,
        epoch: parked.mail.epoch,
      });
    else if (entry.state.kind === "damaged") this.#endings.endDamaged(entry, parked.mail.epoch);
  }

  #onBootstrap(region: Region, envelope: Envelope): void {
    if (this.#recovered) this.#bootstrap(region);
    else this.#firstRegion = region;
    if (envelope.reply) this.#context.reply(envelope.reply, null);
  }

  /**
   * Through the same door as all others. A crash may have come after the admission: then it goes
   * on.
   */
  #bootstrap(region: Region): void {
    const peer = peerOnStore(region, this.#config.storeId);
    assert(peer !== undefined, "a first region without a peer on its first store");
    const { id: regionId, epoch } = region;
    const before = this.#lives.get(regionId);
    const verdict = admission(
      { regionId, peerId: peer.id, epoch },
      before && { peerId: before.peerId, epoch: before.epoch },
      this.#tombstones.get(regionId),
    );
    if (verdict.kind !== "admit" && verdict.kind !== "deliver") return;
    const entry = before ?? this.#admit(regionId, peer.id, epoch);
    if (entry.region !== undefined || entry.generation > 0) return;
    const child = { region, peerId: peer.id };
    entry.init = { child, parentLife: entry.life, campaigns: true };
    this.#children.initialise(entry);
  }

  // ---- split ------------------------------------------------------------------------------------

  #onSplitApplied(mail: RegistryMail & { kind: "split-applied" }): void {
    const parent = this.#lives.byLife(mail.life);
    if (parent === undefined) return this.#count("split-of-ended-life");
    if (this.#config.remedies.oneDoor) this.#children.applied(parent, mail);
    else this.#replaceBySplit(mail.children);
  }

  /** What TiKV did, kept for the test that must catch it: the split makes a replica of its own. */
  #replaceBySplit(children: readonly SplitChild[]): void {
    for (const { region, peerId } of children) {
      const life = this.#numbers.take([]);
      const entry = newEntry(life, region.id, peerId, region.epoch, this.#nowMs());
      entry.init = { child: { region, peerId }, parentLife: life, campaigns: false };
      const before = this.#lives.get(region.id);
      if (before !== undefined) this.#lives.remove(before);
      this.#lives.add(entry);
      this.#births.spawn(entry, { kind: "new" });
    }
  }

  // ---- intents of replicas ------------------------------------------------------------------------

  #onRegionChanged(life: Life, region: Region, generation: Generation): void {
    const entry = this.#lives.owned(region.id, life);
    if (entry === undefined) return this.#count("intent-of-ended-life");
    if (isFallingBack(entry, region, generation))
      return this.#count("intent-of-earlier-incarnation");
    const wasInitialized = entry.region !== undefined;
    this.#lives.setRegion(entry, region, generation);
    if (wasInitialized) return;
    entry.init = undefined;
    this.#children.settle(region.id, "initialized");
  }

  /** Bounded by age: a split that never comes must not keep a replica without data for ever. */
  #onMayInstall(life: Life, region: Region, envelope: Envelope): void {
    const entry = this.#lives.owned(region.id, life);
    const isUnknown = entry === undefined && this.#config.remedies.snapshotChecks;
    const waits =
      entry !== undefined &&
      entry.region === undefined &&
      this.#ageMs(entry) < this.#config.tuning.splitWaitMs &&
      this.#lives.coveredByOlder(region.range, region.epoch, region.id);
    const refusal = isUnknown ? "not-ready" : waits ? "split-may-bring-it" : null;
    if (envelope.reply) this.#context.reply(envelope.reply, { refusal });
  }

  #ageMs(entry: LifeEntry): number {
    return this.#nowMs() - entry.admittedMs;
  }

  #nowMs(): number {
    return this.#context.environment.clock.nowMs();
  }

  // ---- ends -----------------------------------------------------------------------------------------

  #onEnded(life: Life, termination: Termination): void {
    const entry = this.#lives.byLife(life);
    if (entry === undefined) return this.#count("ended-unknown-life");
    if (termination.kind === "thread-dead") throw threadDied(entry);
    if (entry.state.kind !== "ending") return this.#onFailed(entry, termination);
    this.#endings.actorEnded(entry);
  }

  #onFailed(entry: LifeEntry, termination: Termination): void {
    const { life, regionId } = entry;
    this.#gates.tell(regionId, { kind: "unroute", regionId, life });
    this.#count("replica-failed");
    this.#births.wakeOthers(entry);
    this.#reopening.failed(entry, termination);
  }

  // ---- tombstones without a life ----------------------------------------------------------------------

  /** A removed replica that never came up here: the record is left all the same, then confirmed. */
  #buryUnseen(parked: ParkedMail): void {
    const { mail } = parked;
    const { regionId, to: peerId, epoch } = mail;
    const tombstone = this.#tombstones.bury({ regionId, peerId, epoch, removedPeerIds: [] });
    this.#log.append([{ kind: "tombstone", life: undefined, tombstone }], () =>
      this.#confirmGone(mail),
    );
    parked.payload?.release();
    this.#children.settle(regionId, "tombstone");
  }

  /** An order is answered when what it wants is so already; other refusals are silent. */
  #answerRefused(parked: ParkedMail, reason: string): void {
    const isGone = reason === "peer-id-ended" || reason === "peer-was-removed";
    const isOlder = reason === "peer-is-older";
    // What says so is with the log, but not durable perhaps.
    if (parked.mail.kind === "tombstone-order" && (isGone || isOlder))
      this.#log.afterAll(() => this.#confirmGone(parked.mail));
    this.#refuse(parked, reason);
  }

  #confirmGone(order: RegionMail): void {
    const mail = { ...answerHead(order), kind: "tombstone-confirm" as const };
    this.#gates.tell(order.regionId, { kind: "send", mail });
  }

  // ---- small things -------------------------------------------------------------------------------

  #refuse(parked: ParkedMail, reason: string): void {
    parked.payload?.release();
    this.#count(reason);
  }

  #count(reason: string): void {
    this.#refusals.set(reason, (this.#refusals.get(reason) ?? 0) + 1);
  }

  #heartbeat(): void {
    this.#log.sendWaiting();
    this.#births.tryAgain();
    this.#births.wakeOthersOfDamaged();
    const lives = this.#lives.all();
    // A copy may have failed, or a snapshot that was to come instead of it.
    for (const entry of lives) this.#children.initialise(entry);
    this.#context.tell(this.#config.pd, {
      kind: "store-heartbeat",
      storeId: this.#config.storeId,
      regionCount: lives.filter((entry) => entry.region !== undefined).length,
      leaderCount: 0,
      sendingSnapshots: 0,
      receivingSnapshots: 0,
      usedBytes: 0,
    });
    this.#context.setTimer("heartbeat", HEARTBEAT_MS, { kind: "heartbeat-tick" });
  }

  #status(): StoreStatusReply {
    return storeStatus({
      storeId: this.#config.storeId,
      isIdentified: this.#isIdentified,
      entries: this.#lives.all(),
      tombstones: this.#tombstones.all(),
      pendingSplitChildren: this.#children.pendingCount,
      refusals: this.#refusals,
    });
  }
}

export const registryActor = defineActor<RegistryMail, StoreConfig>({
  url: import.meta.url,
  name: "registryActor",
  create: (context, config) => new Registry(context, config),
});
