// A replica: one Raft group's member on one store, and what it holds. Three phases: opening (its log and
// data are read), running, removing. Nothing in here waits: what takes time comes back as mail to this
// very life. Which mail may reach it when is the life table's business, and the actor's.
import { maxEpoch, type PeerId, type RegionEpoch, type RegionId } from "@multiraft/pd/protocol";
import { type ActorContext, assert } from "@multiraft/runtime";
import { LogHandle } from "../log/log-handle.ts";
import type { Generation } from "../log/record.ts";
import {
  type ConfState,
  type Entry,
  type LogIndex,
  makeMessage,
  NO_INDEX,
  type RaftNode,
  type Snapshot,
  type Term,
} from "../raft/index.ts";
import { heldByStore } from "../registry/store-config.ts";
import type { SnapshotHost } from "../snapshot/admission.ts";
import { copyName } from "../snapshot/copy-directory.ts";
import { type ReadyTablet, Receiver } from "../snapshot/receiver.ts";
import { SnapshotSender } from "../snapshot/sender.ts";
import { openStoreEngine } from "../tablet/open-store-engine.ts";
import type { Tablet, TabletEngine, TabletName } from "../tablet/tablet.ts";
import type { RegionMail } from "../transport/region-mail.ts";
import { AsyncWork } from "./async-work.ts";
import type { ReplicaParts } from "./at-rest.ts";
import { ClientService } from "./client-service.ts";
import { Correspondence } from "./correspondence.ts";
import { Counts } from "./counts.ts";
import type { Hibernation } from "./hibernation.ts";
import { Install, snapshotOf } from "./install.ts";
import type { LifeStateName } from "./life-table.ts";
import { newHibernation } from "./new-hibernation.ts";
import { type OpenedReplica, openReplica } from "./opening.ts";
import type { PeerArgs, PeerMail, PeerStatus } from "./peer-mail.ts";
import { RaftDriver } from "./raft-driver.ts";
import { isOfLeader, RemovalCheck } from "./removal-check.ts";
import { Removals } from "./removals.ts";
import { assembleData, type ReplicaData } from "./replica-data.ts";
import type { ReplicaLog } from "./replica-log.ts";

/** What exists once the log has been read. */
type Core = { readonly storage: ReplicaLog; readonly driver: RaftDriver<PeerMail> };

export type ReplicaHost = {
  /** Called once, when its log and data have been read. */
  readonly opened: () => void;
  /** After it slept, or it might have. */
  readonly ticksGoOn: () => void;
};

export class Replica {
  readonly work: AsyncWork<PeerMail>;
  readonly log: LogHandle<PeerMail>;
  readonly service: ClientService;
  readonly mail: Correspondence;
  readonly removalCheck: RemovalCheck;
  readonly receiver: Receiver;
  readonly sender: SnapshotSender;
  readonly hibernation: Hibernation;
  readonly #context: ActorContext<PeerMail>;
  readonly #args: PeerArgs;
  readonly #engine: TabletEngine;
  readonly #install: Install;
  readonly #removals: Removals;
  readonly #counts = new Counts();
  #phase: "opening" | "running" | "removing" = "opening";
  #core: Core | undefined;
  #data: ReplicaData | undefined;
  #isTouched = false;
  #campaignsWhenLive = false;
  /** The region changed with what is being applied: the registry is told when all of it is. */
  #isRegionDirty = false;
  /** Children that this store still owes, as the registry last said. */
  #owed: readonly RegionId[];

