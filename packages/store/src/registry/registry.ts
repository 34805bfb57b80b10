// The registry of a store: the one door by which replicas come into being, whatever asked, and the one
// writer of what the store knows of them. It never waits: what takes time comes back as mail.

import {
  maxEpoch,
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
  type SpawnOutcome,
  type Termination,
  unreachable,
} from "@multiraft/runtime";
import { LogHandle } from "../log/log-handle.ts";
import type { RecoveredLife, RecoveredLog } from "../log/log-mail.ts";
import type { Generation, Life, LogRecord, SplitChild, Tombstone } from "../log/record.ts";
import { peerActor } from "../peer/peer-actor.ts";
import type { PeerMail, PeerOrigin } from "../peer/peer-mail.ts";
import { openStoreEngine } from "../tablet/open-store-engine.ts";
import type { TabletEngine } from "../tablet/tablet.ts";
import type { GateMail } from "../transport/gate-mail.ts";
import { placeOf } from "../transport/placement.ts";
import { mayCreate, type RegionMail } from "../transport/region-mail.ts";
import { admission } from "./admission.ts";
import { LifeBook, type LifeEntry, newEntry, PARKED_MAX, type ParkedMail } from "./life-book.ts";
import { LifeNumbers } from "./life-numbers.ts";
import type { LifeStatus, RegistryMail, StoreStatusReply } from "./registry-mail.ts";
import { type OwedSplit, SplitLedger } from "./split-ledger.ts";
import { heldByStore, STORE_MAILBOX_MESSAGES_MAX, type StoreConfig } from "./store-config.ts";
import { sweepCopies, sweepLife, sweepTablets } from "./sweep.ts";
import { TombstoneBook } from "./tombstone-book.ts";

/** An actor that fails more often within the time below is isolated: its data, not the moment, are bad. */
const REOPENINGS_MAX = 3;
const FAILURES_COUNT_MS = 600_000;

const RECOVER_TIMEOUT_MS = 600_000;
const HEARTBEAT_MS = 1_000;

class Registry implements ActorBehavior<RegistryMail> {
  readonly #context: ActorContext<RegistryMail>;
  readonly #config: StoreConfig;
  readonly #log: LogHandle<RegistryMail>;
  readonly #lives: LifeBook;
  readonly #splits = new SplitLedger();
  readonly #tombstones = new TombstoneBook();
  readonly #refusals = new Map<string, number>();
  readonly #engine: TabletEngine;
  #gates: readonly Address<GateMail>[] = [];
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
    this.#engine = openStoreEngine(context.environment, config);
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
        return this.#onRetire(mail.life, mail.tombstone);
      case "may-install":
        return this.#onMayInstall(mail.life, mail.region, envelope);
      case "spawned":
        return this.#onSpawned(mail.life, mail.outcome);
      case "ended":
        return this.#onEnded(mail.life, mail.termination);
      case "life-read":
        return this.#onLifeRead(mail.life, mail.outcome as AskOutcome<RecoveredLife | undefined>);
      case "removed-tablets":
        return this.#onTabletsRemoved(mail.life);
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
    this.#gates = gates;
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
    this.#checkIdentity(identity);
    this.#numbers.load(livesBelow);
    this.#tombstones.load(tombstones);
    this.#splits.load(splits);
    this.#sweep(lives);
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

