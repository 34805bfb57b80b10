// Pieces on their way out, in a window: paced by the governor, acknowledged one by one. The owner
// says how a piece is addressed; this file knows nothing of who receives it.
import {
  type ActorContext,
  type Address,
  assert,
  type Held,
  type Payload,
} from "@multiraft/runtime";
import type { AsyncWork } from "../peer/async-work.ts";
import type { PeerMail } from "../peer/peer-mail.ts";
import type { PeerTuning } from "../peer/tuning.ts";
import type { StreamChunk } from "../transport/region-mail.ts";
import { checksumOf, readChunkJob } from "./file-jobs.ts";
import type { GovernorMail } from "./governor-mail.ts";
import type { Piece, StreamSource } from "./stream-source.ts";

/** A grant of bytes that takes longer than this means that the governor is gone. */
const GRANT_TIMEOUT_MS = 600_000;
/** How long to wait for slabs to come back when the arena is exhausted. */
const ARENA_RETRY_MS = 5;

export type OutgoingEvents = {
  send(chunk: StreamChunk, payload: Payload): void;
  /** Every piece was sent and acknowledged. */
  drained(chunks: number): void;
  failed(reason: string): void;
};

export class OutgoingStream {
  readonly source: StreamSource;
  readonly #context: ActorContext<PeerMail>;
  readonly #work: AsyncWork<PeerMail>;
  readonly #governor: Address<GovernorMail> | undefined;
  readonly #tuning: PeerTuning;
  readonly #events: OutgoingEvents;
  readonly #held: Held;
  /** Sent or being read, not acknowledged. */
  readonly #inFlight = new Set<number>();
  #sequence = 0;
  #isExhausted = false;
  /** A piece is waiting for its grant or for memory: pieces keep their order. */
  #isPreparing = false;
  #isOver = false;
  sentBytes = 0;

  /** @param governor Undefined for copies within a store, which nobody paces. */
  constructor(
    context: ActorContext<PeerMail>,
    work: AsyncWork<PeerMail>,
    governor: Address<GovernorMail> | undefined,
    tuning: PeerTuning,
    source: StreamSource,
    events: OutgoingEvents,
  ) {
    this.#context = context;
    this.#work = work;
    this.#governor = governor;
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

  /** Harmless when repeated. */
  close(): void {
    this.#isOver = true;
    this.#held.release();
  }

  #pump(): void {
    if (this.#isOver || this.#isPreparing) return;
    if (this.#isExhausted) {
      if (this.#inFlight.size === 0) this.#events.drained(this.#sequence);
      return;
    }
    if (this.#inFlight.size >= this.#tuning.chunkWindow) return;
    const piece = this.source.next(this.#tuning.chunkBytes);
    if (piece === undefined) {
      this.#isExhausted = true;
      return this.#pump();
    }
    this.#isPreparing = true;
    this.#pay(piece);
  }

  #pay(piece: Piece): void {
    if (this.#governor === undefined) return this.#load(piece);
    const message = { kind: "take-bytes" as const, bytes: lengthOf(piece) };
    this.#work.ask(this.#governor, message, { timeoutMs: GRANT_TIMEOUT_MS }, (outcome) => {
      if (this.#isOver) return;
      if (outcome.kind === "failed") this.#fail(`no grant: ${outcome.reason}`);
      else this.#load(piece);
    });
  }

  #load(piece: Piece): void {
    if (this.#isOver) return;
    const payload = this.#context.allocatePayload(lengthOf(piece));
    if (payload === undefined)
      return this.#work.after("arena", ARENA_RETRY_MS, () => this.#load(piece));
    const sequence = this.#sequence;
    this.#sequence += 1;
    this.#inFlight.add(sequence);
    this.#isPreparing = false;
    if (piece.kind === "file") this.#read(piece, sequence, payload);
    else {
      payload.bytes.set(piece.bytes);
      const checksum = checksumOf(payload.bytes);
      this.#send({ sequence, file: "", offsetBytes: 0, checksum, isPairs: true }, payload);
    }
    this.#pump();
  }

  #read(piece: Piece & { kind: "file" }, sequence: number, payload: Payload): void {
    const { path, file, offsetBytes } = piece;
    let owned: Payload | undefined = payload;
    const held = this.#context.lease.hold("piece being read", () => owned?.release());
    this.#work.job(readChunkJob, { path, offsetBytes, into: payload.bytes }, (outcome) => {
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
  return piece.kind === "file" ? piece.lengthBytes : piece.bytes.byteLength;
}