  constructor(context: ActorContext<PeerMail>, args: PeerArgs, host: ReplicaHost) {
    this.#context = context;
    this.#args = args;
    const { config, registry, origin } = args;
    const lastGeneration = origin.kind === "restart" ? origin.lastGeneration : 0;
    this.#install = new Install(args.life, lastGeneration);
    this.mail = new Correspondence(context, args, () => this.#data?.tablet.meta.region);
    // Known before its data are opened: what is owed must not be trimmed while nobody has said so yet.
    this.#owed = args.owedChildren;
    this.work = new AsyncWork<PeerMail>(context, (mail) => mail);
    this.removalCheck = new RemovalCheck(args, this.work, {
      epoch: () => this.#data?.tablet.meta.region.epoch ?? args.epoch,
      isMember: () => !this.#removals.isOutside,
      remove: (why, epoch) => this.remove(why, epoch),
      counted: (what) => this.count(what),
    });
    this.#removals = new Removals({
      peerId: args.peerId,
      region: () => this.#data?.tablet.meta.region,
      whenRecorded: (then) => {
        this.#mustCore().driver.recordCommitHint();
        this.log.afterAll(then);
      },
      mayTell: () => this.#data?.leadership.mayTellOfChange ?? false,
      sendOrder: (to) => this.mail.sendOrder(to),
      counted: (what) => this.count(what),
    });
    this.log = new LogHandle(context, config.log);
    this.#engine = openStoreEngine(context.environment, config);
    context.lease.hold(heldByStore(config.storeId), () => this.#engine.close());
    this.service = new ClientService({
      node: () => this.#core?.driver.node,
      data: () => (this.#phase === "running" ? this.#data : undefined),
      reply: (token, answer) => context.reply(token, answer),
      appendsUnderWay: () => this.log.underWay,
    });
    this.sender = new SnapshotSender(context, this.work, config.governor, config.tuning, {
      tablet: () => this.#data?.tablet,
      head: (to) => this.mail.headTo(to),
      send: (mail, payload) => this.mail.send(mail, payload),
      // Who has it already (a split brought it meanwhile) is as far as if it had been sent: a leader that
      // took this for a failure would offer it for ever, and could commit nothing without that replica.
      ended: (to, isDelivered, refusal) =>
        this.#onSnapshotEnded(to, isDelivered || refusal === "stale"),
      flush: (then) => this.#data?.upkeep.whenFlushed(then),
      copyDirectory: (transfer) => this.#copyDirectory(transfer),
    });
    this.receiver = new Receiver({
      context,
      work: this.work,
      engine: this.#engine,
      governor: config.governor,
      registry,
      isChecked: config.remedies.snapshotChecks,
      host: {
        life: args.life,
        state: () => this.#snapshotHost(),
        nextName: () => this.#nextName(),
        send: (mail) => this.mail.send(mail),
        offerToRaft: (ready) => this.#offerToRaft(ready),
        counted: (event, reason) => this.count(`snapshot ${event}: ${reason}`),
      },
    });
    openReplica(args, context.lease, this.#engine, this.work, (replica) => {
      this.#onOpened(replica);
      host.opened();
    });
    this.hibernation = newHibernation(
      { context, args, mail: this.mail, ticksGoOn: host.ticksGoOn },
      () => this.#parts,
      (what) => this.count(what),
    );
  }

  get #parts(): ReplicaParts {
    const { state, log, service, sender } = this;
    const driver = this.#core?.driver;
    return { state, driver, data: this.#data, log, service, sender, removals: this.#removals };
  }

