// One stream of data on its way in: from a leader's snapshot or from a split's parent. It is built
// under a generation that nobody refers to; whatever becomes of it, `discard` leaves nothing
// behind. Invariants: a piece is written once and only if its checksum holds; the tablet is opened
// only when every piece has been written and synced.
import {
  type ActorContext,
  assert,
  type Disk,
  DiskError,
  type Held,
  type Payload,
} from "@multiraft/runtime";
import type { AsyncWork } from "../peer/async-work.ts";
import type { PeerMail } from "../peer/peer-mail.ts";
import type {
  Tablet,
  TabletBuilder,
  TabletEngine,
  TabletMeta,
  TabletName,
} from "../tablet/tablet.ts";
import type { StreamChunk, StreamFormat } from "../transport/region-mail.ts";
import { checksumOf, syncDirectoryJob, syncFileJob, writeChunkJob } from "./file-jobs.ts";

/** What the owner of a reception is told. */
export type ReceptionEvents = {
  /** The piece is written: the sender's window moves. */
  written(sequence: number): void;
  /** All pieces are durable, and the tablet they make is open; it belongs to the owner now. */
  complete(tablet: Tablet): void;
  failed(reason: "damaged" | "foreign", detail: string): void;
};

type Expected = {
  readonly meta: TabletMeta;
  readonly format: StreamFormat;
  readonly chunks: number;
};

/** So many bytes are worth a sync: a tenth of a second of a slow disk, little of a fast one. */
const SYNC_BYTES = 8 * 1024 * 1024;

export class Reception {
  readonly name: TabletName;
  readonly #work: AsyncWork<PeerMail>;
  readonly #engine: TabletEngine;
  readonly #events: ReceptionEvents;
  readonly #held: Held;
  readonly #disk: Disk;
  readonly #seen = new Set<number>();
  #builder: TabletBuilder | undefined;
  /** Pairs are added in order, one piece at a time. */
  readonly #pairPieces: { readonly sequence: number; readonly payload: Payload }[] = [];
  #isAdding = false;
  readonly #files = new Set<string>();
  #isSyncing = false;
  #unsyncedBytes = 0;
  #written = 0;
  #expected: Expected | undefined;
  #state: "receiving" | "finishing" | "over" = "receiving";
  #kept = false;
  /**
   * Jobs and performs that write under the name: nothing is removed before all of them are back.
   */
  #underWay = 0;
  receivedBytes = 0;

  constructor(
    context: ActorContext<PeerMail>,
    work: AsyncWork<PeerMail>,
    engine: TabletEngine,
    name: TabletName,
    events: ReceptionEvents,
  ) {
    this.#work = work;
    this.#engine = engine;
    this.name = name;
    this.#events = events;
    this.#held = context.lease.hold(`reception ${name.generation}`, () => this.#undo());
    this.#disk = context.environment.disk;
  }

  onChunk(chunk: StreamChunk, payload: Payload | undefined): void {
    if (this.#state !== "receiving" || payload === undefined || this.#seen.has(chunk.sequence)) {
      payload?.release();
      return;
    }
    this.#seen.add(chunk.sequence);
    this.receivedBytes += payload.bytes.byteLength;
    if (chunk.isPairs) this.#takePairs(chunk, payload);
    else this.#takeFilePiece(chunk, payload);
  }

  onEnd(expected: Expected): void {
    if (this.#state !== "receiving") return;
    this.#expected = expected;
    this.#finishIfWritten();
  }

  /** Harmless when repeated, and after the tablet that was handed over is closed. */
  discard(): void {
    this.#state = "over";
    for (const { payload } of this.#pairPieces.splice(0)) payload.release();
    if (this.#underWay === 0) this.#held.release();
  }

  #takeFilePiece(chunk: StreamChunk, payload: Payload): void {
    const directory = this.#engine.directoryOf(this.name);
    if (directory === undefined || chunk.file.includes("/")) {
      payload.release();
      return this.#fail("foreign", `a piece of file ${chunk.file}`);
    }
    const { file, offsetBytes, checksum, sequence } = chunk;
    const failure = this.#makeFile(directory, file);
    if (failure !== undefined) {
      payload.release();
      return this.#fail("damaged", failure);
    }
    const args = { directory, file, offsetBytes, checksum, bytes: payload.bytes };
    this.#underWay += 1;
    this.#work.job(writeChunkJob, args, (outcome) => {
      payload.release();
      if (this.#isBackTooLate()) return;
      if (outcome.kind === "failed") this.#fail("damaged", outcome.error.message);
      else if (outcome.value) {
        this.#syncSoon(this.#disk.join(directory, file), args.bytes.byteLength);
        this.#onWritten(sequence);
      } else this.#fail("damaged", `checksum of piece ${sequence}`);
    });
  }

  /**
   * Here, since several jobs write to it at once. @returns Why it could not be made: a disk without room ends
   * the transfer, not the replica.
   */
  #makeFile(directory: string, file: string): string | undefined {
    if (this.#files.has(file)) return undefined;
    try {
      // Not before: pairs are built into a directory that the engine makes itself.
      if (this.#files.size === 0) this.#disk.makeDirectory(directory);
      this.#files.add(file);
      this.#disk.open(this.#disk.join(directory, file), "create").close();
      return undefined;
    } catch (error) {
      if (!(error instanceof DiskError)) throw error;
      return error.message;
    }
  }

  /** The disk writes while pieces are on their way, and not only when all have come. */
  #syncSoon(path: string, bytes: number): void {
    this.#unsyncedBytes += bytes;
    if (this.#isSyncing || this.#unsyncedBytes < SYNC_BYTES || this.#state !== "receiving") return;
    this.#isSyncing = true;
    this.#unsyncedBytes = 0;
    this.#underWay += 1;
    this.#work.job(syncFileJob, { path }, (outcome) => {
      this.#isSyncing = false;
      if (this.#isBackTooLate()) return;
      if (outcome.kind === "failed") this.#fail("damaged", outcome.error.message);
      else this.#finishIfWritten();
    });
  }

  #takePairs(chunk: StreamChunk, payload: Payload): void {
    if (checksumOf(payload.bytes) !== chunk.checksum) {
      payload.release();
      return this.#fail("damaged", `checksum of piece ${chunk.sequence}`);
    }
    this.#pairPieces.push({ sequence: chunk.sequence, payload });
    this.#pairPieces.sort((a, b) => a.sequence - b.sequence);
    this.#addNextPairs();
  }

