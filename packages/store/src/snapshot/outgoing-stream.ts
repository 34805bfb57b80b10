// Pieces on their way out, in a window: paced by the governor, acknowledged one by one. The owner
// says how a piece is addressed; this file knows nothing of who receives it.
import { type ActorContext, assert, type Held, type Payload } from "@multiraft/runtime";
import type { AsyncWork } from "../peer/async-work.ts";
import type { PeerMail } from "../peer/peer-mail.ts";
import type { PeerTuning } from "../peer/tuning.ts";
import type { StreamChunk } from "../transport/region-mail.ts";
import { checksumOf, readChunkJob } from "./file-jobs.ts";
import type { Slot } from "./slot.ts";
import type { Piece, StreamSource } from "./stream-source.ts";

/**
 * What a stream leaves of its thread's shared memory: an append to the log of any size. Whoever waits for a commit
 * looks for memory with each tick only, and streams, which look more often, would always be first.
 */
const LOG_ROOM_BYTES = 1024 * 1024;
/** How long to wait for slabs to come back when the arena is exhausted. */
const ARENA_RETRY_MS = 5;

export type OutgoingEvents = {
  send(chunk: StreamChunk, payload: Payload): void;
  /** Every piece was sent and acknowledged. */
  drained(chunks: number): void;
  failed(reason: string): void;
};

type WaitingPiece = { readonly piece: Piece; isPaid: boolean };

export class OutgoingStream {
  readonly source: StreamSource;
  readonly #context: ActorContext<PeerMail>;
  readonly #work: AsyncWork<PeerMail>;
  readonly #slot: Slot | undefined;
  readonly #tuning: PeerTuning;
  readonly #events: OutgoingEvents;
  readonly #held: Held;
  /** Sent or being read, not acknowledged. */
  readonly #inFlight = new Set<number>();
  #sequence = 0;
  #isExhausted = false;
  /** Cut from the source, in order: for its grant or for memory. */
  readonly #waiting: WaitingPiece[] = [];
  /** Memory is exhausted; it is looked for again soon. */
  #isRetrying = false;
  #isOver = false;
  sentBytes = 0;

  /** @param slot What bytes are asked for with; undefined where nobody is held back: copies within a store, a full pace. */
  constructor(
    context: ActorContext<PeerMail>,
    work: AsyncWork<PeerMail>,
    slot: Slot | undefined,
    tuning: PeerTuning,
    source: StreamSource,
    events: OutgoingEvents,
  ) {
    this.#context = context;
    this.#work = work;
    this.#slot = slot;
    this.#tuning = tuning;
    this.source = source;
    this.#events = events;
    this.#held = context.lease.hold("outgoing stream", () => source.close());
  }

  /** Separate from construction: an empty source is drained at once, and its owner must know it. */
  start(): void {
    this.#pump();
  }

  onAck(sequence: number): void {
    if (this.#isOver || !this.#inFlight.delete(sequence)) return;
    this.#pump();
  }

  /** All that was sent is acknowledged, and the next piece waits for its grant: nobody will hear of it. */
  get isHeldBack(): boolean {
    return !this.#isOver && this.#inFlight.size === 0 && this.#waiting[0]?.isPaid === false;
  }

  /** Harmless when repeated. */
  close(): void {
    this.#isOver = true;
    this.#held.release();
  }

  #pump(): void {
    while (!this.#isOver && !this.#isExhausted && this.#underWay < this.#tuning.chunkWindow)
      this.#cut();
    const isDrained = this.#isExhausted && this.#underWay === 0;
    if (isDrained && !this.#isOver) this.#events.drained(this.#sequence);
  }

  get #underWay(): number {
    return this.#waiting.length + this.#inFlight.size;
  }

  #cut(): void {
    const piece = this.source.next(this.#tuning.chunkBytes);
    if (piece === undefined) {
      this.#isExhausted = true;
      return;
    }
    const waiting = { piece, isPaid: this.#slot === undefined };
    this.#waiting.push(waiting);
    if (this.#slot === undefined) this.#loadPaid();
    else this.#pay(waiting, this.#slot);
  }

  /** For all pieces of the window at once: a grant that each waited for alone would set the pace. */
  #pay(waiting: WaitingPiece, slot: Slot): void {
    slot.takeBytes(lengthOf(waiting.piece), (failure) => {
      if (this.#isOver) return;
      if (failure !== undefined) return this.#fail(`no grant: ${failure}`);
      waiting.isPaid = true;
      this.#loadPaid();
    });
  }

  /** In the order in which they were cut. */
  #loadPaid(): void {
    if (this.#isOver || this.#isRetrying) return;
    for (let first = this.#waiting[0]; first?.isPaid === true; first = this.#waiting[0]) {
      const payload = this.#allocate(lengthOf(first.piece));
      if (payload === undefined) return this.#retryLater();
      this.#waiting.shift();
      this.#load(first.piece, payload);
    }
  }

  #allocate(byteLength: number): Payload | undefined {
    const room = this.#context.allocatePayload(LOG_ROOM_BYTES);
    if (room === undefined) return undefined;
    const payload = this.#context.allocatePayload(byteLength);
    room.release();
    return payload;
  }

  #retryLater(): void {
    this.#isRetrying = true;
    this.#work.after("arena", ARENA_RETRY_MS, () => {
      this.#isRetrying = false;
      this.#loadPaid();
    });
  }

  #load(piece: Piece, payload: Payload): void {
    const sequence = this.#sequence;
    this.#sequence += 1;
    this.#inFlight.add(sequence);
    if (piece.kind === "file") return this.#read(piece, sequence, payload);
    piece.pairs.writeTo(payload.bytes);
    const checksum = checksumOf(payload.bytes);
    this.#send({ sequence, file: "", offsetBytes: 0, checksum, isPairs: true }, payload);
  }

  #read(piece: Piece & { kind: "file" }, sequence: number, payload: Payload): void {
    const { path, file, offsetBytes, head } = piece;
    let owned: Payload | undefined = payload;
    const held = this.#context.lease.hold("piece being read", () => owned?.release());
    this.#work.job(readChunkJob, { path, offsetBytes, head, into: payload.bytes }, (outcome) => {
      const isRead = outcome.kind === "done" && !this.#isOver;
      // Ownership passes to the message: the hold ends without releasing the bytes.
      if (isRead) owned = undefined;
      held.release();
      if (isRead)
        this.#send(
          { sequence, file, offsetBytes, checksum: outcome.value, isPairs: false },
          payload,
        );
      else if (!this.#isOver) this.#fail("the copy could not be read");
    });
  }

  #send(chunk: StreamChunk, payload: Payload): void {
    assert(this.#inFlight.has(chunk.sequence), "a piece was sent twice");
    this.sentBytes += payload.bytes.byteLength;
    this.#events.send(chunk, payload);
  }

  #fail(reason: string): void {
    this.close();
    this.#events.failed(reason);
  }
}

function lengthOf(piece: Piece): number {
  return piece.kind === "file" ? piece.lengthBytes : piece.pairs.byteLength;
}