  get state(): LifeStateName {
    if (this.#phase !== "running") return this.#phase;
    const isReceiving = this.receiver.source !== undefined;
    if (this.#data === undefined) return isReceiving ? "initialising" : "uninitialized";
    return isReceiving ? "installing" : "live";
  }

  get data(): ReplicaData | undefined {
    return this.#data;
  }

  /** It came in, and is about to be handled: what follows from it is done at the end of the turn. */
  touch(mail: PeerMail): void {
    this.#isTouched = true;
    this.hibernation.onMail(mail);
  }

  turnEnd(): void {
    if (!this.#isTouched || this.#core === undefined || this.#phase === "removing") return;
    this.#isTouched = false;
    const { driver } = this.#core;
    this.service.proposeGathered(driver.node);
    this.service.askForReads(driver.node);
    this.#campaignAsFirst(driver.node);
    driver.drive();
    if (!this.#removals.couldForget) this.#data?.leadership.onTurnEnd();
    this.hibernation.turnEnd();
  }

  /** It asks for votes before anybody else does, as soon as it can. */
  campaignWhenLive(campaigns: boolean): void {
    this.#campaignsWhenLive = campaigns;
  }

  /** Once Raft has been told that its first state is durable: before that it would refuse. */
  #campaignAsFirst(node: RaftNode): void {
    if (!this.#campaignsWhenLive || this.#data === undefined || !node.isPromotable) return;
    this.#campaignsWhenLive = false;
    node.campaign();
  }

  close(): void {
    // Before the reception removes its files.
    this.#install.close();
    this.#data?.tablet.close();
  }

  setOwed(regionIds: readonly RegionId[]): void {
    this.#owed = regionIds;
    this.#data?.copies.keepOnly(regionIds);
    this.#data?.upkeep.setOwed(regionIds);
  }

  tick(): void {
    this.log.sendWaiting();
    if (this.#core === undefined || this.#phase === "removing" || !this.hibernation.tick()) return;
    const { node } = this.#core.driver;
    node.tick();
    this.#core.driver.recordCommitHint();
    this.service.onTick();
    this.receiver.onTick();
    this.sender.onTick();
    if (!this.#removals.couldForget) this.#data?.leadership.onTick();
    if (node.isLeader) this.removalCheck.onLeader();
    this.removalCheck.onTick();
  }

  // ---- Raft ---------------------------------------------------------------------------------------

  step(mail: RegionMail & { kind: "raft" }): void {
    const { message } = mail;
    if (mail.to !== this.#args.peerId || message.to !== mail.to || message.from !== mail.from)
      return this.count("misdirected");
    if (message.type === "MsgSnap") return this.count("bare snapshot message");
    if (this.#removals.refuses(mail)) return;
    this.mail.heard(mail);
    this.#data?.leadership.heard(mail.from);
    this.#core?.driver.step(message);
    if (!isOfLeader(message, this.#core?.driver.node)) return;
    this.removalCheck.onLeader();
    this.hibernation.heardLeader();
  }

  #makeCore(storage: ReplicaLog, applied: LogIndex): Core {
    const { config, peerId, life } = this.#args;
    const random = this.#context.environment.random.fork(`raft ${life}`);
    const driver = new RaftDriver<PeerMail>({
      peerId,
      life,
      storage,
      applied,
      log: this.log,
      tuning: config.tuning,
      random: (exclusiveMax) => random.below(exclusiveMax),
      host: {
        send: (message) => this.mail.sendRaft(message),
        sendSnapshot: (to, term) => this.#startSnapshot(to, term),
        apply: (entries) => this.#apply(entries),
        readConfirmed: (read) => this.service.onReadConfirmed(read, driver.node.appliedIndex),
        installRecord: (snapshot, hardState) => this.#install.record(snapshot, hardState),
        installed: (snapshot) => this.#onInstalled(snapshot),
        roleChanged: () => this.#onRoleChanged(),
      },
    });
    return { storage, driver };
  }

  #apply(entries: readonly Entry[]): void {
    // After its own removal a replica applies nothing: it could only report what is not its any more.
    if (this.#phase === "removing" || this.#removals.isOutside) return;
    const data = this.#data;
    assert(data !== undefined, "entries to apply before there are data");
    data.applier.apply(entries);
    data.upkeep.onApplied();
    if (this.#isRegionDirty) this.#onRegionChanged(data);
    this.service.onApplied(data.tablet.meta.appliedIndex);
  }

  #onRegionChanged({ tablet }: ReplicaData): void {
    this.#isRegionDirty = false;
    this.sender.keepOnly(tablet.meta.region.peers);
    this.#reportRegion();
    // It applies nothing more: whoever waits for what is behind its removal would wait for its end.
    if (this.#removals.isOutside) this.service.abandonAll();
    this.#removals.regionChanged(() => {
      if (this.#phase === "running") this.#data?.leadership.regionChanged();
    });
  }

  #onRoleChanged(): void {
    this.#data?.leadership.changed();
    if (this.#core?.driver.node.isLeader) return;
    this.sender.abortAll("not leader");
    this.service.leadershipLost();
  }

  // ---- data: first state, snapshots, install ----------------------------------------------------------

  #onOpened(opened: OpenedReplica): void {
    if (opened.kind === "failed") throw new Error(opened.reason);
    const snapshotFor = (to: PeerId) => this.#snapshotFor(to);
    const { tablet } = opened;
    const confState = tablet?.meta.confState as ConfState | undefined;
    const storage = opened.log(confState, snapshotFor);
    this.#core = this.#makeCore(storage, tablet?.meta.appliedIndex ?? NO_INDEX);
    this.#phase = "running";
    if (tablet !== undefined) {
      this.#data = this.#makeData(tablet);
      this.#reportRegion();
    }
    this.#isTouched = true;
  }

  #makeData(tablet: Tablet): ReplicaData {
    const { storage, driver } = this.#mustCore();
    return assembleData({
      context: this.#context,
      args: this.#args,
      work: this.work,
      log: this.log,
      service: this.service,
      storage,
      node: driver.node,
      tablet,
      generation: tablet.name.generation as Generation,
      owed: this.#owed,
      keepAbove: () => this.#keepAbove(tablet),
      giveUpSnapshots: () => this.sender.abortAll("the log grew too long"),
      regionChanged: () => {
        this.#isRegionDirty = true;
      },
      sendOrder: (to) => this.mail.sendOrder(to),
    });
  }

  #offerToRaft(ready: ReadyTablet): boolean {
    const { driver } = this.#mustCore();
    const { from } = ready;
    return this.#install.offer(ready, (snapshot) => {
      if (from === "split") driver.node.initialise(snapshot);
      else
        driver.step(
          makeMessage({
            type: "MsgSnap",
            from: from.peerId,
            to: this.#args.peerId,
            term: from.raftTerm as Term,
            snapshot,
          }),
        );
      driver.drive();
    });
  }

  #onInstalled(snapshot: Snapshot): void {
    const tablet = this.#install.finish();
    if (this.#phase === "removing") return tablet.close();
    const before = this.#data;
    before?.copies.closeAll();
    before?.tablet.close();
    if (before !== undefined) this.#removeTablet(before.tablet);
    this.#data = this.#makeData(tablet);
    this.service.onSnapshotInstalled(snapshot.index);
    this.receiver.installed(snapshot);
    this.#reportRegion();
  }

  #removeTablet(tablet: Tablet): void {
    this.work.perform(
      "remove old tablet",
      () => {
        this.#engine.remove(tablet.name);
        return null;
      },
      () => undefined,
    );
  }

  /** Who sends one says that it leads: nobody does in a term that it did not win. */
  #startSnapshot(to: PeerId, term: Term): void {
    const { node } = this.#mustCore().driver;
    if (!node.isLeader || node.term !== term) return this.count("snapshot of an earlier term");
    const peer = this.#data?.tablet.meta.region.peers.find(({ id }) => id === to);
    if (peer === undefined) this.#onSnapshotEnded(to, false);
    else this.sender.start(peer, term);
  }

  #onSnapshotEnded(to: PeerId, isDelivered: boolean): void {
    this.#isTouched = true;
    this.#core?.driver.node.reportSnapshot(to, isDelivered);
  }

  #snapshotFor(_to: PeerId): Snapshot | "temporarily-unavailable" {
    const meta = this.#data?.tablet.meta;
    return meta === undefined ? "temporarily-unavailable" : snapshotOf(meta);
  }

