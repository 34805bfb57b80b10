// What is between the threads of one simulated machine: the exchanges, lanes and slabs that threads have, over
// the same shared memory. What a thread writes is seen by the others when it publishes, and taken in when
// they drain: each is a step. A thread that dies has lost what it had not published, and what it had not drained.
import type { AnyLayout } from "../actor/layout.ts";
import { assert } from "../assert.ts";
import type { SendResult } from "../kernel/outbound.ts";
import type { KernelRecord } from "../kernel/record.ts";
import { publishedMail } from "../lane/lane-layout.ts";
import { ArenaView, createArenaMemory } from "../lane/slab-layout.ts";
import { Exchange } from "../thread/exchange.ts";
import { createLaneMemories, type LaneMemories, type PeerIdentity } from "../thread/peer-link.ts";
import { createBoardMemory, ThreadBoard } from "../thread/thread-board.ts";
import type { Agenda } from "./agenda.ts";
import type { ManualHost } from "./manual-host.ts";
import type { Pending } from "./pending.ts";
import { TaskStep } from "./step.ts";

/** How much fits between two threads; small values make full lanes an everyday state. */
export type CrossingSizes = {
  readonly laneBytes: number;
  readonly arenaBytes: number;
  readonly overflowBytesMax: number;
};

/** One life of a thread among the others of its machine. */
type Member = {
  readonly host: ManualHost;
  readonly exchange: Exchange;
  readonly identity: PeerIdentity;
  /** By the other's number; of those that it has not let go of. */
  readonly outgoing: Map<number, LaneMemories>;
  /** Mail given to the lane to that number, also what waits for room in it. */
  readonly sentTo: Map<number, number>;
  /** Mail that came out of lanes, and that others still have for it in them. */
  awaited: number;
  isPublishDue: boolean;
  isDrainDue: boolean;
};

const SILENT_BELL = { postMessage: () => undefined, close: () => undefined };

export class Crossing {
  readonly #agenda: Agenda;
  readonly #sizes: CrossingSizes;
  readonly #board = new ThreadBoard(createBoardMemory());
  readonly #members = new Map<ManualHost, Member>();
  readonly #byNumber: (Member | undefined)[] = [];
  /** Of all threads that ever joined. */
  readonly #numbers = new Map<ManualHost, number>();

  constructor(agenda: Agenda, sizes: CrossingSizes) {
    this.#agenda = agenda;
    this.#sizes = sizes;
  }

