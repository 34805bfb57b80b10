// What a thread has to do with all others: it carries the kernel's records out through lanes, takes in what
// others sent, and lets go of a thread that died without losing count of what was under way.

import type { AnyAddress } from "../actor/address.ts";
import type { MessageShape } from "../actor/definition.ts";
import { toErrorData } from "../actor/error-data.ts";
import type { AnyLayout } from "../actor/layout.ts";
import type { Body } from "../codec/body.ts";
import { copyRecord } from "../codec/copy-record.ts";
import { LayoutBook } from "../codec/layout-book.ts";
import { MessageCodec } from "../codec/message-codec.ts";
import { type DeliverPlain, RecordReader } from "../codec/record-reader.ts";
import { RecordWriter } from "../codec/record-writer.ts";
import type { Outbound, SendResult } from "../kernel/outbound.ts";
import { type KernelRecord, plainMail } from "../kernel/record.ts";
import type { LaneReader } from "../lane/lane-reader.ts";
import type { Block } from "../lane/slab-arena.ts";
import { ArenaView } from "../lane/slab-layout.ts";
import { SlabStore } from "../lane/slab-store.ts";
import { type LinkEnd, type PeerIdentity, PeerLink } from "./peer-link.ts";
import type { ThreadBoard } from "./thread-board.ts";

/** Records that one drain takes from all mail lanes: what a turn can handle of small mail, so that lanes push back. */
const DRAIN_RECORDS_MAX = 4_096;

/** Made visible at once beyond this: the receiver starts while the sender still writes. */
const PUBLISH_BYTES = 8 * 1_024;

export type Deliver = (record: KernelRecord) => void;

export type ExchangeOptions = {
  readonly thread: number;
  readonly board: ThreadBoard;
  /** The arena of this thread. */
  readonly arena: ArenaView;
  readonly overflowBytesMax: number;
  /** Something was written that nobody can see before `flush`: said once between two of them. */
  readonly onUnpublished: () => void;
};

export class Exchange implements Outbound {
  readonly slabs: SlabStore;
  /** Those that the actors of this thread have named, and those they used. */
  readonly layouts = new LayoutBook();
  readonly #thread: number;
  readonly #board: ThreadBoard;
  readonly #overflowBytesMax: number;
  readonly #onUnpublished: () => void;
  readonly #codec = new MessageCodec();
  readonly #writer: RecordWriter;
  readonly #reader: RecordReader;
  readonly #byThread: (PeerLink | undefined)[] = [];
  #links: PeerLink[] = [];
  /** Mail of this thread to itself, for kernels that want even that encoded. */
  #loopback: KernelRecord[] = [];
  #firstLink = 0;
  #isUnpublished = false;

  constructor({ thread, board, arena, overflowBytesMax, onUnpublished }: ExchangeOptions) {
    this.#thread = thread;
    this.#board = board;
    this.#overflowBytesMax = overflowBytesMax;
    this.#onUnpublished = onUnpublished;
    this.slabs = new SlabStore(arena, {
      giveBack: (home, block) => this.#giveBack(home, block),
      collect: () => this.collect(),
      freed: () => this.#noteFreed(),
    });
    this.#writer = new RecordWriter(this.#codec, this.layouts, this.slabs);
    this.#reader = new RecordReader(this.#codec, this.layouts, this.slabs);
  }

  get links(): readonly PeerLink[] {
    return this.#links;
  }

  hasLink(thread: number): boolean {
    return thread === this.#thread || this.#byThread[thread] !== undefined;
  }