  /** While a follower is being sent a snapshot, the log from there on must stay (PD field lesson). */
  #keepAbove(tablet: Tablet): LogIndex {
    // An install that is with the log has begun the log anew: nothing may be truncated below it.
    const isPinned = this.sender.count > 0 || this.#install.isTaken;
    return isPinned ? this.#mustCore().storage.base.index : tablet.durableIndex;
  }

  #snapshotHost(): SnapshotHost {
    const meta = this.#data?.tablet.meta;
    return {
      state: this.state,
      regionId: this.#args.regionId,
      peerId: this.#args.peerId,
      epoch: meta?.region.epoch,
      appliedIndex: meta?.appliedIndex ?? 0,
      owesChildren: this.#data?.upkeep.owesChildren ?? false,
    };
  }

  #nextName(): TabletName {
    const { regionId, life } = this.#args;
    return { regionId, life, generation: this.#install.nextGeneration() };
  }

  #copyDirectory(transfer: number): string | undefined {
    const { tabletDirectory, engine } = this.#args.config;
    if (engine !== "lmdb" || tabletDirectory === undefined) return undefined;
    const { disk } = this.#context.environment;
    return disk.join(tabletDirectory, copyName(this.#args.life, transfer));
  }

  // ---- the end --------------------------------------------------------------------------------------

  /** From here on nothing is taken but what the end itself needs. The registry writes the tombstone. */
  remove(why: string, epoch: RegionEpoch): void {
    if (this.#phase === "removing") return;
    this.#phase = "removing";
    this.count(`removing: ${why}`);
    this.sender.abortAll("removing");
    if (!this.#install.isUnderWay) this.receiver.abandon();
    this.service.abandonAll();
    const { regionId, peerId, life, config } = this.#args;
    const meta = this.#data?.tablet.meta;
    const removedHere =
      meta?.removedPeers.filter(({ storeId }) => storeId === config.storeId) ?? [];
    this.#context.tell(this.#args.registry, {
      kind: "retire",
      life,
      tombstone: {
        regionId,
        peerId,
        epoch: maxEpoch(epoch, meta?.region.epoch ?? this.#args.epoch),
        removedPeerIds: removedHere.map((removed) => removed.peerId).sort((a, b) => a - b),
      },
    });
  }

  // ---- small things ---------------------------------------------------------------------------------

  #reportRegion(): void {
    const data = this.#mustData();
    this.#context.tell(this.#args.registry, {
      kind: "region-changed",
      life: this.#args.life,
      region: data.tablet.meta.region,
      generation: data.generation,
    });
  }

  status(): PeerStatus {
    const tablet = this.#data?.tablet;
    return {
      state: this.state,
      isAsleep: this.hibernation.isAsleep,
      raft: this.#core?.driver.node.status(),
      region: tablet?.meta.region,
      appliedIndex: tablet?.meta.appliedIndex ?? 0,
      durableIndex: tablet?.durableIndex ?? 0,
      truncatedIndex: this.#core?.storage.base.index ?? 0,
      logBytes: this.#core?.storage.bytes ?? 0,
      approximateSizeBytes: tablet?.approximateSizeBytes ?? 0,
      isUntrimmed: tablet?.meta.isUntrimmed ?? false,
      sendingSnapshots: this.sender.count,
      callers: this.service.callers,
      receiving: this.receiver.receiving,
      counts: this.#counts.toObject(),
      receptionFailure: this.receiver.lastFailure,
    };
  }

  #mustCore(): Core {
    assert(this.#core !== undefined, "a replica that has not been opened");
    return this.#core;
  }

  #mustData(): ReplicaData {
    assert(this.#data !== undefined, "a replica without data");
    return this.#data;
  }

  count(what: string): void {
    this.#counts.note(what);
  }
}
