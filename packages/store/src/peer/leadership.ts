// What a replica does because it leads: it reports the region to the placement driver, carries out its
// orders, splits a region that has grown, and reminds removed peers until they confirm that they are
// gone. All of it is asked for again and again, so nothing here needs to be durable of its own.
// Invariant: nobody is told of the region's last change before a majority of the region has said that it knows
// of it. Those who said so may not have written it down yet: they do with their next tick.

import {
  type Key,
  type PdMail,
  type PdOrder,
  type PeerId,
  type Region,
  type RegionHeartbeat,
  type StoreId,
  sameEpoch,
} from "@multiraft/pd/protocol";
import { type Address, assert, unreachable } from "@multiraft/runtime";
import { type Command, encodeCommand } from "../operation/command.ts";
import {
  type ConfChangeSingle,
  type LogIndex,
  makeConfChange,
  NO_INDEX,
  type RaftNode,
} from "../raft/index.ts";
import { type MembershipChange, refuseMembership } from "../region/membership.ts";
import { refuseSplit } from "../region/split.ts";
import type { Tablet } from "../tablet/tablet.ts";
import type { AsyncWork } from "./async-work.ts";
import type { ClientReply } from "./client-request.ts";
import { Followers } from "./followers.ts";
import type { PeerMail } from "./peer-mail.ts";
import { RegionReports } from "./region-reports.ts";
import { Reminders } from "./reminders.ts";
import type { PeerTuning } from "./tuning.ts";

export type LeadershipHost = {
  readonly self: Address<PeerMail>;
  readonly peerId: PeerId;
  readonly node: RaftNode;
  readonly tablet: Tablet;
  readonly pd: Address<PdMail>;
  readonly tell: (mail: PdMail) => void;
  readonly sendTo: (
    to: { readonly id: PeerId; readonly storeId: StoreId },
    kind: "tombstone-order",
  ) => void;
  /** Proposes; undefined when it was taken. */
  readonly propose: (command: Command) => ClientReply | undefined;
};

type SplitWaiter = (reply: ClientReply) => void;

/** Ticks between reminders to one removed peer. */
const REMIND_TICKS = 10;
/** Ticks between looks at the region's size. */
const SIZE_CHECK_TICKS = 5;
const PD_TIMEOUT_MS = 5_000;

export class Leadership {
  readonly #host: LeadershipHost;
  readonly #work: AsyncWork<PeerMail>;
  readonly #tuning: PeerTuning;
  readonly #followers: Followers;
  readonly #reports: RegionReports;
  readonly #reminders: Reminders;
  #ticks = 0;
  #isAskingForSplit = false;
  /** Applied when the region was found large, and in no two halves: that is not looked for again. */
  #indivisibleIndex: LogIndex = NO_INDEX;
  /** Who was removed has not been told yet. */
  #owesOrders = false;