  /** From here on mail may go there and come from there. */
  addLink(end: LinkEnd): PeerLink {
    const link = new PeerLink(end, this.#writer, this.#overflowBytesMax);
    this.#byThread[link.thread] = link;
    this.#links = [...this.#links, link];
    this.slabs.addArena(link.arena);
    return link;
  }

  /** A thread that had died before this one was born; `bury` ends it here as for all others. */
  addUnburied({ thread, arena }: PeerIdentity): void {
    this.slabs.addArena(new ArenaView(arena.id, thread, arena.memory));
    this.slabs.retireArena(arena.id);
  }

  send(thread: number, record: KernelRecord): SendResult {
    if (thread === this.#thread) return this.#sendToSelf(record);
    const link = this.#byThread[thread];
    if (link === undefined) return "thread-dead";
    const body = this.#encodeBody(thread, record);
    this.#noteUnpublished();
    const sender = isUrgent(record) ? link.system : link.mail;
    const result = sender.send(record, body);
    const isDue = payloadBytes(record) + sender.lane.unpublishedBytes >= PUBLISH_BYTES;
    if (result !== "ok" || isDue) this.#publish(link);
    return result;
  }

  sendPlain(
    thread: number,
    from: AnyAddress,
    to: AnyAddress,
    message: MessageShape,
    layout: AnyLayout | undefined,
  ): SendResult {
    const sender = this.#byThread[thread]?.mail;
    if (sender === undefined) return this.send(thread, plainMail(from, to, message, layout));
    const body = this.#writer.encodePlain(message, layout);
    if (sender.isBlocked || !this.#writer.writePlain(sender.lane, to, from, body))
      return this.send(thread, plainMail(from, to, message, layout));
    this.#noteUnpublished();
    if (sender.lane.unpublishedBytes >= PUBLISH_BYTES) this.#publishTo(thread);
    return "ok";
  }

  /**
   * Takes in what others sent, system mail first. @returns Records delivered.
   * @param deliverPlain For mail that needs no record; where it is missing `deliver` gets one.
   */
  drain(deliver: Deliver, deliverPlain?: DeliverPlain): number {
    let count = this.#drainLoopback(deliver);
    const links = this.#links;
    this.collect();
    for (const link of links) {
      count += this.#drainLane(link, link.systemIn, deliver, Infinity);
    }
    const share = Math.ceil(DRAIN_RECORDS_MAX / Math.max(1, links.length));
    for (let index = 0; index < links.length; index += 1) {
      const link = links[(this.#firstLink + index) % links.length];
      if (link !== undefined)
        count += this.#drainLane(link, link.mailIn, deliver, share, deliverPlain);
    }
    this.#firstLink = links.length === 0 ? 0 : (this.#firstLink + 1) % links.length;
    return count;
  }

  /** Takes back the blocks that others have released. */
  collect(): void {
    for (const link of this.#links) {
      const hasTaken = link.collect((block) => this.slabs.takeBack(block));
      // Blocks that found no room in the lane may be what the other waits with.
      if (hasTaken && this.#board.wantsRoom(link.thread)) this.wake(link.thread);
    }
  }

  /** A look at all lanes without taking anything. */
  hasMail(): boolean {
    return this.#loopback.length > 0 || this.#links.some((link) => link.hasMail());
  }

  /** True while something waits for room in a lane or in the arena. */
  get isBlocked(): boolean {
    for (const link of this.#links) if (link.isBlocked) return true;
    return false;
  }

  /** Moves what waits and makes everything visible. @param drained Told of each lane that is free again. */
  flush(drained: (thread: number) => void): void {
    this.#isUnpublished = false;
    for (const link of this.#links) {
      const wasBlocked = link.mail.isBlocked || link.system.isBlocked;
      if (wasBlocked && link.system.flush() && link.mail.flush()) drained(link.thread);
      link.flushReturns();
      this.#publish(link);
    }
  }

  /** Ends the sleep of a thread. */
  wake(thread: number): void {
    if (this.#board.claimWake(thread)) this.#byThread[thread]?.doorbell.postMessage(0);
  }

  /**
   * `thread` is dead: takes in what it had sent, and lets go of the link.
   * @returns What was still to go there and will not, and word of actors that nobody there has heard.
   */
  detach(thread: number, deliver: Deliver): KernelRecord[] {
    const link = this.#byThread[thread];
    if (link === undefined) return [];
    link.collect((block) => this.slabs.takeBack(block));
    this.#drainLane(link, link.systemIn, deliver, Infinity);
    this.#drainLane(link, link.mailIn, deliver, Infinity);
    link.publish();
    this.slabs.retireArena(link.arena.id);
    this.#byThread[thread] = undefined;
    this.#links = this.#links.filter((other) => other !== link);
    link.doorbell.close();
    return [...this.#unheard(link), ...link.system.takeWaiting(), ...link.mail.takeWaiting()];
  }

  /**
   * Actors spawned for lives of a dead thread, whose spawners died before they knew: nobody else knows them.
   * Other system mail was for those lives, and is gone with them.
   */
  #unheard(link: PeerLink): KernelRecord[] {
    const lane = link.unreadSystem();
    lane.refresh();
    const unheard: KernelRecord[] = [];
    for (let offset = lane.next(); offset >= 0; offset = lane.next()) {
      const record = this.#reader.readSpawned(lane.memory, offset);
      if (record !== undefined) unheard.push(record);
    }
    return unheard;
  }

  /** All that others have made visible by now, however much. */
  takeIn(deliver: Deliver): void {
    for (const link of this.#links) {
      this.#drainLane(link, link.systemIn, deliver, Infinity);
      this.#drainLane(link, link.mailIn, deliver, Infinity);
    }
  }

  /**
   * All threads have detached `thread`: nothing of it is under way any more. Mail that names its blocks
   * lies in lanes at most, and is taken in here. @returns Own blocks that it had held.
   */
  bury(thread: number, arenaId: number, deliver: Deliver): number {
    this.takeIn(deliver);
    this.slabs.forgetArena(arenaId);
    return this.slabs.reclaim(thread);
  }

  close(): void {
    for (const link of this.#links) link.doorbell.close();
    this.#links = [];
    this.#byThread.length = 0;
  }

  #encodeBody(thread: number, record: KernelRecord): Body {
    try {
      return this.#writer.encodeBody(record);
    } catch (thrown) {
      this.#answerUnencoded(thread, record, thrown);
      throw thrown;
    }
  }

  /** A reply that cannot be encoded is the replier's mistake: it is thrown at it, but the asker is answered. */
  #answerUnencoded(thread: number, record: KernelRecord, thrown: unknown): void {
    if (record.kind !== "reply") return;
    const failure = { kind: "failed", reason: "error", error: toErrorData(thrown) } as const;
    this.send(thread, { kind: "failure", to: record.to, call: record.call, failure });
  }

  #noteUnpublished(): void {
    if (this.#isUnpublished) return;
    this.#isUnpublished = true;
    this.#onUnpublished();
  }

  #sendToSelf(record: KernelRecord): SendResult {
    this.#noteUnpublished();
    this.#loopback.push(this.#copy(record));
    return "ok";
  }

  /** What another thread would get. */
  #copy(record: KernelRecord): KernelRecord {
    try {
      return copyRecord(this.#codec, record);
    } catch (thrown) {
      this.#answerUnencoded(this.#thread, record, thrown);
      throw thrown;
    }
  }

  #drainLoopback(deliver: Deliver): number {
    if (this.#loopback.length === 0) return 0;
    const records = this.#loopback;
    this.#loopback = [];
    for (const record of records) deliver(record);
    return records.length;
  }

  /** Up to the head it sees at first: a fast sender cannot keep it here. */
  #drainLane(
    link: PeerLink,
    lane: LaneReader,
    deliver: Deliver,
    recordsMax: number,
    deliverPlain?: DeliverPlain,
  ): number {
    if (!lane.refresh()) return 0;
    const releaseBytes = lane.memory.laneBytes / 4;
    let count = 0;
    try {
      while (count < recordsMax) {
        const offset = lane.next();
        if (offset < 0) break;
        count += 1;
        const isDelivered =
          deliverPlain !== undefined && this.#reader.readPlain(lane.memory, offset, deliverPlain);
        if (!isDelivered) deliver(this.#reader.read(lane.memory, offset));
        if (lane.unreleasedBytes >= releaseBytes) lane.release();
      }
    } finally {
      lane.release();
      if (this.#board.wantsRoom(link.thread)) this.wake(link.thread);
    }
    return count;
  }

  #publishTo(thread: number): void {
    const link = this.#byThread[thread];
    if (link !== undefined) this.#publish(link);
  }

  /** A thread that is to end tells nobody anything: its actors may have met what is no failure of theirs. */
  #publish(link: PeerLink): void {
    if (this.#board.isCondemned(this.#thread)) return;
    const news = link.publish();
    const isAwaited = news.mail || (news.returns && this.#board.wantsRoom(link.thread));
    if (isAwaited) this.wake(link.thread);
  }

  /** Also beside a turn: nobody else would look at what waits for room in the arena. */
  #noteFreed(): void {
    if (!this.#isUnpublished && this.isBlocked) this.#noteUnpublished();
  }

  #giveBack(arena: ArenaView, block: Block): void {
    const link = this.#byThread[arena.owner];
    if (link?.arena.id !== arena.id) return;
    link.giveBack(block);
    this.#noteUnpublished();
  }
}

function payloadBytes(record: KernelRecord): number {
  return record.kind === "mail" ? (record.payload?.bytes.length ?? 0) : 0;
}

/** Overtakes mail. What belongs behind the mail of the same sender does not. */
function isUrgent(record: KernelRecord): boolean {
  switch (record.kind) {
    case "mail":
    case "reply":
    case "terminated":
      return false;
    case "stop":
      return record.mode === "now";
    default:
      return true;
  }
}
