// The parent's side of a split: hands each child's data to the one actor that is to be the child, as a
// stream of pairs. The children's keys are frozen here since the split was applied, so a copy can be
// taken again after any crash, by whichever life of the child asks.

import type { Region, RegionId } from "@multiraft/pd/protocol";
import { type ActorContext, type Address, assert, sameAddress } from "@multiraft/runtime";
import type { LogIndex, Term } from "../raft/index.ts";
import { confStateOf, FIRST_STATE } from "../region/first-state.ts";
import { OutgoingStream } from "../snapshot/outgoing-stream.ts";
import { PairSource } from "../snapshot/stream-source.ts";
import type { Tablet, TabletMeta } from "../tablet/tablet.ts";
import type { AsyncWork } from "./async-work.ts";
import type { PeerMail } from "./peer-mail.ts";
import type { PeerTuning } from "./tuning.ts";

type Copy = {
  readonly child: Address<PeerMail>;
  readonly transfer: number;
  readonly stream: OutgoingStream;
};

export class ChildCopies {
  readonly #context: ActorContext<PeerMail>;
  readonly #work: AsyncWork<PeerMail>;
  readonly #tuning: PeerTuning;
  readonly #tablet: Tablet;
  readonly #copies = new Map<RegionId, Copy>();

  constructor(
    context: ActorContext<PeerMail>,
    work: AsyncWork<PeerMail>,
    tuning: PeerTuning,
    tablet: Tablet,
  ) {
    this.#context = context;
    this.#work = work;
    this.#tuning = tuning;
    this.#tablet = tablet;
  }

  /** Under way. */
  get count(): number {
    return this.#copies.size;
  }

  start(child: Address<PeerMail>, region: Region, transfer: number): void {
    const { version } = this.#tablet.meta.region.epoch;
    assert(version >= region.epoch.version, "a copy from before the split");
    this.#copies.get(region.id)?.stream.close();
    const meta = firstMeta(region);
    const source = new PairSource(this.#tablet.openView(), region.range, meta);
    const tell = (mail: PeerMail) => this.#context.tell(child, mail);
    // In place before the stream begins: an empty child is drained at once.
    const stream = new OutgoingStream(this.#context, this.#work, undefined, this.#tuning, source, {
      send: (chunk, payload) =>
        this.#context.tell(child, { kind: "copy-chunk", transfer, ...chunk }, { payload }),
      drained: (chunks) => {
        tell({ kind: "copy-end", transfer, chunks, meta });
        this.#end(region.id, child);
      },
      failed: (reason) => {
        tell({ kind: "copy-refused", transfer, reason });
        this.#end(region.id, child);
      },
    });
    this.#copies.set(region.id, { child, transfer, stream });
    stream.start();
  }

  onAck(childRegionId: RegionId, transfer: number, sequence: number): void {
    const copy = this.#copies.get(childRegionId);
    if (copy?.transfer === transfer) copy.stream.onAck(sequence);
  }

  /** A child that ended, or has its data from elsewhere, does not say so: the registry does. */
  keepOnly(regionIds: readonly RegionId[]): void {
    for (const [regionId, { stream }] of this.#copies) {
      if (regionIds.includes(regionId)) continue;
      stream.close();
      this.#copies.delete(regionId);
    }
  }

  closeAll(): void {
    for (const { stream } of this.#copies.values()) stream.close();
    this.#copies.clear();
  }

  #end(regionId: RegionId, child: Address<PeerMail>): void {
    const copy = this.#copies.get(regionId);
    if (copy === undefined || !sameAddress(copy.child, child)) return;
    copy.stream.close();
    this.#copies.delete(regionId);
  }
}

/** What a child says of itself when its data are there and nothing was applied yet. */
export function firstMeta(region: Region): TabletMeta {
  return {
    region,
    appliedIndex: FIRST_STATE.index as LogIndex,
    appliedTerm: FIRST_STATE.term as Term,
    confState: confStateOf(region),
    removedPeers: [],
    isUntrimmed: false,
  };
}
