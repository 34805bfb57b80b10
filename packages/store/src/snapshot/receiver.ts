// The follower's side of snapshots, and a child's side of a split: one stream at a time is taken in
// and, when all of it is durable, offered to Raft. The replica's state is checked when the stream
// is offered, when its data are complete, and when Raft has decided. Until the install record is
// durable nothing refers to what was received.

import type { PeerId, Region } from "@multiraft/pd/protocol";
import {
  type ActorContext,
  type Address,
  assert,
  type Payload,
  sameAddress,
} from "@multiraft/runtime";
import type { Life } from "../log/record.ts";
import type { AsyncWork } from "../peer/async-work.ts";
import { firstMeta } from "../peer/child-copies.ts";
import type { PeerMail } from "../peer/peer-mail.ts";
import type { Snapshot } from "../raft/index.ts";
import type { RegistryMail } from "../registry/registry-mail.ts";
import type { Tablet, TabletEngine, TabletMeta, TabletName } from "../tablet/tablet.ts";
import type { RegionMail, StreamChunk } from "../transport/region-mail.ts";
import {
  refuseSnapshot,
  type SnapshotClaim,
  type SnapshotHost,
  type SnapshotRefusal,
} from "./admission.ts";
import type { GovernorMail } from "./governor-mail.ts";
import { Reception } from "./reception.ts";
import { Slot } from "./slot.ts";
import { StageClock } from "./stage-clock.ts";

export type ReceiverHost = {
  readonly life: Life;
  readonly state: () => SnapshotHost;
  readonly nextName: () => TabletName;
  readonly send: (mail: RegionMail) => void;
  /** Steps it into Raft and drives; true when Raft took it in (`installing` has been asked). */
  readonly offerToRaft: (incoming: ReadyTablet) => boolean;
  readonly counted: (event: "installed" | "refused", reason: string, bytes: number) => void;
};

/** Durable data waiting for Raft's word. */
export type ReadyTablet = {
  readonly tablet: Tablet;
  readonly meta: TabletMeta;
  readonly from: { readonly peerId: PeerId; readonly raftTerm: number } | "split";
};

type Offer = Extract<RegionMail, { kind: "snapshot-offer" }>;

export type ReceivingState = "asking" | "receiving" | "installing";

type Incoming = {
  readonly source:
    | { readonly kind: "leader"; readonly offer: Offer }
    | { readonly kind: "parent"; readonly address: Address<PeerMail> | undefined };
  readonly transfer: number;
  readonly claim: SnapshotClaim;
  state: ReceivingState;
  raftTerm: number;
  reception: Reception | undefined;
  userBytes: number;
  readonly stages: StageClock;
  readonly slot: Slot;
  silentTicks: number;
};

/** A sender that is silent for so long is given up. */
const SILENT_TICKS_MAX = 300;
const ASK_TIMEOUT_MS = 10_000;

export class Receiver {
  readonly #context: ActorContext<PeerMail>;
  readonly #work: AsyncWork<PeerMail>;
  readonly #engine: TabletEngine;
  readonly #governor: Address<GovernorMail>;
  readonly #registry: Address<RegistryMail>;
  readonly #host: ReceiverHost;
  /** Off only in the build that shows what the checks are for. */
  readonly #isChecked: boolean;
  #incoming: Incoming | undefined;
  #nextTransfer = 1;
  #nextTicket = 1;
  #lastFailure: string | undefined;

  constructor(options: {
    readonly context: ActorContext<PeerMail>;
    readonly work: AsyncWork<PeerMail>;
    readonly engine: TabletEngine;
    readonly governor: Address<GovernorMail>;
    readonly registry: Address<RegistryMail>;
    readonly host: ReceiverHost;
    readonly isChecked: boolean;
  }) {
    this.#context = options.context;
    this.#work = options.work;
    this.#engine = options.engine;
    this.#governor = options.governor;
    this.#registry = options.registry;
    this.#host = options.host;
    this.#isChecked = options.isChecked;
  }

  /** How far the stream that is coming in has got; undefined without one. */
  get receiving(): ReceivingState | undefined {
    return this.#incoming?.state;
  }

