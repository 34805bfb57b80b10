// The leader's side of snapshots: one transfer a follower at a time. A transfer asks for a slot
// here, asks the receiver, and only then copies and streams; however it ends, Raft is told, the
// slot and the copy are released, and the receiver is told to forget it.

import type { Peer, PeerId } from "@multiraft/pd/protocol";
import { type ActorContext, type Address, assert, type Payload } from "@multiraft/runtime";
import type { AsyncWork } from "../peer/async-work.ts";
import type { PeerMail } from "../peer/peer-mail.ts";
import type { PeerTuning } from "../peer/tuning.ts";
import type { Term } from "../raft/index.ts";
import type { Tablet } from "../tablet/tablet.ts";
import type { RegionMail, RegionMailHead, TransferId } from "../transport/region-mail.ts";
import type { SnapshotRefusal } from "./admission.ts";
import type { GovernorMail } from "./governor-mail.ts";
import { OutgoingStream } from "./outgoing-stream.ts";
import { Slot } from "./slot.ts";
import { StageClock } from "./stage-clock.ts";
import { FileSource, PairSource, type StreamSource } from "./stream-source.ts";

/** What the sender needs of its replica; read anew at each step. */
export type SenderHost = {
  readonly tablet: () => Tablet | undefined;
  readonly head: (to: Peer) => RegionMailHead;
  readonly send: (mail: RegionMail, payload?: Payload) => void;
  /** Told to Raft: the follower is probed again, paused until it is heard of. */
  readonly ended: (to: PeerId, isDelivered: boolean, refusal: string | undefined) => void;
  /** Runs `then` when all that is applied now is durable. */
  readonly flush: (then: () => void) => void;
  /** A fresh directory for a copy, not made yet; undefined where the engine has no files. */
  readonly copyDirectory: (transfer: TransferId) => string | undefined;
};

type Transfer = {
  readonly id: TransferId;
  readonly to: Peer;
  state: "asking-slot" | "offered" | "copying" | "streaming" | "sent";
  readonly slot: Slot;
  /** In which this replica led when it began: a later one may be somebody else's. */
  readonly raftTerm: Term;
  stream: OutgoingStream | undefined;
  userBytes: number;
  readonly stages: StageClock;
  /** Ticks since anything was heard. */
  silentTicks: number;
  /** Ticks in which it waited for bytes that may flow. */
  heldBackTicks: number;
};

/** A receiver that is silent for so many ticks is given up: Raft will try again. */
const SILENT_TICKS_MAX = 300;
/** A receiver gives up after as long a silence: it is told in time, though some of it be lost. */
const WAITING_TICKS = SILENT_TICKS_MAX / 6;

export class SnapshotSender {
  readonly #context: ActorContext<PeerMail>;
  readonly #work: AsyncWork<PeerMail>;
  readonly #governor: Address<GovernorMail>;
  readonly #tuning: PeerTuning;
  readonly #host: SenderHost;
  readonly #transfers = new Map<PeerId, Transfer>();
  #nextId: TransferId;

  constructor(
    context: ActorContext<PeerMail>,
    work: AsyncWork<PeerMail>,
    governor: Address<GovernorMail>,
    tuning: PeerTuning,
    host: SenderHost,
  ) {
    this.#context = context;
    this.#work = work;
    this.#governor = governor;
    this.#tuning = tuning;
    this.#host = host;
    // Not counted from 1: what is left of a transfer of an earlier incarnation, on whichever
    // process and machine that was, must not fit one of this incarnation.
    this.#nextId = context.environment.random.fork("transfers").below(2 ** 31) * 2 ** 20;
  }

  get count(): number {
    return this.#transfers.size;
  }