  constructor(host: LeadershipHost, work: AsyncWork<PeerMail>, tuning: PeerTuning) {
    this.#host = host;
    this.#work = work;
    this.#tuning = tuning;
    const { pd, sendTo, propose, tablet, node, peerId } = host;
    this.#followers = new Followers(peerId, node, () => tablet.meta.region, tuning);
    this.#reports = new RegionReports(
      {
        isLeader: () => node.isLeader,
        mayChangeMembership: () => node.mayChangeMembership,
        report: (pendingPeers) => this.#report(pendingPeers),
        tell: (report) => host.tell(report),
        ask: (report, answered) => this.#askPd(report, answered),
      },
      this.#followers,
      tuning,
    );
    const removedPeers = () => tablet.meta.removedPeers;
    this.#reminders = new Reminders({ pd, sendTo, propose, removedPeers }, work);
  }

  /** It leads, and a majority of the region knows of the last change. */
  get mayTellOfChange(): boolean {
    return this.#host.node.isLeader && this.#followers.isChangeShared;
  }

  /** The leader or its replicas changed: the driver hears of it as soon as it may. */
  changed(): void {
    this.#followers.changed();
    this.#reports.changed();
  }

  /** The region changed, which this replica cannot forget any more. Whoever was removed is told when he may be. */
  regionChanged(): void {
    this.changed();
    this.#owesOrders = true;
  }

  heard(from: PeerId): void {
    this.#followers.heard(from);
  }

  onTick(): void {
    this.#ticks += 1;
    this.#followers.tick();
    this.#reports.tick();
    if (!this.#host.node.isLeader) return;
    if (this.#ticks % REMIND_TICKS === 0 && this.#followers.isChangeShared)
      this.#reminders.remind();
    if (this.#ticks % SIZE_CHECK_TICKS === 0) this.#splitIfLarge();
  }

  onTurnEnd(): void {
    this.#orderAway();
    this.#reports.turnEnd();
  }

  /** Who leads next finds them in the list, and reminds them. */
  #orderAway(): void {
    if (!this.#owesOrders) return;
    const { isLeader } = this.#host.node;
    if (isLeader && !this.#followers.isChangeShared) return;
    this.#owesOrders = false;
    if (isLeader) this.#reminders.order();
  }

  onOrder(order: PdOrder): void {
    const { region } = this.#host.tablet.meta;
    if (!this.#host.node.isLeader || !sameEpoch(order.epoch, region.epoch)) return;
    const { step } = order;
    switch (step.kind) {
      case "add-learner":
      case "promote-learner":
      case "remove-peer":
        return this.#proposeMembership(region, step);
      case "transfer-leader":
        return this.#host.node.transferLeader(step.toPeerId);
      case "split":
        return this.split(step.keys, () => undefined);
      default:
        unreachable(step);
    }
  }

  onConfirmed(peerId: PeerId): void {
    if (!this.#host.node.isLeader) return;
    this.#reminders.confirmed(peerId);
  }

  /** Cuts the region at `keys`, or in the middle of its data; `done` is told how it went. */
  split(keys: readonly Key[], done: SplitWaiter): void {
    const { tablet, node } = this.#host;
    const { region } = tablet.meta;
    const at = keys.length > 0 ? keys : middleOf(tablet);
    if (at.length === 0) return done({ kind: "refused", reason: "nothing to split" });
    if (this.#isAskingForSplit) return done({ kind: "busy", reason: "split under way" });
    if (!node.isLeader) return done({ kind: "not-leader", leader: undefined });
    this.#isAskingForSplit = true;
    const ask = {
      kind: "ask-split" as const,
      regionId: region.id,
      epoch: region.epoch,
      peerCount: region.peers.length,
      newRegionCount: at.length,
    };
    this.#work.ask(this.#host.pd, ask, { timeoutMs: PD_TIMEOUT_MS }, (outcome) => {
      this.#isAskingForSplit = false;
      if (outcome.kind === "failed") return done({ kind: "busy", reason: outcome.reason });
      if (outcome.value.kind === "refused")
        return done({ kind: "refused", reason: outcome.value.reason });
      const { ids } = outcome.value;
      const cuts = at.map((key, i) => {
        const given = ids[i];
        assert(given !== undefined, "fewer ids than cuts");
        return { key, regionId: given.regionId, peerIds: given.peerIds };
      });
      this.#proposeSplit(region, cuts, done);
    });
  }

  #proposeSplit(
    region: Region,
    cuts: Extract<Command, { kind: "split" }>["cuts"],
    done: SplitWaiter,
  ): void {
    const refusal = refuseSplit(region, cuts);
    if (refusal !== undefined) return done({ kind: "refused", reason: refusal });
    const answer = this.#host.propose({ kind: "split", epoch: region.epoch, cuts });
    done(answer ?? { kind: "written" });
  }

  #proposeMembership(region: Region, change: MembershipChange): void {
    const { tablet, node, peerId } = this.#host;
    if (refuseMembership(region, tablet.meta.removedPeers, change) !== undefined) return;
    // A leader does not remove itself: it would take its last words with it. PD moves it first.
    if (change.kind === "remove-peer" && change.peerId === peerId) return;
    // Who is needed stays; the driver orders it again, and knows better by then.
    if (change.kind === "remove-peer" && !this.#followers.canDoWithout(change.peerId)) return;
    const context = encodeCommand({ kind: "membership", epoch: region.epoch, change });
    node.proposeConfChange(makeConfChange([confChangeFor(change)], "auto", context));
  }

  #askPd(report: RegionHeartbeat, answered: (isAccepted: boolean) => void): void {
    this.#work.ask(this.#host.pd, report, { timeoutMs: PD_TIMEOUT_MS }, (outcome) =>
      answered(outcome.kind === "reply" && outcome.value.isAccepted),
    );
  }

  #report(pendingPeers: readonly PeerId[]): RegionHeartbeat {
    const { tablet, node, peerId, self } = this.#host;
    return {
      kind: "region-heartbeat",
      region: tablet.meta.region,
      leader: peerId,
      term: node.term,
      pendingPeers,
      downPeers: this.#followers.down(),
      approximateSizeBytes: tablet.approximateSizeBytes,
      approximateKeys: tablet.approximateKeys,
      orders: self,
    };
  }

  /** Nobody waits for anything that a leader does by and by, and the driver knows all that it would be told. */
  get isGroupAtRest(): boolean {
    const { node, tablet } = this.#host;
    if (!node.isLeader || this.#owesOrders || this.#isAskingForSplit) return false;
    if (tablet.meta.removedPeers.length > 0 || !this.#followers.isGroupAtRest) return false;
    return this.#reports.isUpToDate && !this.#isToBeSplit;
  }

  /** Ticks begin again. */
  woke(): void {
    this.#followers.woke();
  }

  #splitIfLarge(): void {
    const { tablet } = this.#host;
    if (tablet.meta.isUntrimmed || this.#isAskingForSplit || !this.#isToBeSplit) return;
    const middle = middleOf(tablet);
    if (middle.length > 0) this.split(middle, () => undefined);
    else this.#indivisibleIndex = tablet.meta.appliedIndex;
  }

  /** A region of one long value stays large, and may sleep once that is known. */
  get #isToBeSplit(): boolean {
    const { tablet } = this.#host;
    const isLarge = tablet.approximateSizeBytes > this.#tuning.regionSizeBytes;
    return isLarge && tablet.meta.appliedIndex !== this.#indivisibleIndex;
  }
}

function middleOf(tablet: Tablet): Key[] {
  const key = tablet.middleKey();
  return key === undefined ? [] : [key];
}

function confChangeFor(change: MembershipChange): ConfChangeSingle {
  switch (change.kind) {
    case "add-learner":
      return { type: "add-learner-node", nodeId: change.peer.id };
    case "promote-learner":
      return { type: "add-node", nodeId: change.peerId };
    case "remove-peer":
      return { type: "remove-node", nodeId: change.peerId };
  }
}