  #addNextPairs(): void {
    const piece = this.#pairPieces[0];
    assert(
      piece === undefined || piece.sequence >= this.#written,
      "a piece waits that was written before",
    );
    if (this.#isAdding || piece?.sequence !== this.#written || this.#state !== "receiving") return;
    this.#pairPieces.shift();
    this.#isAdding = true;
    this.#underWay += 1;
    this.#work.perform(
      "add pairs",
      () => this.#build().addPiece(piece.payload.bytes),
      (outcome) => {
        piece.payload.release();
        this.#isAdding = false;
        if (this.#isBackTooLate()) return;
        if (outcome.kind === "failed") return this.#fail("damaged", outcome.error.message);
        this.#onWritten(piece.sequence);
        this.#addNextPairs();
      },
    );
  }

  /** Of what is performed alone: a disk without room, or descriptors that are all in use, end it as any failure. */
  #build(): TabletBuilder {
    this.#builder ??= this.#engine.build(this.name);
    return this.#builder;
  }

  #onWritten(sequence: number): void {
    if (this.#state !== "receiving") return;
    this.#written += 1;
    this.#events.written(sequence);
    this.#finishIfWritten();
  }

  #finishIfWritten(): void {
    const expected = this.#expected;
    if (expected === undefined || this.#written < expected.chunks) return;
    if (this.#isSyncing || this.#state !== "receiving") return;
    assert(this.#written === expected.chunks, "more pieces were written than there are");
    this.#state = "finishing";
    if (expected.format === "files") this.#finishFiles(expected.meta);
    else this.#finishPairs(expected.meta);
  }

  #finishFiles(meta: TabletMeta): void {
    const directory = this.#engine.directoryOf(this.name);
    if (directory === undefined) return this.#fail("foreign", "an engine without files");
    const cut = directory.lastIndexOf("/");
    const args = { parent: directory.slice(0, cut), name: directory.slice(cut + 1) };
    this.#underWay += 1;
    this.#work.job(syncDirectoryJob, args, (outcome) => {
      if (this.#isBackTooLate()) return;
      if (outcome.kind === "failed") this.#fail("damaged", outcome.error.message);
      else this.#open(meta);
    });
  }

  #finishPairs(meta: TabletMeta): void {
    this.#underWay += 1;
    this.#work.perform(
      "finish tablet",
      () => {
        const builder = this.#build();
        // From here on there are files, not a build: the life may end before it hears of that.
        this.#builder = undefined;
        return builder.finish(meta);
      },
      (outcome) => {
        if (this.#isBackTooLate()) return;
        if (outcome.kind === "failed") this.#fail("damaged", outcome.error.message);
        else this.#open(meta);
      },
    );
  }

  #open(meta: TabletMeta): void {
    this.#underWay += 1;
    this.#work.perform(
      "open received tablet",
      () => this.#engine.open(this.name),
      (outcome) => {
        if (outcome.kind === "done" && this.#state === "over") outcome.value.close();
        if (this.#isBackTooLate()) return;
        if (outcome.kind === "failed") return this.#fail("damaged", outcome.error.message);
        const tablet = outcome.value;
        if (!describesSame(tablet.meta, meta)) {
          tablet.close();
          return this.#fail("foreign", "another tablet than was announced");
        }
        this.#events.complete(tablet);
      },
      (tablet) => tablet.close(),
    );
  }

  #fail(reason: "damaged" | "foreign", detail: string): void {
    if (this.#state === "over") return;
    this.discard();
    this.#events.failed(reason, detail);
  }

  /** A record may name what was built: from now on `discard` removes nothing. */
  keep(): void {
    assert(this.#underWay === 0, "a tablet is kept that is still being written");
    this.#state = "over";
    this.#kept = true;
    this.#held.release();
  }

  /** What was set going is back. @returns True when it was given up meanwhile. */
  #isBackTooLate(): boolean {
    this.#underWay -= 1;
    if (this.#state !== "over") return false;
    if (this.#underWay === 0) this.#held.release();
    return true;
  }

  /** By the owner's word, or with its life, whose jobs are all back then. */
  #undo(): void {
    this.#state = "over";
    for (const { payload } of this.#pairPieces.splice(0)) payload.release();
    if (this.#kept) return;
    this.#builder?.discard();
    this.#builder = undefined;
    this.#engine.remove(this.name);
  }
}

/** The copy says by itself what it holds; it must be what was announced. */
function describesSame(found: TabletMeta, announced: TabletMeta): boolean {
  return (
    found.region.id === announced.region.id &&
    found.appliedIndex === announced.appliedIndex &&
    found.appliedTerm === announced.appliedTerm &&
    found.region.epoch.version === announced.region.epoch.version &&
    found.region.epoch.confVer === announced.region.epoch.confVer
  );
}
