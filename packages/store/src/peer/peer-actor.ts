// A replica: one Raft group's member on one store, as an actor. The life table says what happens to
// each class of mail in each state; this file carries it out and ties the parts together. Nothing in
// here waits: what takes time comes back as mail to this very life.

import {
  maxEpoch,
  type PeerId,
  peerOnStore,
  type Region,
  type RegionEpoch,
  type RegionId,
  type StoreId,
} from "@multiraft/pd/protocol";
import {
  type ActorBehavior,
  type ActorContext,
  assert,
  defineActor,
  type Envelope,
  type Payload,
  unreachable,
} from "@multiraft/runtime";
import { LogHandle } from "../log/log-handle.ts";
import type { Generation, HardState, LogRecord } from "../log/record.ts";
import { encodeCommand } from "../operation/command.ts";
import {
  type ConfState,
  type Entry,
  type LogIndex,
  type Message,
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
import type { Tablet, TabletEngine } from "../tablet/tablet.ts";
import type { RegionMail, RegionMailHead } from "../transport/region-mail.ts";
import { Applier } from "./applier.ts";
import { AsyncWork } from "./async-work.ts";
import { ChildCopies } from "./child-copies.ts";
import type { ClientReply } from "./client-request.ts";
import { ClientService } from "./client-service.ts";
import { contentOf } from "./content-digest.ts";
import { Leadership } from "./leadership.ts";
import { classOf, LIFE_TABLE, type LifeStateName } from "./life-table.ts";
import { type OpenedReplica, openReplica } from "./opening.ts";
import type { PeerArgs, PeerMail, PeerStatus } from "./peer-mail.ts";
import { RaftDriver } from "./raft-driver.ts";
import type { ReplicaLog } from "./replica-log.ts";
import { Upkeep } from "./upkeep.ts";

const NO_EPOCH: RegionEpoch = { version: 0, confVer: 0 };
/** Mail that waits for a restart to finish: what the registry and the children have to say. */
const PARKED_MAX = 64;
/** Without a leader for so long a replica asks the placement driver whether it still belongs. */
const LEADERLESS_TICKS_MAX = 100;
const PD_TIMEOUT_MS = 5_000;
/** Senders remembered; a region has a handful of peers, and who is forgotten is heard again. */
const PLACES_MAX = 64;

/** What exists once the log has been read. */
type Core = { readonly storage: ReplicaLog; readonly driver: RaftDriver<PeerMail> };
/** What exists once there are data. Made anew with each install. */
type Data = {
  readonly tablet: Tablet;
  readonly generation: Generation;
  readonly applier: Applier;
  readonly upkeep: Upkeep;
  readonly copies: ChildCopies;
  readonly leadership: Leadership;
};

class PeerActor implements ActorBehavior<PeerMail> {
  readonly #context: ActorContext<PeerMail>;
  readonly #args: PeerArgs;
  readonly #work: AsyncWork<PeerMail>;
  readonly #log: LogHandle<PeerMail>;
  readonly #engine: TabletEngine;
  readonly #service: ClientService;
  readonly #receiver: Receiver;
  readonly #sender: SnapshotSender;
  readonly #parked: PeerMail[] = [];
  readonly #counts = new Map<string, number>();
  #phase: "opening" | "running" | "removing" = "opening";
  #core: Core | undefined;
  #data: Data | undefined;
  /** Received, complete, and offered to Raft. */
  #incoming: { readonly ready: ReadyTablet; isTaken: boolean } | undefined;
  #lastGeneration: number;
  #isTouched = false;
  #leaderlessTicks = 0;
  #campaignsWhenLive = false;
  /** The region changed with what is being applied: the registry is told when all of it is. */
  #isRegionDirty = false;
  /** Children that this store still owes, as the registry last said. */
  #owed: readonly RegionId[];
  /** Who was heard from under an id: without data there is no membership to look it up in. */
  readonly #places = new Map<PeerId, StoreId>();

  constructor(context: ActorContext<PeerMail>, args: PeerArgs) {
    this.#context = context;
    this.#args = args;
    const { config, registry, origin } = args;
    this.#lastGeneration = origin.kind === "restart" ? origin.recovered.generation : 0;
    // Known before its data are opened: what is owed must not be trimmed while nobody has said so yet.
    this.#owed = args.owedChildren;
    this.#work = new AsyncWork<PeerMail>(context, (mail) => mail);
    this.#log = new LogHandle(context, config.log);
    this.#engine = openStoreEngine(context.environment, config);
    context.lease.hold(heldByStore(config.storeId), () => this.#engine.close());
    this.#service = new ClientService({
      node: () => this.#core?.driver.node,
      data: () => (this.#phase === "running" ? this.#data : undefined),
      reply: (token, answer) => context.reply(token, answer),
    });
    this.#sender = new SnapshotSender(context, this.#work, config.governor, config.tuning, {
      tablet: () => this.#data?.tablet,
      raftTerm: () => this.#core?.driver.node.term ?? 0,
      head: (to) => this.#headTo(to),
      send: (mail, payload) => this.#send(mail, payload),
      ended: (to, isDelivered) => this.#onSnapshotEnded(to, isDelivered),
      flush: (then) => this.#data?.upkeep.whenFlushed(then),
      copyDirectory: (transfer) => this.#copyDirectory(transfer),
    });
    this.#receiver = new Receiver({
      context,
      work: this.#work,
      engine: this.#engine,
      governor: config.governor,
      registry,
      isChecked: config.remedies.snapshotChecks,
      host: {
        life: args.life,
        state: () => this.#snapshotHost(),
        nextName: () => this.#nextName(),
        send: (mail) => this.#send(mail),
        offerToRaft: (ready) => this.#offerToRaft(ready),
        counted: (event, reason) => this.#count(`snapshot ${event}: ${reason}`),
      },
    });
    context.setTimer("tick", config.tuning.tickMs, { kind: "tick" });
    openReplica(args, this.#engine, this.#work, (opened) => this.#onOpened(opened));
  }

  get #state(): LifeStateName {
    if (this.#phase !== "running") return this.#phase;
    const isReceiving = this.#receiver.source !== undefined;
    if (this.#data === undefined) return isReceiving ? "initialising" : "uninitialized";
    return isReceiving ? "installing" : "live";
  }

  // ---- mail -------------------------------------------------------------------------------------

  receive(mail: PeerMail, envelope: Envelope): void {
    const disposition = LIFE_TABLE[this.#state][classOf(mail)];
    switch (disposition) {
      case "handle":
        this.#isTouched = true;
        return this.#handle(mail, envelope);
      case "park":
        if (this.#parked.length < PARKED_MAX) this.#parked.push(mail);
        else this.#count(`${this.#state}: parked too much`);
        return;
      case "answer":
        return this.#answerNo(mail, envelope);
      case "drop":
        return this.#count(`${this.#state}: ${mail.kind}`);
      case "impossible":
        throw new RangeError(`${mail.kind} cannot reach a replica that is ${this.#state}`);
      default:
        unreachable(disposition);
    }
  }

  turnEnd(): void {
    if (!this.#isTouched || this.#core === undefined || this.#phase === "removing") return;
    this.#isTouched = false;
    const { driver } = this.#core;
    this.#service.askForReads(driver.node);
    this.#campaignAsFirst(driver.node);
    driver.drive();
  }

  /** Once Raft has been told that its first state is durable: before that it would refuse. */
  #campaignAsFirst(node: RaftNode): void {
    if (!this.#campaignsWhenLive || this.#data === undefined || !node.isPromotable) return;
    this.#campaignsWhenLive = false;
    node.campaign();
  }

  stopped(): void {
    // Before the reception removes its files: what was received is open until its install is done.
    this.#incoming?.ready.tablet.close();
    this.#data?.tablet.close();
  }

  #handle(mail: PeerMail, envelope: Envelope): void {
    switch (mail.kind) {
      case "raft":
        return this.#onRaft(mail);
      case "snapshot-offer":
        return this.#receiver.onOffer(mail);
      case "snapshot-chunk":
        return this.#receiver.onChunk(mail.from, mail.transfer, mail, envelope.takePayload());
      case "copy-chunk":
        return this.#receiver.onChunk(undefined, mail.transfer, mail, envelope.takePayload());
      case "snapshot-end":
        return this.#receiver.onEnd(mail);
      case "snapshot-abort":
        return this.#receiver.onAbort(mail.from, mail.transfer);
      case "snapshot-verdict":
        return this.#sender.onVerdict(mail.from, mail.transfer, mail.refusal);
      case "snapshot-ack":
        return this.#sender.onAck(mail.from, mail.transfer, mail.sequence);
      case "snapshot-result":
        return this.#sender.onResult(mail.from, mail.transfer, mail.refusal);
      case "get":
      case "scan":
      case "write":
      case "split-at":
        if (envelope.reply) this.#service.onRequest(mail, envelope.reply);
        return;
      case "pd-order":
        return this.#data?.leadership.onOrder(mail);
      case "tombstone-confirm":
        return this.#data?.leadership.onConfirmed(mail.from);
      case "initialise":
        this.#campaignsWhenLive = mail.campaigns;
        return this.#receiver.initialise(mail.region, mail.source);
      case "superseded":
        return this.#remove(`superseded by peer ${mail.by}`, mail.epoch);
      case "tombstone-order":
        return this.#onTombstoneOrder(mail);
      case "split-recorded":
        return this.#data?.upkeep.splitRecorded(mail.index);
      case "owed-children":
        this.#owed = mail.regionIds;
        this.#data?.copies.keepOnly(mail.regionIds);
        return this.#data?.upkeep.setOwed(mail.regionIds);
      case "copy-request":
        return this.#onCopyRequest(mail);
      case "copy-ack":
        return this.#data?.copies.onAck(mail.childRegionId, mail.transfer, mail.sequence);
      case "copy-end":
        return this.#receiver.onCopyEnd(mail);
      case "copy-refused":
        return this.#receiver.onCopyRefused(mail.transfer);
      case "log-durable":
        return this.#log.onNotice(mail.number);
      case "log-failed":
        throw new Error(`the log failed: ${mail.message}`);
      case "peer-status":
        if (envelope.reply) this.#context.reply(envelope.reply, this.#status());
        return;
      case "peer-content":
        if (envelope.reply)
          this.#context.reply(envelope.reply, this.#data ? contentOf(this.#data.tablet) : null);
        return;
      case "tick":
        return this.#onTick();
      case "continue":
        return this.#work.run(mail.id);
      default:
        unreachable(mail);
    }
  }

  #answerNo(mail: PeerMail, envelope: Envelope): void {
    this.#count(`${this.#state}: ${mail.kind}`);
    const { reply } = envelope;
    if (mail.kind === "snapshot-offer") {
      const { transfer } = mail;
      this.#send({
        ...this.#headTo({ id: mail.from, storeId: mail.fromStore }),
        kind: "snapshot-verdict",
        transfer,
        refusal: "not-ready",
      });
    } else if (mail.kind === "copy-request") {
      const { child, transfer } = mail;
      this.#context.tell(child, { kind: "copy-refused", transfer, reason: this.#state });
    } else if (reply !== undefined) this.#context.reply(reply, this.#noClients());
  }

  /**
   * A parent that was opened again may not have applied the split yet: what it holds then is older than
   * the child's first state. The child is told no, and the registry lets it ask again.
   */
  #onCopyRequest({ child, region, transfer }: PeerMail & { kind: "copy-request" }): void {
    const data = this.#data;
    const version = data?.tablet.meta.region.epoch.version ?? 0;
    if (data !== undefined && version >= region.epoch.version)
      return data.copies.start(child, region, transfer);
    this.#context.tell(child, { kind: "copy-refused", transfer, reason: "split not applied" });
  }

  #noClients(): ClientReply {
    if (this.#state === "removing") return { kind: "region-not-found" };
    return this.#state === "opening"
      ? { kind: "busy", reason: "opening" }
      : this.#service.notLeader();
  }

  #onTick(): void {
    this.#context.setTimer("tick", this.#args.config.tuning.tickMs, { kind: "tick" });
    this.#log.sendWaiting();
    if (this.#core === undefined || this.#phase === "removing") return;
    const { node } = this.#core.driver;
    node.tick();
    this.#service.onTick();
    this.#receiver.onTick();
    this.#sender.onTick();
    this.#data?.leadership.onTick();
    this.#leaderlessTicks = node.leader === 0 ? this.#leaderlessTicks + 1 : 0;
    if (this.#leaderlessTicks === LEADERLESS_TICKS_MAX) this.#askWhetherRemoved();
  }

  // ---- Raft ---------------------------------------------------------------------------------------

  #onRaft(mail: RegionMail & { kind: "raft" }): void {
    const { message } = mail;
    if (mail.to !== this.#args.peerId || message.to !== mail.to || message.from !== mail.from)
      return this.#count("misdirected");
    if (message.type === "MsgSnap") return this.#count("bare snapshot message");
    const region = this.#data?.tablet.meta.region;
    if (region !== undefined && isFromRemoved(mail, region)) {
      this.#count("from a removed peer");
      return this.#sendOrder({ id: mail.from, storeId: mail.fromStore });
    }
    if (this.#places.size >= PLACES_MAX) this.#places.clear();
    this.#places.set(mail.from, mail.fromStore);
    this.#data?.leadership.heard(mail.from);
    this.#core?.driver.step(message);
  }

  #makeCore(storage: ReplicaLog, applied: LogIndex): Core {
    const { config, peerId, life } = this.#args;
    const random = this.#context.environment.random.fork(`raft ${life}`);
    const driver = new RaftDriver<PeerMail>({
      peerId,
      life,
      storage,
      applied,
      log: this.#log,
      tuning: config.tuning,
      random: (exclusiveMax) => random.below(exclusiveMax),
      host: {
        send: (message) => this.#sendRaft(message),
        sendSnapshot: (to) => this.#startSnapshot(to),
        apply: (entries) => this.#apply(entries),
        readConfirmed: (read) => this.#service.onReadConfirmed(read, driver.node.appliedIndex),
        installRecord: (snapshot, hardState) => this.#installRecord(snapshot, hardState),
        installed: (snapshot) => this.#onInstalled(snapshot),
        roleChanged: () => this.#onRoleChanged(),
      },
    });
    return { storage, driver };
  }

  #apply(entries: readonly Entry[]): void {
    // After its own removal a replica applies nothing: it could only report what is not its any more.
    if (this.#phase === "removing") return;
    const data = this.#data;
    assert(data !== undefined, "entries to apply before there are data");
    data.applier.apply(entries);
    data.upkeep.onApplied();
    if (this.#isRegionDirty) this.#onRegionChanged(data);
    this.#service.onApplied(data.tablet.meta.appliedIndex);
    if (!isMemberOf(data.tablet.meta.region, this.#args.peerId))
      this.#remove("removed by its group", data.tablet.meta.region.epoch);
  }

  #onRegionChanged({ tablet, leadership }: Data): void {
    this.#isRegionDirty = false;
    leadership.changed();
    this.#sender.keepOnly(tablet.meta.region.peers);
    this.#reportRegion();
  }

  #sendRaft(message: Message): void {
    const to = this.#placeOf(message.to);
    if (to !== undefined) this.#send({ ...this.#headTo(to), kind: "raft", message });
  }

  #onRoleChanged(): void {
    this.#data?.leadership.changed();
    if (this.#core?.driver.node.isLeader) return;
    this.#sender.abortAll("not leader");
    this.#service.leadershipLost();
  }

  #placeOf(id: PeerId): { readonly id: PeerId; readonly storeId: StoreId } | undefined {
    const peers = this.#data?.tablet.meta.region.peers;
    const storeId = peers?.find((peer) => peer.id === id)?.storeId ?? this.#places.get(id);
    return storeId === undefined ? undefined : { id, storeId };
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
      this.#data = this.#makeData(tablet, this.#lastGeneration as Generation);
      this.#reportRegion();
      // It had applied its own removal, and the power went before the tombstone was durable.
      const { region } = tablet.meta;
      if (!isMemberOf(region, this.#args.peerId))
        this.#remove("removed by its group", region.epoch);
    }
    this.#isTouched = true;
    for (const mail of this.#parked.splice(0)) this.#context.tell(this.#context.self, mail);
  }

  #makeData(tablet: Tablet, generation: Generation): Data {
    const { config, life, peerId } = this.#args;
    const { storage, driver } = this.#mustCore();
    const { node } = driver;
    const upkeep = new Upkeep({
      tablet,
      storage,
      log: this.#log,
      life,
      work: this.#work,
      tuning: config.tuning,
      host: {
        keepAbove: () => this.#keepAbove(tablet),
        failed: (reason) => {
          throw new Error(`the tablet failed: ${reason}`);
        },
      },
    });
    upkeep.setOwed(this.#owed);
    const leadership = new Leadership(
      {
        self: this.#context.self,
        peerId,
        node,
        tablet,
        pd: config.pd,
        tell: (mail) => this.#context.tell(config.pd, mail),
        sendTo: (to) => this.#sendOrder(to),
        propose: (command) => {
          const refusal = node.propose(encodeCommand(command));
          return refusal === undefined ? undefined : this.#service.answerOf(refusal);
        },
      },
      this.#work,
      config.tuning,
    );
    const applier = new Applier(tablet, node, {
      answered: ({ index, term }, reply) => this.#service.onEntryApplied(index, term, reply),
      split: (index, children) => this.#onSplit(index, children, upkeep),
      membershipChanged: () => {
        this.#isRegionDirty = true;
      },
    });
    const copies = new ChildCopies(this.#context, this.#work, config.tuning, tablet);
    return { tablet, generation, applier, upkeep, copies, leadership };
  }

  #onSplit(index: LogIndex, children: readonly Region[], upkeep: Upkeep): void {
    const { storeId } = this.#args.config;
    upkeep.splitApplied(index);
    this.#isRegionDirty = true;
    const own = children.flatMap((region) => {
      const peer = peerOnStore(region, storeId);
      return peer === undefined ? [] : [{ region, peerId: peer.id }];
    });
    this.#context.tell(this.#args.registry, {
      kind: "split-applied",
      life: this.#args.life,
      index,
      children: own,
      campaigns: this.#mustCore().driver.node.isLeader,
    });
  }

  #offerToRaft(ready: ReadyTablet): boolean {
    const { meta, from } = ready;
    const { driver } = this.#mustCore();
    const snapshot: Snapshot = {
      data: null,
      index: meta.appliedIndex,
      term: meta.appliedTerm,
      confState: meta.confState as ConfState,
    };
    const incoming = { ready, isTaken: false };
    this.#incoming = incoming;
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
    if (!incoming.isTaken) this.#incoming = undefined;
    return incoming.isTaken;
  }

  /** Raft has taken it in: this record is the one commit point. */
  #installRecord(snapshot: Snapshot, hardState: HardState): LogRecord {
    const incoming = this.#incoming;
    assert(incoming !== undefined && !incoming.isTaken, "Raft takes in what nobody received");
    assert(incoming.ready.meta.appliedIndex === snapshot.index, "another snapshot was received");
    incoming.isTaken = true;
    const { life } = this.#args;
    const generation = this.#lastGeneration as Generation;
    const { index, term } = snapshot;
    return { kind: "install", life, generation, index, term, hardState };
  }

  #onInstalled(snapshot: Snapshot): void {
    const incoming = this.#incoming;
    assert(incoming?.isTaken === true, "an install that was not asked for");
    this.#incoming = undefined;
    const { tablet } = incoming.ready;
    if (this.#phase === "removing") return tablet.close();
    const before = this.#data;
    before?.copies.closeAll();
    before?.tablet.close();
    if (before !== undefined) this.#removeTablet(before.tablet);
    this.#data = this.#makeData(tablet, this.#lastGeneration as Generation);
    this.#service.onSnapshotInstalled(snapshot.index);
    this.#receiver.installed(snapshot);
    this.#reportRegion();
  }

  #removeTablet(tablet: Tablet): void {
    this.#work.perform(
      "remove old tablet",
      () => {
        this.#engine.remove(tablet.name);
        return null;
      },
      () => undefined,
    );
  }

  #startSnapshot(to: PeerId): void {
    const peer = this.#data?.tablet.meta.region.peers.find(({ id }) => id === to);
    if (peer === undefined) this.#onSnapshotEnded(to, false);
    else this.#sender.start(peer);
  }

  #onSnapshotEnded(to: PeerId, isDelivered: boolean): void {
    this.#isTouched = true;
    this.#core?.driver.node.reportSnapshot(to, isDelivered);
  }

  #snapshotFor(_to: PeerId): Snapshot | "temporarily-unavailable" {
    const meta = this.#data?.tablet.meta;
    if (meta === undefined) return "temporarily-unavailable";
    const confState = meta.confState as ConfState;
    return { data: null, index: meta.appliedIndex, term: meta.appliedTerm, confState };
  }

  /** While a follower is being sent a snapshot, the log from there on must stay (PD field lesson). */
  #keepAbove(tablet: Tablet): LogIndex {
    // An install that is with the log has begun the log anew: nothing may be truncated below it.
    const isPinned = this.#sender.count > 0 || this.#incoming?.isTaken === true;
    return isPinned ? this.#mustCore().storage.base.index : tablet.durableIndex;
  }

  #snapshotHost(): SnapshotHost {
    const meta = this.#data?.tablet.meta;
    return {
      state: this.#state,
      regionId: this.#args.regionId,
      peerId: this.#args.peerId,
      epoch: meta?.region.epoch,
      appliedIndex: meta?.appliedIndex ?? 0,
      owesChildren: this.#data?.upkeep.owesChildren ?? false,
    };
  }

  #nextName(): { regionId: number; life: number; generation: number } {
    this.#lastGeneration += 1;
    const { regionId, life } = this.#args;
    return { regionId, life, generation: this.#lastGeneration };
  }

  #copyDirectory(transfer: number): string | undefined {
    const { tabletDirectory, engine } = this.#args.config;
    if (engine !== "lmdb" || tabletDirectory === undefined) return undefined;
    const { disk } = this.#context.environment;
    return disk.join(tabletDirectory, copyName(this.#args.life, transfer));
  }

  // ---- the end --------------------------------------------------------------------------------------

  #onTombstoneOrder(order: RegionMail): void {
    const own = this.#data?.tablet.meta.region.epoch ?? this.#args.epoch;
    if (order.to !== this.#args.peerId) return this.#count("order for another peer");
    if (order.epoch.confVer <= own.confVer) return this.#count("order that knows less");
    this.#remove("told that it was removed", order.epoch);
  }

  /** Asked of PD when nobody leads for long: the group may have gone on without this replica. */
  #askWhetherRemoved(): void {
    const { config, regionId, peerId } = this.#args;
    const ask = { kind: "region-by-id" as const, regionId };
    this.#work.ask(config.pd, ask, { timeoutMs: PD_TIMEOUT_MS }, (outcome) => {
      this.#leaderlessTicks = 0;
      const region = outcome.kind === "reply" ? outcome.value?.region : undefined;
      const own = this.#data?.tablet.meta.region.epoch ?? this.#args.epoch;
      if (region === undefined || region.epoch.confVer <= own.confVer) return;
      if (!isMemberOf(region, peerId))
        this.#remove("unknown to the placement driver", region.epoch);
    });
  }

  /** From here on nothing is taken but what the end itself needs. The registry writes the tombstone. */
  #remove(why: string, epoch: RegionEpoch): void {
    if (this.#phase === "removing") return;
    this.#phase = "removing";
    this.#count(`removing: ${why}`);
    this.#sender.abortAll("removing");
    if (this.#incoming === undefined) this.#receiver.abandon();
    this.#service.abandonAll();
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

  #send(mail: RegionMail, payload?: Payload): void {
    const options = payload === undefined ? {} : { payload };
    this.#context.tell(this.#args.gate, { kind: "send", mail }, options);
  }

  #sendOrder(to: { readonly id: PeerId; readonly storeId: StoreId }): void {
    this.#send({ ...this.#headTo(to), kind: "tombstone-order" });
  }

  #headTo(to: { readonly id: PeerId; readonly storeId: StoreId }): RegionMailHead {
    return {
      regionId: this.#args.regionId,
      fromStore: this.#args.config.storeId,
      toStore: to.storeId,
      from: this.#args.peerId,
      to: to.id,
      epoch: this.#data?.tablet.meta.region.epoch ?? NO_EPOCH,
    };
  }

  #status(): PeerStatus {
    const tablet = this.#data?.tablet;
    return {
      state: this.#state,
      raft: this.#core?.driver.node.status(),
      region: tablet?.meta.region,
      appliedIndex: tablet?.meta.appliedIndex ?? 0,
      durableIndex: tablet?.durableIndex ?? 0,
      truncatedIndex: this.#core?.storage.base.index ?? 0,
      logBytes: this.#core?.storage.bytes ?? 0,
      approximateSizeBytes: tablet?.approximateSizeBytes ?? 0,
      isUntrimmed: tablet?.meta.isUntrimmed ?? false,
      sendingSnapshots: this.#sender.count,
      receiving: this.#receiver.receiving,
      counts: Object.fromEntries(this.#counts),
    };
  }

  #mustCore(): Core {
    assert(this.#core !== undefined, "a replica that has not been opened");
    return this.#core;
  }

  #mustData(): Data {
    assert(this.#data !== undefined, "a replica without data");
    return this.#data;
  }

  #count(what: string): void {
    this.#counts.set(what, (this.#counts.get(what) ?? 0) + 1);
  }
}

function isMemberOf(region: Region, peerId: PeerId): boolean {
  return region.peers.some(({ id }) => id === peerId);
}

/** A candidate that its group has removed: it does not know, and asks on. */
function isFromRemoved(mail: RegionMail & { kind: "raft" }, region: Region): boolean {
  const { type } = mail.message;
  if (type !== "MsgVote" && type !== "MsgPreVote") return false;
  const knowsLess = mail.epoch.confVer > 0 && mail.epoch.confVer < region.epoch.confVer;
  return knowsLess && !isMemberOf(region, mail.from);
}

export const peerActor = defineActor<PeerMail, PeerArgs>({
  url: import.meta.url,
  name: "peerActor",
  create: (context, args) => new PeerActor(context, args),
});