  #sweep(lives: readonly RecoveredLife[]): void {
    sweepTablets(this.#engine, lives);
    const { tabletDirectory } = this.#config;
    if (tabletDirectory !== undefined) sweepCopies(this.#context.environment.disk, tabletDirectory);
  }

  #open(recovered: RecoveredLife): void {
    const { life, regionId, peerId, epoch } = recovered;
    const entry = newEntry(life, regionId, peerId, epoch, this.#nowMs());
    this.#lives.add(entry);
    this.#spawn(entry, { kind: "restart", recovered });
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
    this.#log.append(records, () => this.#spawn(entry, { kind: "new" }));
    return entry;
  }

  #spawn(entry: LifeEntry, origin: PeerOrigin): void {
    const { life, regionId, peerId, epoch } = entry;
    const gate = this.#gateOf(regionId);
    const thread = this.#config.threads[this.#placeOf(regionId)];
    this.#context.spawn(
      peerActor,
      {
        config: this.#config,
        registry: this.#context.self,
        gate,
        regionId,
        peerId,
        life,
        epoch,
        origin,
        owedChildren: this.#owedBy(life),
      },
      {
        ...(thread === undefined ? { near: this.#context.self } : { thread }),
        mailboxMessagesMax: STORE_MAILBOX_MESSAGES_MAX,
      },
      (outcome) => ({ kind: "spawned", life, outcome }),
    );
  }

  #onSpawned(life: Life, outcome: SpawnOutcome<Address<PeerMail>>): void {
    const entry = this.#lives.byLife(life);
    assert(entry?.state.kind === "admitting", "an actor for a life that was not waiting for one");
    if (outcome.kind === "failed") return this.#isolate(entry, outcome.error.message);
    const { address } = outcome;
    entry.state = { kind: entry.retiresAtOnce ? "retiring" : "running", address };
    this.#context.watch(address, (termination) => ({ kind: "ended", life, termination }));
    const { regionId, peerId } = entry;
    this.#tellGate(regionId, { kind: "route", regionId, peerId, life, address });
    for (const parked of entry.parked.splice(0)) this.#deliver(entry, parked);
    this.#tellOwed(entry);
    this.#initialiseFromSplit(entry);
    for (const split of this.#splits.ofParent(life)) this.#bringUp(split);
    this.#endIfFree(entry);
  }

  /** In full each time, so that no order of mail can leave a parent with a wrong idea. */
  #tellOwed(parent: LifeEntry): void {
    this.#tellEntry(parent, { kind: "owed-children", regionIds: this.#owedBy(parent.life) });
  }

