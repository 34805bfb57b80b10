// The sleep of one replica. A group in which nothing is left to do stops its ticks and heartbeats, until something
// comes: mail, or word of the gate that a store of the group is silent. The leader asks; who is at rest agrees and
// sleeps; when all have agreed the leader sleeps too. Any of them that wakes wakes the leader, who beats and so
// wakes the others. Invariants: a replica sleeps only while nothing is left for it to do; without ticks only while
// its gate watches over it; its sleep changes nothing in Raft, whose promises need no ticks. Whatever is lost on
// the way of all this, some gate hears too little of another, or somebody's heartbeats go on: both wake.
// TiKV, "hibernate regions", in which a store that is cut off is told to the replicas in the same way.
import type { Peer, PeerId, StoreId } from "@multiraft/pd/protocol";
import { assert } from "@multiraft/runtime";
import type { LogIndex, RaftNode, Term } from "../raft/index.ts";
import type { RegionMail, SleepWord } from "../transport/region-mail.ts";
import type { Place } from "./correspondence.ts";
import type { PeerMail } from "./peer-mail.ts";
import type { PeerTuning } from "./tuning.ts";

export type HibernationHost = {
  /** Undefined while the replica is being opened. */
  readonly node: () => RaftNode | undefined;
  /** Of the region, without the replica itself. */
  readonly others: () => readonly Peer[];
  /** Nothing is left to do, here. */
  readonly isAtRest: () => boolean;
  /** Nor in the group, as its leader knows. */
  readonly isGroupAtRest: () => boolean;
  readonly send: (to: Place, word: SleepWord) => void;
  /** Answered by `watched` with the same number. */
  readonly askToWatch: (sleep: number, stores: readonly StoreId[]) => void;
  /** The gate need not watch any more, and ticks go on. */
  readonly woke: () => void;
  readonly counted: (what: string) => void;
};

type State =
  | { readonly kind: "awake"; idleTicks: number }
  /** Led by this replica, which beats no more meanwhile: a beat would wake who has agreed. */
  | {
      readonly kind: "asking";
      readonly term: Term;
      readonly index: LogIndex;
      readonly waitingFor: Set<PeerId>;
      ticks: number;
    }
  | { readonly kind: "asleep"; isWatched: boolean; ticks: number };

export class Hibernation {
  readonly #host: HibernationHost;
  readonly #tuning: PeerTuning;
  #state: State = { kind: "awake", idleTicks: 0 };
  /** Of this replica as a leader: no answer fits two of its questions. */
  #round = 0;
  /** Which it slept, so that the gate's word for one is not taken for the next. */
  #sleeps = 0;
  /** The last question that was heard, in which term: an older one says nothing of now. */
  #heardRound = { term: 0, round: 0 };
  /** Since it woke; what came before may have been on its way while the leader died. */
  #hasHeardLeader = false;
  #unheardTicks = 0;

  constructor(host: HibernationHost, tuning: PeerTuning) {
    this.#host = host;
    this.#tuning = tuning;
  }

  get isAsleep(): boolean {
    return this.#state.kind === "asleep";
  }

  get needsTicks(): boolean {
    return this.#state.kind !== "asleep" || !this.#state.isWatched;
  }

