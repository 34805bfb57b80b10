// Everything between this thread and one other: a lane for mail, one for system mail and one for blocks
// that go home, each way, and a doorbell for when the other sleeps.
import type { MessagePort } from "node:worker_threads";
import type { RecordWriter } from "../codec/record-writer.ts";
import { createLane } from "../lane/lane-layout.ts";
import { LaneReader } from "../lane/lane-reader.ts";
import { LaneWriter } from "../lane/lane-writer.ts";
import type { Block } from "../lane/slab-arena.ts";
import { ArenaView } from "../lane/slab-layout.ts";
import { LaneSender } from "./lane-sender.ts";

/** Default size of a lane for mail: some milliseconds of small messages, records up to 32 KiB. */
export const LANE_BYTES = 256 * 1_024;
/** System mail is rare and small. */
const SYSTEM_LANE_BYTES = 32 * 1_024;
const RETURN_LANE_BYTES = 16 * 1_024;
const RETURN_RECORD_BYTES = 12;

/** One direction between two threads. */
export type LaneMemories = {
  readonly mail: SharedArrayBuffer;
  readonly system: SharedArrayBuffer;
  readonly returns: SharedArrayBuffer;
};

export function createLaneMemories(laneBytes: number): LaneMemories {
  return {
    mail: createLane(laneBytes),
    system: createLane(Math.min(laneBytes, SYSTEM_LANE_BYTES)),
    returns: createLane(RETURN_LANE_BYTES),
  };
}

/** One life of a thread, as others are told of it. */
export type PeerIdentity = {
  readonly thread: number;
  readonly arena: { readonly id: number; readonly memory: SharedArrayBuffer };
};

/** What a thread is given of a link; crosses the thread boundary, with a port as its bell. */
export type ThreadLinkEnd = LinkEnd & { readonly doorbell: MessagePort };

export type LinkEnd = {
  readonly peer: PeerIdentity;
  readonly outgoing: LaneMemories;
  readonly incoming: LaneMemories;
  readonly doorbell: Doorbell;
};

/** What is rung when the other may sleep. */
export type Doorbell = Pick<MessagePort, "postMessage" | "close">;

export class PeerLink {
  readonly thread: number;
  readonly arena: ArenaView;
  readonly mail: LaneSender;
  readonly system: LaneSender;
  readonly mailIn: LaneReader;
  readonly systemIn: LaneReader;
  readonly doorbell: Doorbell;
  readonly #systemOut: SharedArrayBuffer;
  readonly #returnsOut: LaneWriter;
  readonly #returnsIn: LaneReader;
  /** Blocks that the full lane could not take; never more than the peer's arena has. */
  #homesick: Block[] = [];

  constructor(end: LinkEnd, writer: RecordWriter, overflowBytesMax: number) {
    const { peer, outgoing, incoming } = end;
    this.thread = peer.thread;
    this.arena = new ArenaView(peer.arena.id, peer.thread, peer.arena.memory);
    this.mail = new LaneSender(
      new LaneWriter(outgoing.mail),
      peer.thread,
      writer,
      overflowBytesMax,
    );
    this.system = new LaneSender(new LaneWriter(outgoing.system), peer.thread, writer, Infinity);
    this.#systemOut = outgoing.system;
    this.mailIn = new LaneReader(incoming.mail);
    this.systemIn = new LaneReader(incoming.system);
    this.#returnsOut = new LaneWriter(outgoing.returns);
    this.#returnsIn = new LaneReader(incoming.returns);
    this.doorbell = end.doorbell;
  }

  get isBlocked(): boolean {
    return this.mail.isBlocked || this.system.isBlocked || this.#homesick.length > 0;
  }

  get overflowBytes(): number {
    return this.mail.overflowBytes + this.system.overflowBytes;
  }

  /** A look at the lanes without taking anything. */
  hasMail(): boolean {
    return this.mailIn.refresh() || this.systemIn.refresh();
  }

  /** The system mail to a dead peer that it has not taken, or in the midst of whose taking it died. */
  unreadSystem(): LaneReader {
    return new LaneReader(this.#systemOut);
  }

  giveBack(block: Block): void {
    if (this.#homesick.length > 0 || !this.#writeReturn(block)) this.#homesick.push(block);
  }

  /** @returns True when there were any. */
  collect(takeBack: (block: Block) => void): boolean {
    if (!this.#returnsIn.refresh()) return false;
    const { words } = this.#returnsIn.memory;
    for (let at = this.#returnsIn.next(); at >= 0; at = this.#returnsIn.next())
      takeBack({ unit: words[(at >> 2) + 1] ?? -1, generation: words[(at >> 2) + 2] ?? -1 });
    this.#returnsIn.release();
    return true;
  }

  flushReturns(): void {
    while (this.#homesick.length > 0) {
      const block = this.#homesick.at(-1);
      if (block === undefined || !this.#writeReturn(block)) return;
      this.#homesick.pop();
    }
  }

  /** Makes everything visible. @returns What the peer has to look at. */
  publish(): { readonly mail: boolean; readonly returns: boolean } {
    const system = this.system.lane.publish();
    const mail = this.mail.lane.publish() || system;
    return { mail, returns: this.#returnsOut.publish() };
  }

  #writeReturn({ unit, generation }: Block): boolean {
    const offset = this.#returnsOut.claim(RETURN_RECORD_BYTES);
    if (offset < 0) return false;
    const { words } = this.#returnsOut.memory;
    words[(offset >> 2) + 1] = unit;
    words[(offset >> 2) + 2] = generation;
    return true;
  }
}