  get source(): "leader" | "parent" | undefined {
    return this.#incoming?.source.kind;
  }

  /** What ended the last reception that could not be written or read. */
  get lastFailure(): string | undefined {
    return this.#lastFailure;
  }

  // ---- from a leader ----------------------------------------------------------------------------

  onOffer(offer: Offer): void {
    const current = this.#incoming;
    const isSameSender =
      current?.source.kind === "leader" && current.source.offer.from === offer.from;
    // The same leader offers again: it has given the earlier transfer up.
    if (isSameSender && current.state !== "installing") this.#abandon();
    const claim = claimOf(offer);
    const refusal = this.#refusal(claim) ?? (this.#incoming === undefined ? undefined : "busy");
    if (refusal !== undefined) return this.#verdict(offer, refusal);
    const incoming = this.#newIncoming({ kind: "leader", offer }, offer.transfer, claim);
    this.#incoming = incoming;
    this.#askRegistry(incoming, offer);
  }

  /**
   * A late split may bring the data without a snapshot; the registry knows who covers the range.
   */
  #askRegistry(incoming: Incoming, offer: Offer): void {
    const { region } = offer;
    const ask = { kind: "may-install" as const, life: this.#host.life, region };
    this.#work.ask(this.#registry, ask, { timeoutMs: ASK_TIMEOUT_MS }, (outcome) => {
      if (this.#incoming !== incoming) return;
      const refusal =
        outcome.kind === "failed" ? "store-busy" : (outcome.value.refusal ?? undefined);
      if (refusal !== undefined) return this.#refuseOffer(incoming, offer, refusal);
      this.#askSlot(incoming, offer);
    });
  }

  #askSlot(incoming: Incoming, offer: Offer): void {
    incoming.slot.acquire((isGranted) => {
      const refusal = isGranted ? this.#refusal(incoming.claim) : "store-busy";
      if (refusal !== undefined) return this.#refuseOffer(incoming, offer, refusal);
      this.#accept(incoming);
      this.#verdict(offer, undefined);
    });
  }

  #refuseOffer(incoming: Incoming, offer: Offer, refusal: SnapshotRefusal): void {
    this.#clear(incoming);
    this.#verdict(offer, refusal);
  }

  /** @param from Undefined for a piece of the parent's copy. */
  onChunk(
    from: PeerId | undefined,
    transfer: number,
    chunk: StreamChunk,
    payload: Payload | undefined,
  ): void {
    const incoming = this.#receiving(from, transfer);
    if (incoming === undefined) return payload?.release();
    incoming.reception?.onChunk(chunk, payload);
  }

  onEnd(end: Extract<RegionMail, { kind: "snapshot-end" }>): void {
    const incoming = this.#receiving(end.from, end.transfer);
    if (incoming === undefined) return;
    incoming.raftTerm = end.raftTerm;
    incoming.stages.enter("sync");
    incoming.reception?.onEnd(end);
  }

  /** Its bytes may not flow yet: that is no silence. */
  onWaits(from: PeerId, transfer: number): void {
    this.#receiving(from, transfer);
  }

  onAbort(from: PeerId, transfer: number): void {
    const incoming = this.#incoming;
    if (incoming === undefined || !isOf(incoming, from, transfer)) return;
    if (incoming.state !== "installing") this.#abandon();
  }

  // ---- from a split's parent, or from nothing -----------------------------------------------------

  /** The first state of a region's replica. Begins anew when the parent was opened again. */
  initialise(region: Region, parent: Address<PeerMail> | undefined): void {
    // A snapshot is on its way in and brings more, or this very copy: the registry asks again.
    if (this.#incoming !== undefined && !isOutdatedCopy(this.#incoming, parent)) return;
    this.#abandon();
    const transfer = this.#nextTransfer;
    this.#nextTransfer += 1;
    const meta = firstMeta(region);
    const { peerId } = this.#host.state();
    const claim = { regionId: region.id, to: peerId, region, index: meta.appliedIndex };
    if (this.#refusal(claim) !== undefined) return;
    const incoming = this.#newIncoming({ kind: "parent", address: parent }, transfer, claim);
    this.#incoming = incoming;
    this.#accept(incoming);
    if (parent === undefined) incoming.reception?.onEnd({ meta, format: "pairs", chunks: 0 });
    else
      this.#context.tell(parent, {
        kind: "copy-request",
        child: this.#context.self,
        region,
        transfer,
      });
  }

  onCopyEnd(end: Extract<PeerMail, { kind: "copy-end" }>): void {
    const { meta, chunks } = end;
    this.#receiving(undefined, end.transfer)?.reception?.onEnd({ meta, format: "pairs", chunks });
  }

  onCopyRefused(transfer: number): void {
    const incoming = this.#incoming;
    if (incoming === undefined || !isOf(incoming, undefined, transfer)) return;
    if (incoming.state !== "installing") this.#abandon();
  }

  // ---- common -------------------------------------------------------------------------------------

  onTick(): void {
    const incoming = this.#incoming;
    if (incoming === undefined || incoming.state !== "receiving") return;
    incoming.silentTicks += 1;
    if (incoming.silentTicks > SILENT_TICKS_MAX) this.#abandon();
  }

  /** The life ends, or turns to something else: nothing of the stream stays. */
  abandon(): void {
    this.#abandon();
  }

  /** The install record is durable and the data are published. */
  installed(snapshot: Snapshot): void {
    const incoming = this.#incoming;
    assert(incoming?.state === "installing", "an install that nothing was received for");
    assert(incoming.claim.index <= snapshot.index, "another snapshot was installed");
    const { receivedBytes = 0 } = incoming.reception ?? {};
    this.#host.counted("installed", incoming.source.kind, receivedBytes);
    if (incoming.source.kind === "leader") {
      this.#result(incoming.source.offer, undefined);
      this.#reportTransfer(incoming);
    }
    this.#clear(incoming);
  }

  #reportTransfer({ userBytes, stages, reception }: Incoming): void {
    const stageMs = stages.end();
    const streamBytes = reception?.receivedBytes ?? 0;
    this.#context.tell(this.#governor, {
      kind: "transferred",
      direction: "receive",
      userBytes,
      streamBytes,
      stageMs,
    });
  }

  #accept(incoming: Incoming): void {
    incoming.state = "receiving";
    incoming.stages.enter("receive");
    const name = this.#host.nextName();
    incoming.reception = new Reception(this.#context, this.#work, this.#engine, name, {
      written: (sequence) => this.#acknowledge(incoming, sequence),
      complete: (tablet) => this.#onComplete(incoming, tablet),
      failed: (reason, detail) => {
        this.#lastFailure = detail;
        this.#refuseAtEnd(incoming, reason);
      },
    });
  }

  #acknowledge(incoming: Incoming, sequence: number): void {
    const { source, transfer } = incoming;
    if (source.kind === "leader")
      this.#host.send({ ...answerHead(source.offer), kind: "snapshot-ack", transfer, sequence });
    else if (source.address !== undefined)
      this.#context.tell(source.address, {
        kind: "copy-ack",
        childRegionId: incoming.claim.regionId,
        transfer,
        sequence,
      });
  }

  /** All of it is durable. What was true when it was offered is asked again. */
  #onComplete(incoming: Incoming, tablet: Tablet): void {
    if (this.#incoming !== incoming) return tablet.close();
    const { meta } = tablet;
    const claim = { ...incoming.claim, region: meta.region, index: meta.appliedIndex };
    const refusal = this.#refusal(claim);
    if (refusal !== undefined) {
      tablet.close();
      return this.#refuseAtEnd(incoming, refusal);
    }
    // Said once more, without the admission's own words: an install replaces what is here for good.
    const own = this.#host.state();
    assert(!this.#isChecked || meta.appliedIndex > own.appliedIndex, "data would go back");
    assert(!this.#isChecked || !own.owesChildren, "data that children need would be replaced");
    incoming.state = "installing";
    incoming.userBytes = tablet.approximateSizeBytes;
    incoming.stages.enter("install");
    const { source, raftTerm } = incoming;
    const from =
      source.kind === "leader" ? { peerId: source.offer.from, raftTerm } : ("split" as const);
    // The record that names it is with the log: nobody may remove it any more but for a later
    // record.
    if (this.#host.offerToRaft({ tablet, meta, from })) return incoming.reception?.keep();
    tablet.close();
    this.#refuseAtEnd(incoming, "not-needed");
  }

  #refuseAtEnd(incoming: Incoming, refusal: SnapshotRefusal): void {
    if (this.#incoming !== incoming) return;
    this.#host.counted("refused", refusal, incoming.reception?.receivedBytes ?? 0);
    incoming.reception?.discard();
    if (incoming.source.kind === "leader") this.#result(incoming.source.offer, refusal);
    this.#clear(incoming);
  }

  #abandon(): void {
    const incoming = this.#incoming;
    if (incoming === undefined) return;
    this.#host.counted("refused", "aborted", incoming.reception?.receivedBytes ?? 0);
    incoming.reception?.discard();
    this.#clear(incoming);
  }

  #newIncoming(source: Incoming["source"], transfer: number, claim: SnapshotClaim): Incoming {
    return {
      source,
      transfer,
      claim,
      state: "asking",
      raftTerm: 0,
      reception: undefined,
      userBytes: 0,
      stages: new StageClock(this.#context.environment.clock),
      slot: this.#newSlot(),
      silentTicks: 0,
    };
  }

  #clear(incoming: Incoming): void {
    assert(this.#incoming === incoming, "a stream that is not the current one was cleared");
    this.#incoming = undefined;
    incoming.slot.release();
  }

  #newSlot(): Slot {
    const ticket = this.#nextTicket;
    this.#nextTicket += 1;
    return new Slot(this.#context, this.#work, this.#governor, "receive", ticket);
  }

  #refusal(claim: SnapshotClaim): SnapshotRefusal | undefined {
    return this.#isChecked ? refuseSnapshot(claim, this.#host.state()) : undefined;
  }

  /** Whoever is heard of is not silent. */
  #receiving(from: PeerId | undefined, transfer: number): Incoming | undefined {
    const incoming = this.#incoming;
    if (incoming === undefined || !isOf(incoming, from, transfer)) return undefined;
    if (incoming.state !== "receiving") return undefined;
    incoming.silentTicks = 0;
    return incoming;
  }

  #verdict(offer: Offer, refusal: SnapshotRefusal | undefined): void {
    if (refusal !== undefined) this.#host.counted("refused", refusal, 0);
    const { transfer } = offer;
    this.#host.send({ ...answerHead(offer), kind: "snapshot-verdict", transfer, refusal });
  }

  #result(offer: Offer, refusal: SnapshotRefusal | undefined): void {
    const { transfer } = offer;
    this.#host.send({ ...answerHead(offer), kind: "snapshot-result", transfer, refusal });
  }
}

/** Two senders may have chosen the same number. */
function isOf({ source, transfer }: Incoming, from: PeerId | undefined, number: number): boolean {
  const sender = source.kind === "leader" ? source.offer.from : undefined;
  return sender === from && transfer === number;
}

/** A copy from a parent that was opened anew since. */
function isOutdatedCopy(
  { source, state }: Incoming,
  parent: Address<PeerMail> | undefined,
): boolean {
  if (source.kind === "leader" || state === "installing") return false;
  if (source.address === undefined || parent === undefined) return source.address !== parent;
  return !sameAddress(source.address, parent);
}

/** The head of an answer: the way back. */
export function answerHead(
  mail: RegionMail,
): Pick<RegionMail, "regionId" | "fromStore" | "toStore" | "from" | "to" | "epoch"> {
  const { regionId, fromStore, toStore, from, to, epoch } = mail;
  return { regionId, fromStore: toStore, toStore: fromStore, from: to, to: from, epoch };
}

function claimOf(offer: Offer): SnapshotClaim {
  return { regionId: offer.regionId, to: offer.to, region: offer.region, index: offer.index };
}