  get #isOn(): boolean {
    return this.#tuning.hibernateAfterMs > 0;
  }

  /** @returns Whether the tick is one for the replica: those of who sleeps are not. */
  tick(): boolean {
    if (!this.#isOn) return true;
    const state = this.#state;
    switch (state.kind) {
      case "awake":
        this.#tellThatAwake();
        return !this.#fallAsleepIfDue(state);
      case "asking":
        state.ticks += 1;
        if (state.ticks > this.#askTicksMax) this.#wake("not all agreed");
        return false;
      case "asleep":
        if (!state.isWatched) this.#askAgainToWatch(state);
        return false;
    }
  }

  /** Something came in, and is about to be handled. */
  onMail(mail: PeerMail): void {
    if (!this.#isOn) return;
    const leader = this.#host.node()?.leader;
    const isOfLeader = mail.kind === "raft" && mail.from === leader;
    if (this.#state.kind !== "awake") {
      if (isCall(mail)) this.#wake(`by ${mail.kind}`, isOfLeader ? leader : undefined);
    } else if (isWork(mail)) this.#state.idleTicks = 0;
  }

  /** The leader was heard, in its term. */
  heardLeader(): void {
    this.#hasHeardLeader = true;
    this.#unheardTicks = 0;
  }

  /** Whatever it was that came in: who is left with something to do is awake. */
  turnEnd(): void {
    if (this.#state.kind !== "awake" && !this.#host.isAtRest()) this.#wake("something is to do");
  }

  // ---- the leader asks ----------------------------------------------------------------------------

  /** @returns Whether it asks the others, or sleeps. */
  #fallAsleepIfDue(state: State & { kind: "awake" }): boolean {
    const node = this.#host.node();
    if (node?.isLeader !== true || !this.#host.isAtRest() || !this.#host.isGroupAtRest()) {
      state.idleTicks = 0;
      return false;
    }
    state.idleTicks += 1;
    const { tickMs, hibernateAfterMs } = this.#tuning;
    if (state.idleTicks * tickMs < hibernateAfterMs) return false;
    this.#ask(node);
    return true;
  }

  #ask({ term, lastIndex: index }: RaftNode): void {
    this.#round += 1;
    const others = this.#host.others();
    const waitingFor = new Set(others.map(({ id }) => id));
    this.#state = { kind: "asking", term, index, waitingFor, ticks: 0 };
    const question = { kind: "hibernate", term, index, round: this.#round } as const;
    for (const peer of others) this.#host.send(peer, question);
    this.#sleepIfAllAgreed();
  }

  /** Shorter than followers wait for a beat, with the one that was not sent just before. */
  get #askTicksMax(): number {
    const { electionTicks, heartbeatTicks } = this.#tuning;
    return Math.max(1, Math.floor((electionTicks - heartbeatTicks) / 2));
  }

  onAgreed(mail: RegionMail & { kind: "hibernate-agreed" }): void {
    const state = this.#state;
    const isOfNow = state.kind === "asking" && mail.round === this.#round;
    if (!isOfNow || mail.term !== state.term || mail.index !== state.index)
      return this.#host.counted("agreed to an earlier sleep");
    state.waitingFor.delete(mail.from);
    this.#sleepIfAllAgreed();
  }

  #sleepIfAllAgreed(): void {
    const state = this.#state;
    assert(state.kind === "asking", "a sleep that nobody was asked for");
    if (state.waitingFor.size > 0) return;
    const node = this.#host.node();
    const isStillSo = node?.isLeader === true && node.term === state.term;
    if (isStillSo && this.#host.isAtRest()) this.#sleep();
    else this.#wake("something is to do");
  }

  // ---- a follower answers -------------------------------------------------------------------------

  onHibernate(mail: RegionMail & { kind: "hibernate" }): void {
    const node = this.#host.node();
    if (!this.#isOn || node === undefined || !this.#isNewQuestion(mail, node))
      return this.#host.counted("asked to sleep too late");
    this.#heardRound = { term: mail.term, round: mail.round };
    const isAsleep = this.#state.kind === "asleep";
    const isLevel = node.lastIndex === mail.index && (isAsleep || this.#hasHeardLeader);
    // The leader need not wait for who will not agree.
    if (!isLevel || !this.#host.isAtRest())
      return isAsleep ? this.#wake("asked for another state") : this.#callLeader();
    if (!isAsleep) this.#sleep();
    const { term, index, round, from: id, fromStore: storeId } = mail;
    this.#host.send({ id, storeId }, { kind: "hibernate-agreed", term, index, round });
  }

  /** Of the leader that is followed now, and none that it has asked before: who had died since would be trusted. */
  #isNewQuestion(mail: RegionMail & { kind: "hibernate" }, node: RaftNode): boolean {
    if (node.isLeader || mail.from !== node.leader || mail.term !== node.term) return false;
    const { term, round } = this.#heardRound;
    return mail.term > term || mail.round > round;
  }

  // ---- asleep, and awake again --------------------------------------------------------------------

  #sleep(): void {
    this.#sleeps += 1;
    this.#state = { kind: "asleep", isWatched: false, ticks: 0 };
    this.#host.counted("slept");
    this.#askToWatch();
  }

  #askToWatch(): void {
    const stores = this.#host.others().map(({ storeId }) => storeId);
    this.#host.askToWatch(this.#sleeps, stores);
  }

  #askAgainToWatch(state: State & { kind: "asleep" }): void {
    state.ticks += 1;
    if (state.ticks > this.#tuning.electionTicks) return this.#wake("nobody watches");
    this.#askToWatch();
  }

  onWatched(sleep: number): void {
    if (this.#state.kind === "asleep" && sleep === this.#sleeps) this.#state.isWatched = true;
  }

  /** The gate says why. Who is awake says so once more. */
  onRoused(reason: string): void {
    if (this.#state.kind === "asleep") this.#wake(reason);
    else this.#host.woke();
  }

  /** Another one of the group is awake, or cannot be. */
  onWakeUp(): void {
    if (this.#state.kind === "awake") this.#state.idleTicks = 0;
    else this.#wake("told to");
  }

  /** @param leader Who knows that this replica is awake: its own mail has woken it. */
  #wake(reason: string, leader?: PeerId): void {
    const { kind } = this.#state;
    this.#state = { kind: "awake", idleTicks: 0 };
    this.#hasHeardLeader = false;
    this.#unheardTicks = 0;
    this.#host.counted(`woken: ${reason}`);
    this.#host.node()?.wake();
    this.#host.woke();
    if (kind === "asleep" && leader === undefined) this.#callLeader();
  }

  /**
   * Whoever hears no leader says that it is awake: first to the leader that it knows, who may sleep, then to all, as
   * one that was opened again knows none. A voter would be heard as a candidate; a learner would not.
   */
  #tellThatAwake(): void {
    const node = this.#host.node();
    if (node === undefined || node.isLeader) return;
    this.#unheardTicks += 1;
    const { heartbeatTicks, electionTicks } = this.#tuning;
    if (this.#unheardTicks % electionTicks === 0) this.#call(this.#host.others());
    else if (this.#unheardTicks % heartbeatTicks === 0 && !this.#hasHeardLeader) this.#callLeader();
  }

  #callLeader(): void {
    const node = this.#host.node();
    if (node === undefined || node.isLeader) return;
    this.#call(this.#host.others().filter(({ id }) => id === node.leader));
  }

  #call(peers: readonly Peer[]): void {
    for (const peer of peers) this.#host.send(peer, { kind: "wake-up" });
  }
}

/** Wakes who sleeps. Answers to what a leader sent before it slept do not: should they change anything, that does. */
function isCall(mail: PeerMail): boolean {
  switch (mail.kind) {
    case "raft":
      return mail.message.type !== "MsgHeartbeatResp" && mail.message.type !== "MsgAppResp";
    case "hibernate":
    case "hibernate-agreed":
    case "wake-up":
    case "rouse":
    case "watched":
    case "log-durable":
    case "peer-status":
    case "peer-content":
    case "tick":
    case "continue":
      return false;
    default:
      return true;
  }
}

/** Beats and their answers are not. */
function isWork(mail: PeerMail): boolean {
  return mail.kind !== "raft" && isCall(mail);
}
