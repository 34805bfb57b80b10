// One lane out of this thread with what could not be put into it yet. Order is kept: while anything waits
// in the overflow, what comes later waits behind it.
import { type Body, NO_BODY } from "../codec/body.ts";
import type { RecordWriter } from "../codec/record-writer.ts";
import type { KernelRecord } from "../kernel/record.ts";
import type { LaneWriter } from "../lane/lane-writer.ts";
import { OverflowList } from "../lane/overflow-list.ts";

type Waiting = { readonly record: KernelRecord; readonly body: Body };

/** What an entry costs beside its body. */
const ENTRY_BYTES = 128;

export class LaneSender {
  readonly lane: LaneWriter;
  readonly #to: number;
  readonly #writer: RecordWriter;
  readonly #overflow: OverflowList<Waiting>;

  /** @param overflowBytesMax Of user mail. System mail is bounded by the calls that cause it. */
  constructor(lane: LaneWriter, to: number, writer: RecordWriter, overflowBytesMax: number) {
    this.lane = lane;
    this.#to = to;
    this.#writer = writer;
    this.#overflow = new OverflowList(overflowBytesMax);
  }

  get isBlocked(): boolean {
    return !this.#overflow.isEmpty;
  }

  get overflowBytes(): number {
    return this.#overflow.bytes;
  }

  /** Refuses nothing but user mail. @param body May be scratch: it is copied if it has to wait. */
  send(record: KernelRecord, body: Body): "ok" | "paused" | "lane-full" {
    if (this.#overflow.isEmpty && this.#writer.write(this.lane, this.#to, record, body))
      return "ok";
    const copy = Uint8Array.prototype.slice.call(body.bytes, body.start, body.end);
    const waiting = {
      record,
      body: { ...NO_BODY, bytes: copy, end: copy.length, layout: body.layout, isFlat: body.isFlat },
    };
    const sizeBytes = ENTRY_BYTES + copy.length;
    if (record.kind === "mail")
      return this.#overflow.push(waiting, sizeBytes) ? "paused" : "lane-full";
    this.#overflow.pushAnyway(waiting, sizeBytes);
    // With room in the lane it is blocks that are missing: they may lie in the mailbox of whoever answers here,
    // who has to go on to give them back.
    return this.lane.hasRoom(this.lane.recordBytesMax) ? "ok" : "paused";
  }

  /** Moves what waits into the lane. @returns True when nothing waits any more. */
  flush(): boolean {
    return this.#overflow.drain(({ record, body }) =>
      this.#writer.write(this.lane, this.#to, record, body),
    );
  }

  /** The lane will not carry these. */
  takeWaiting(): KernelRecord[] {
    return this.#overflow.takeAll().map(({ record }) => record);
  }
}