  #owedBy(parentLife: Life): RegionId[] {
    return this.#splits.ofParent(parentLife).flatMap(({ pending }) => [...pending.keys()]);
  }

  #deliver(entry: LifeEntry, parked: ParkedMail): void {
    const { state } = entry;
    const options = parked.payload === undefined ? {} : { payload: parked.payload };
    const address = addressOf(state);
    if (address !== undefined) return this.#context.tell(address, parked.mail, options);
    if (state.kind === "damaged" && parked.mail.kind === "tombstone-order")
      this.#endDamaged(entry, parked.mail.epoch);
    if (state.kind !== "admitting") return this.#refuse(parked, state.kind);
    if (entry.parked.length === PARKED_MAX) return this.#refuse(parked, "parked-full");
    entry.parked.push(parked);
  }

  /** A later replica of the region is meant: the incumbent is told to end, the mail waits for that. */
  #supersede(entry: LifeEntry, parked: ParkedMail): void {
    if (entry.successor === undefined) entry.successor = parked;
    else this.#refuse(parked, "successor-waits");
    if (entry.state.kind === "running")
      this.#context.tell(entry.state.address, {
        kind: "superseded",
        by: parked.mail.to,
        epoch: parked.mail.epoch,
      });
    else if (entry.state.kind === "damaged") this.#endDamaged(entry, parked.mail.epoch);
  }

  #onBootstrap(region: Region, envelope: Envelope): void {
    if (this.#recovered) this.#bootstrap(region);
    else this.#firstRegion = region;
    if (envelope.reply) this.#context.reply(envelope.reply, null);
  }

  /** Through the same door as all others. A crash may have come after the admission: then it goes on. */
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
    this.#initialiseFromSplit(entry);
  }

  // ---- split ------------------------------------------------------------------------------------

  #onSplitApplied(mail: RegistryMail & { kind: "split-applied" }): void {
    const { life, index, children, campaigns } = mail;
    const parent = this.#lives.byLife(life);
    if (parent === undefined) return this.#count("split-of-ended-life");
    if (!this.#config.remedies.oneDoor) return this.#replaceBySplit(children);
    if (children.length === 0) return this.#tellEntry(parent, { kind: "split-recorded", index });
    const known = this.#splits.find(life, index);
    if (known !== undefined) return this.#onSplitRecorded(parent, known);
    const split = this.#splits.add(life, index, children, campaigns);
    const record: LogRecord = { kind: "split", parentLife: life, index, children };
    this.#log.append([record], () => this.#onSplitRecorded(parent, split));
  }

  #onSplitRecorded(parent: LifeEntry, split: OwedSplit): void {
    this.#tellOwed(parent);
    this.#tellEntry(parent, { kind: "split-recorded", index: split.index });
    this.#bringUp(split);
  }

  #bringUp(split: OwedSplit): void {
    for (const child of [...split.pending.values()]) this.#bringUpChild(split, child);
  }

  /** A split never replaces: it hands the child's first state to whoever has the address. */
  #bringUpChild(split: OwedSplit, child: SplitChild): void {
    const { region, peerId } = child;
    const entry = this.#lives.get(region.id);
    const incumbent = entry && { peerId: entry.peerId, epoch: entry.region?.epoch ?? entry.epoch };
    const candidate = { regionId: region.id, peerId, epoch: region.epoch };
    const verdict = admission(candidate, incumbent, this.#tombstones.get(region.id));
    if (verdict.kind === "refuse") return this.#settleChild(split, region.id, verdict.reason);
    assert(verdict.kind !== "supersede", "a child of a split found an older replica of its region");
    const { parentLife, campaigns } = split;
    const init = { child, parentLife, campaigns };
    if (verdict.kind === "admit") {
      this.#admit(region.id, peerId, region.epoch).init = init;
      return;
    }
    assert(entry !== undefined, "an admitted child without an entry");
    if (entry.region !== undefined) return this.#settleChild(split, region.id, "has-its-data");
    entry.init = init;
    this.#initialiseFromSplit(entry);
  }

  #initialiseFromSplit(entry: LifeEntry): void {
    const { init } = entry;
    if (init === undefined || entry.state.kind !== "running") return;
    const parent = this.#lives.byLife(init.parentLife);
    const isBootstrap = parent === entry;
    const parentState = parent?.state;
    const source = isBootstrap || !parentState ? undefined : addressOf(parentState);
    if (!isBootstrap && source === undefined) return;
    const { campaigns } = init;
    const { region } = init.child;
    this.#context.tell(entry.state.address, { kind: "initialise", region, source, campaigns });
  }

  #settleChild(split: OwedSplit, childRegionId: RegionId, reason: string): void {
    this.#count(`split-child: ${reason}`);
    const { parentLife, index } = split;
    this.#splits.settle(split, childRegionId);
    const record: LogRecord = { kind: "split-done", parentLife, index, childRegionId };
    this.#log.append([record], () => {
      const parent = this.#lives.byLife(parentLife);
      if (parent === undefined) return;
      this.#tellOwed(parent);
      this.#endIfFree(parent);
    });
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
      this.#spawn(entry, { kind: "new" });
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
    const split = this.#splits.ofChild(region.id);
    if (split !== undefined) this.#settleChild(split, region.id, "initialized");
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

  #onRetire(life: Life, tombstone: Tombstone): void {
    const entry = this.#lives.owned(tombstone.regionId, life);
    if (entry === undefined) return this.#count("intent-of-ended-life");
    const { state } = entry;
    if (state.kind !== "running" && state.kind !== "admitting") return this.#count("retired-twice");
    this.#tombstones.bury(tombstone);
    // Its word may come before the news that it runs, or that it has failed.
    if (state.kind === "admitting") entry.retiresAtOnce = true;
    else entry.state = { kind: "retiring", address: state.address };
    this.#endIfFree(entry);
  }

  /** A child of somebody else's split that will never come up here is settled by the tombstone. */
  #endIfFree(entry: LifeEntry): void {
    if (entry.state.kind !== "retiring" || this.#splits.ofParent(entry.life).length > 0) return;
    const { address } = entry.state;
    const { life, regionId } = entry;
    const tombstone = this.#tombstones.get(regionId);
    assert(tombstone !== undefined, "a life ends without a tombstone");
    entry.state = { kind: "ending" };
    this.#tellGate(regionId, { kind: "unroute", regionId, life });
    this.#log.append([{ kind: "tombstone", life, tombstone }], () => {
      if (address === undefined) this.#removeTablets(life);
      else this.#context.stop(address);
      const split = this.#splits.ofChild(regionId);
      if (split !== undefined) this.#settleChild(split, regionId, "tombstone");
    });
  }

  // ---- ends -----------------------------------------------------------------------------------------

  #onEnded(life: Life, termination: Termination): void {
    const entry = this.#lives.byLife(life);
    if (entry === undefined) return this.#count("ended-unknown-life");
    if (entry.state.kind !== "ending") return this.#onFailed(entry, termination);
    this.#removeTablets(life);
  }

  #removeTablets(life: Life): void {
    this.#context.perform(
      "remove tablets",
      () => {
        for (const name of this.#engine.list()) if (name.life === life) this.#engine.remove(name);
        return null;
      },
      (outcome) => ({ kind: "removed-tablets", life, outcome }),
    );
  }

  #onTabletsRemoved(life: Life): void {
    const entry = this.#lives.byLife(life);
    assert(entry?.state.kind === "ending", "tablets of a life that goes on were removed");
    this.#lives.remove(entry);
    for (const parked of entry.parked.splice(0)) this.#refuse(parked, "tombstone");
    // A split that was applied meanwhile found the ending life: its child is judged again.
    const split = this.#splits.ofChild(entry.regionId);
    const child = split?.pending.get(entry.regionId);
    if (split !== undefined && child !== undefined) this.#bringUpChild(split, child);
    const { successor } = entry;
    if (successor !== undefined) this.#onUnrouted(successor);
  }

  /** Never restarted in place: opened again from what is durable, and isolated when that does not help. */
  #onFailed(entry: LifeEntry, termination: Termination): void {
    const { life, regionId } = entry;
    const ended = addressOf(entry.state);
    assert(ended !== undefined, "an actor failed that was not known to run");
    this.#tellGate(regionId, { kind: "unroute", regionId, life });
    const nowMs = this.#nowMs();
    if (nowMs - entry.lastFailureMs > FAILURES_COUNT_MS) entry.failures = 0;
    entry.failures += 1;
    entry.lastFailureMs = nowMs;
    const why = termination.kind === "threw" ? termination.error.message : termination.kind;
    this.#count("replica-failed");
    if (entry.failures > REOPENINGS_MAX) return this.#isolate(entry, why);
    entry.retiresAtOnce = entry.state.kind === "retiring";
    entry.state = { kind: "admitting" };
    this.#context.request(
      this.#config.log,
      { kind: "read-life", life, ended },
      { timeoutMs: RECOVER_TIMEOUT_MS },
      (outcome) => ({ kind: "life-read", life, outcome }),
    );
  }

  /** As at a start: what it had reported says nothing any more, its disk may be behind that. */
  #onLifeRead(life: Life, outcome: AskOutcome<RecoveredLife | undefined>): void {
    const entry = this.#lives.byLife(life);
    assert(entry?.state.kind === "admitting", "a life was read that nobody opens");
    if (outcome.kind === "failed") return this.#isolate(entry, outcome.error.message);
    const recovered = outcome.value;
    assert(recovered !== undefined, "a life has ended that its registry did not end");
    entry.region = undefined;
    entry.generation = recovered.generation;
    sweepLife(this.#engine, recovered);
    this.#spawn(entry, { kind: "restart", recovered });
  }

  /** Its group went on without it: what is left of it goes as if it had been able to say so itself. */
  #endDamaged(entry: LifeEntry, epoch: RegionEpoch): void {
    const known = entry.region?.epoch ?? entry.epoch;
    if (epoch.confVer <= known.confVer) return this.#count("order-knows-less");
    const { regionId, peerId } = entry;
    this.#tombstones.bury({ regionId, peerId, epoch: maxEpoch(known, epoch), removedPeerIds: [] });
    entry.state = { kind: "retiring", address: undefined };
    this.#endIfFree(entry);
  }

  #isolate(entry: LifeEntry, reason: string): void {
    entry.state = { kind: "damaged", reason };
    // A child that cannot come up here must not hold up its parent: its leader's snapshot may bring it.
    const split = entry.region === undefined ? this.#splits.ofChild(entry.regionId) : undefined;
    if (split !== undefined) this.#settleChild(split, entry.regionId, "damaged");
    for (const parked of entry.parked.splice(0)) this.#refuse(parked, "damaged");
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
    const split = this.#splits.ofChild(mail.regionId);
    if (split !== undefined) this.#settleChild(split, mail.regionId, "tombstone");
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
    const { regionId, fromStore, toStore, from, to, epoch } = order;
    this.#tellGate(regionId, {
      kind: "send",
      mail: {
        kind: "tombstone-confirm",
        regionId,
        fromStore: toStore,
        toStore: fromStore,
        from: to,
        to: from,
        epoch,
      },
    });
  }

  // ---- small things -------------------------------------------------------------------------------

  #refuse(parked: ParkedMail, reason: string): void {
    parked.payload?.release();
    this.#count(reason);
  }

  #count(reason: string): void {
    this.#refusals.set(reason, (this.#refusals.get(reason) ?? 0) + 1);
  }

  #tellEntry(entry: LifeEntry, mail: PeerMail): void {
    const address = addressOf(entry.state);
    if (address !== undefined) this.#context.tell(address, mail);
  }

  #tellGate(regionId: RegionId, mail: GateMail): void {
    this.#context.tell(this.#gateOf(regionId), mail);
  }

  #gateOf(regionId: RegionId): Address<GateMail> {
    const gate = this.#gates[this.#placeOf(regionId)];
    assert(gate !== undefined, "a region without a gate");
    return gate;
  }

  #placeOf(regionId: RegionId): number {
    return placeOf(regionId, this.#config.storeId, this.#gates.length);
  }

  #heartbeat(): void {
    this.#log.sendWaiting();
    const lives = this.#lives.all();
    // A copy may have failed, or a snapshot that was to come instead of it.
    for (const entry of lives) this.#initialiseFromSplit(entry);
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
    const entries = this.#lives.all();
    const damaged = entries.flatMap(({ regionId, state }) =>
      state.kind === "damaged" ? [{ regionId, reason: state.reason }] : [],
    );
    return {
      storeId: this.#config.storeId,
      isReady: this.#isIdentified && entries.every(({ state }) => state.kind !== "admitting"),
      lives: entries.map(lifeStatus),
      tombstones: this.#tombstones.all(),
      pendingSplitChildren: this.#splits.pendingChildren,
      damaged,
      refusals: Object.fromEntries(this.#refusals),
    };
  }
}

/** Mail of an actor that failed may come after it was opened again from what was durable. */
function isFallingBack(entry: LifeEntry, region: Region, generation: Generation): boolean {
  const version = entry.region?.epoch.version ?? 0;
  return region.epoch.version < version || generation < entry.generation;
}

function addressOf(state: LifeEntry["state"]): Address<PeerMail> | undefined {
  return state.kind === "running" || state.kind === "retiring" ? state.address : undefined;
}

function lifeStatus(entry: LifeEntry): LifeStatus {
  const { life, regionId, peerId, state, region, generation } = entry;
  const address = addressOf(state);
  return { life, regionId, peerId, state: state.kind, region, generation, address };
}

export const registryActor = defineActor<RegistryMail, StoreConfig>({
  url: import.meta.url,
  name: "registryActor",
  create: (context, config) => new Registry(context, config),
});