  /** User mail in lanes, and on its way into them. */
  get mailCount(): number {
    let count = 0;
    for (const { awaited } of this.#members.values()) count += awaited;
    return count;
  }

  /** Bytes of slabs that somebody holds, when all that was released has come home. */
  usedBytes(host: ManualHost): number {
    const exchange = this.#members.get(host)?.exchange;
    exchange?.collect();
    return exchange?.slabs.usedBytes ?? 0;
  }

  join(host: ManualHost): void {
    const thread = this.#byNumber.length;
    const arena = { id: thread + 1, memory: createArenaMemory(this.#sizes.arenaBytes) };
    const identity = { thread, arena };
    const exchange = new Exchange({
      thread,
      board: this.#board,
      arena: new ArenaView(arena.id, thread, arena.memory),
      overflowBytesMax: this.#sizes.overflowBytesMax,
      onUnpublished: () => this.#publishLater(member),
    });
    const [outgoing, sentTo] = [new Map(), new Map()];
    const state = { awaited: 0, isPublishDue: false, isDrainDue: false };
    const member: Member = { host, exchange, identity, outgoing, sentTo, ...state };
    for (const other of this.#members.values()) this.#link(member, other);
    this.#members.set(host, member);
    this.#numbers.set(host, thread);
    this.#byNumber.push(member);
  }

  /** What actors of this definition say travels in these. */
  learn(host: ManualHost, layouts: readonly AnyLayout[]): void {
    this.#member(host).exchange.layouts.add(layouts);
  }

  /** To a thread of this machine, dead or alive: the exchange has to know which. */
  carry(from: ManualHost, to: ManualHost, record: KernelRecord): SendResult {
    const [sender, receiver] = [this.#member(from), this.#members.get(to)];
    const thread = this.#numbers.get(to);
    assert(thread !== undefined, () => `${to.threadName} never was a thread of this machine`);
    const result = sender.exchange.send(thread, record);
    if (receiver === undefined) {
      const isRefused = result === "thread-dead" || sender.outgoing.has(thread);
      assert(isRefused, "a record was written for a thread that has died");
      return result;
    }
    if (record.kind === "mail" && (result === "ok" || result === "paused")) {
      sender.sentTo.set(thread, (sender.sentTo.get(thread) ?? 0) + 1);
      receiver.awaited += 1;
    }
    if (sender.exchange.isBlocked) this.#publishLater(sender);
    this.#drainLater(receiver);
    return result;
  }

  /**
   * The funeral of one thread: everybody takes in what it had published, and lets go of it.
   * @returns Mail that nobody will ever see.
   */
  bury(host: ManualHost): number {
    const dead = this.#member(host);
    const { thread, arena } = dead.identity;
    this.#members.delete(host);
    this.#byNumber[thread] = undefined;
    const others = [...this.#members.values()];
    let lost = dead.awaited;
    for (const other of others) {
      const returned = this.#detach(other, dead);
      lost -= returned;
      const unpublished = this.#unpublished(dead, other.identity.thread);
      other.awaited -= unpublished;
      lost += unpublished;
    }
    for (const other of others) {
      other.exchange.bury(thread, arena.id, (record) => this.#deliver(other, record));
      other.host.kernel.threadDied(host.thread, undefined);
      this.#publishLater(other);
    }
    return lost;
  }

  /** The machine is gone. @returns Mail that was in lanes. */
  abandon(): number {
    const lost = this.mailCount;
    this.#members.clear();
    return lost;
  }

  /** @returns Mail that waited for room in the lane there: its senders learn it. */
  #detach(other: Member, dead: Member): number {
    const { thread } = dead.identity;
    const deliver = (record: KernelRecord): void => this.#deliver(other, record);
    const returned = other.exchange.detach(thread, deliver);
    for (const record of returned) other.host.kernel.returned(record, "thread-dead");
    other.host.kernel.threadDied(dead.host.thread, undefined);
    other.sentTo.delete(thread);
    other.outgoing.delete(thread);
    return returned.filter(({ kind }) => kind === "mail").length;
  }

  #unpublished(dead: Member, to: number): number {
    const lane = dead.outgoing.get(to);
    const published = lane === undefined ? 0 : publishedMail(lane.mail);
    return (dead.sentTo.get(to) ?? 0) - published;
  }

  #link(one: Member, other: Member): void {
    const { laneBytes } = this.#sizes;
    const [to, back] = [createLaneMemories(laneBytes), createLaneMemories(laneBytes)];
    const [doorbell, at] = [SILENT_BELL, one.identity.thread];
    one.exchange.addLink({ peer: other.identity, outgoing: to, incoming: back, doorbell });
    other.exchange.addLink({ peer: one.identity, outgoing: back, incoming: to, doorbell });
    one.outgoing.set(other.identity.thread, to);
    other.outgoing.set(at, back);
  }

  /** What a thread does at the end of a turn. */
  #publishLater(member: Member): void {
    if (member.isPublishDue || !this.#members.has(member.host)) return;
    member.isPublishDue = true;
    this.#addStep(member, "publish", () => {
      member.isPublishDue = false;
      const { exchange, host } = member;
      exchange.flush((number) => {
        const thread = this.#byNumber[number]?.host.thread;
        if (thread !== undefined) host.kernel.laneDrained(thread);
      });
      for (const other of this.#members.values()) if (other !== member) this.#drainLater(other);
    });
  }

  /** What a thread does at the beginning of a turn, when there is anything to see. */
  #drainLater(member: Member): void {
    if (member.isDrainDue || !this.#members.has(member.host)) return;
    if (!member.exchange.hasMail()) return;
    member.isDrainDue = true;
    this.#addStep(member, "drain", () => {
      member.isDrainDue = false;
      member.exchange.drain((record) => this.#deliver(member, record));
      this.#drainLater(member);
      // There is room again in lanes, and blocks have come home.
      for (const other of this.#members.values())
        if (other.exchange.isBlocked) this.#publishLater(other);
    });
  }

  #deliver(member: Member, record: KernelRecord): void {
    if (record.kind === "mail") member.awaited -= 1;
    member.host.deliver(record);
  }

  #addStep({ host }: Member, kind: "publish" | "drain", run: () => void): void {
    const pending: Pending = { ...host.describeThread(), kind };
    this.#agenda.add(new TaskStep(pending, run));
  }

  #member(host: ManualHost): Member {
    const member = this.#members.get(host);
    assert(member !== undefined, () => `${host.name} is no thread of this machine`);
    return member;
  }
}