  /** Raft wants `to` to have a snapshot. @param raftTerm In which this replica leads. */
  start(to: Peer, raftTerm: Term): void {
    if (this.#transfers.has(to.id)) return;
    const id = this.#nextId;
    this.#nextId += 1;
    const transfer: Transfer = {
      id,
      to,
      state: "asking-slot",
      slot: new Slot(this.#context, this.#work, this.#governor, "send", id),
      raftTerm,
      stream: undefined,
      userBytes: 0,
      stages: new StageClock(this.#context.environment.clock),
      silentTicks: 0,
      heldBackTicks: 0,
    };
    this.#transfers.set(to.id, transfer);
    transfer.slot.acquire((isGranted) => {
      if (isGranted) this.#offer(transfer);
      else this.#end(transfer, false, "store-busy");
    });
  }

  onVerdict(from: PeerId, id: TransferId, refusal: SnapshotRefusal | undefined): void {
    const transfer = this.#find(from, id, "offered");
    if (transfer === undefined) return;
    if (refusal !== undefined) this.#end(transfer, false, refusal);
    else this.#copy(transfer);
  }

  onAck(from: PeerId, id: TransferId, sequence: number): void {
    const transfer = this.#find(from, id, "streaming");
    transfer?.stream?.onAck(sequence);
  }

  onResult(from: PeerId, id: TransferId, refusal: SnapshotRefusal | undefined): void {
    const transfer = this.#transfers.get(from);
    if (transfer?.id !== id) return;
    this.#end(transfer, refusal === undefined, refusal);
  }

  onTick(): void {
    for (const transfer of [...this.#transfers.values()]) {
      if (transfer.stream?.isHeldBack === true) {
        this.#sayThatItWaits(transfer);
        continue;
      }
      transfer.silentTicks += 1;
      if (transfer.silentTicks > SILENT_TICKS_MAX) this.#abort(transfer, "silent receiver");
    }
  }

  /** The pace is the reason, not the receiver; who waits there for the next piece would take it for an end. */
  #sayThatItWaits(transfer: Transfer): void {
    transfer.heldBackTicks += 1;
    if (transfer.heldBackTicks % WAITING_TICKS !== 0) return;
    const head = this.#host.head(transfer.to);
    this.#host.send({ ...head, kind: "snapshot-waits", transfer: transfer.id });
  }

  /** The replica no longer leads, or ends. */
  abortAll(reason: string): void {
    for (const transfer of [...this.#transfers.values()]) this.#abort(transfer, reason);
  }

  /** A follower that left the group needs nothing more. */
  keepOnly(peers: readonly Peer[]): void {
    for (const transfer of [...this.#transfers.values()])
      if (!peers.some(({ id }) => id === transfer.to.id)) this.#abort(transfer, "peer removed");
  }

  #offer(transfer: Transfer): void {
    const tablet = this.#host.tablet();
    if (tablet === undefined) return this.#end(transfer, false, "no data");
    transfer.state = "offered";
    const { meta } = tablet;
    this.#host.send({
      ...this.#host.head(transfer.to),
      kind: "snapshot-offer",
      transfer: transfer.id,
      region: meta.region,
      index: meta.appliedIndex,
      term: meta.appliedTerm,
      sizeBytes: tablet.approximateSizeBytes,
    });
  }

  #copy(transfer: Transfer): void {
    transfer.state = "copying";
    transfer.stages.enter("copy");
    const tablet = this.#host.tablet();
    if (tablet === undefined) return this.#abort(transfer, "no data");
    transfer.userBytes = tablet.approximateSizeBytes;
    const directory = tablet.meta.isUntrimmed ? undefined : this.#host.copyDirectory(transfer.id);
    if (directory === undefined) return this.#stream(transfer, pairSource(tablet));
    // What is applied is made durable first: the copy then holds it, and is as new as can be.
    this.#host.flush(() => {
      if (this.#isCurrent(transfer)) this.#copyInto(transfer, tablet, directory);
    });
  }

  #copyInto(transfer: Transfer, tablet: Tablet, directory: string): void {
    const held = this.#context.lease.hold("copied tablet", () =>
      this.#context.environment.disk.removeTree(directory),
    );
    this.#work.perform(
      "copy tablet",
      () => tablet.openCopy(directory),
      (outcome) => {
        const copy = outcome.kind === "done" ? outcome.value : undefined;
        if (!this.#isCurrent(transfer) || copy === undefined) {
          copy?.close();
          held.release();
          if (this.#isCurrent(transfer)) this.#abort(transfer, "no copy");
        } else this.#stream(transfer, new FileSource(copy, () => held.release()));
      },
      (copy) => copy?.close(),
    );
  }

  #stream(transfer: Transfer, source: StreamSource): void {
    transfer.state = "streaming";
    transfer.stages.enter("stream");
    const head = this.#host.head(transfer.to);
    transfer.stream = new OutgoingStream(
      this.#context,
      this.#work,
      this.#tuning.snapshotPace === "full" ? undefined : transfer.slot,
      this.#tuning,
      source,
      {
        send: (chunk, payload) => {
          transfer.silentTicks = 0;
          const mail = {
            ...head,
            kind: "snapshot-chunk" as const,
            transfer: transfer.id,
            ...chunk,
          };
          this.#host.send(mail, payload);
        },
        drained: (chunks) => this.#sendEnd(transfer, source, chunks),
        failed: (reason) => this.#abort(transfer, reason),
      },
    );
    transfer.stream.start();
  }

  #sendEnd(transfer: Transfer, source: StreamSource, chunks: number): void {
    transfer.state = "sent";
    transfer.stages.pause();
    transfer.stream?.close();
    this.#host.send({
      ...this.#host.head(transfer.to),
      kind: "snapshot-end",
      transfer: transfer.id,
      meta: source.meta,
      format: source.format,
      chunks,
      raftTerm: transfer.raftTerm,
    });
  }

  #abort(transfer: Transfer, reason: string): void {
    if (transfer.state !== "asking-slot")
      this.#host.send({
        ...this.#host.head(transfer.to),
        kind: "snapshot-abort",
        transfer: transfer.id,
        reason,
      });
    this.#end(transfer, false, reason);
  }

  #end(transfer: Transfer, isDelivered: boolean, refusal: string | undefined): void {
    assert(this.#isCurrent(transfer), "a transfer ended twice");
    this.#transfers.delete(transfer.to.id);
    transfer.stream?.close();
    transfer.slot.release();
    if (isDelivered) this.#reportTransfer(transfer);
    this.#host.ended(transfer.to.id, isDelivered, refusal);
  }

  #reportTransfer({ userBytes, stages, stream }: Transfer): void {
    const stageMs = stages.end();
    const streamBytes = stream?.sentBytes ?? 0;
    this.#context.tell(this.#governor, {
      kind: "transferred",
      direction: "send",
      userBytes,
      streamBytes,
      stageMs,
    });
  }

  #isCurrent(transfer: Transfer): boolean {
    return this.#transfers.get(transfer.to.id) === transfer;
  }

  #find(from: PeerId, id: TransferId, state: Transfer["state"]): Transfer | undefined {
    const transfer = this.#transfers.get(from);
    if (transfer?.id !== id || transfer.state !== state) return undefined;
    transfer.silentTicks = 0;
    return transfer;
  }
}

function pairSource(tablet: Tablet): StreamSource {
  const view = tablet.openView();
  const meta = { ...view.meta, isUntrimmed: false };
  return new PairSource(view, meta.region.range, meta);
}
