/**
 * What the leader knows of one peer's log, and how fast it may send to it.
 *
 * - probe: the peer's log is not known to match; one append at a time until an answer
 * - replicate: appends are sent ahead of their acknowledgement, within a window
 * - snapshot: the peer needs entries that are compacted; nothing is sent until it has the snapshot
 *
 * Invariants: `match < next`; the peer stores the log up to `match`; `match` never falls in a term.
 */
import { assert, unreachable } from "./assert.ts";
import { type LogIndex, maxIndex, minIndex, NO_INDEX, type PeerId, plus } from "./ids.ts";
import { Inflights } from "./inflights.ts";

export type Flow =
  | { readonly state: "probe"; isPaused: boolean }
  | { readonly state: "replicate"; isPaused: boolean; readonly inflights: Inflights }
  | { readonly state: "snapshot"; readonly pendingIndex: LogIndex };

export type WindowLimits = {
  readonly inflightMessagesMax: number;
  readonly inflightBytesMax: number;
};

export class Progress {
  readonly id: PeerId;
  readonly #limits: WindowLimits;
  flow: Flow = { state: "probe", isPaused: false };
  /** Highest index the peer is known to store. */
  match: LogIndex = NO_INDEX;
  /** Index of the next entry to send. */
  next: LogIndex;
  /** Highest commit index sent to the peer, lowered when what carried it was probably lost. */
  sentCommit: LogIndex = NO_INDEX;
  /** Commit index the peer has reported of itself; 0 unless its configuration makes it report. */
  committedIndex: LogIndex = NO_INDEX;
  /** Highest read sequence the peer has confirmed the leader for. */
  readAck = 0;
  /** It was heard of since the last quorum check. */
  isRecentlyActive: boolean;
  /** Kept equal to the configuration by the tracker. */
  isLearner = false;

  constructor(id: PeerId, next: LogIndex, isRecentlyActive: boolean, limits: WindowLimits) {
    this.id = id;
    this.next = next;
    this.isRecentlyActive = isRecentlyActive;
    this.#limits = limits;
  }

  /** A new term of leadership knows nothing of any peer. */
  reset(match: LogIndex, next: LogIndex): void {
    assert(match < next, "a peer's match reached its next index");
    this.flow = { state: "probe", isPaused: false };
    this.match = match;
    this.next = next;
    this.sentCommit = NO_INDEX;
    this.committedIndex = NO_INDEX;
    this.readAck = 0;
    this.isRecentlyActive = false;
  }

  /** After a snapshot the peer is probed right behind it, whatever it acknowledged before. */
  becomeProbe(): void {
    const afterSnapshot =
      this.flow.state === "snapshot" ? plus(this.flow.pendingIndex, 1) : NO_INDEX;
    this.#probeFrom(maxIndex(plus(this.match, 1), afterSnapshot));
  }

  /** The snapshot did not arrive: the peer is where it was. */
  becomeProbeAfterFailedSnapshot(): void {
    this.#probeFrom(plus(this.match, 1));
  }

  #probeFrom(next: LogIndex): void {
    this.flow = { state: "probe", isPaused: false };
    this.next = next;
    this.sentCommit = minIndex(this.sentCommit, plus(next, -1));
  }

  becomeReplicate(): void {
    const { inflightMessagesMax, inflightBytesMax } = this.#limits;
    const inflights = new Inflights(inflightMessagesMax, inflightBytesMax);
    this.flow = { state: "replicate", isPaused: false, inflights };
    this.next = plus(this.match, 1);
  }

  becomeSnapshot(index: LogIndex): void {
    this.flow = { state: "snapshot", pendingIndex: index };
    this.next = plus(maxIndex(index, this.match), 1);
    this.sentCommit = index;
  }

  get isPaused(): boolean {
    return this.flow.state === "snapshot" || this.flow.isPaused;
  }

  resume(): void {
    if (this.flow.state !== "snapshot") this.flow.isPaused = false;
  }

  /** Waits for an answer or a heartbeat's before it sends again. */
  pause(): void {
    if (this.flow.state !== "snapshot") this.flow.isPaused = true;
  }

  /** Whether entries may go out; an append without any may although the window is full. */
  get canSendEntries(): boolean {
    return this.flow.state !== "replicate" || !this.flow.inflights.isFull;
  }

  /** The peer has everything: what its window held memory for is over. */
  releaseWindow(): void {
    if (this.flow.state === "replicate") this.flow.inflights.releaseIfEmpty();
  }

  /** An append of `count` entries that start at `next` went out. */
  sentEntries(count: number, payloadBytes: number): void {
    const { flow } = this;
    switch (flow.state) {
      case "replicate":
        if (count > 0) {
          this.next = plus(this.next, count);
          flow.inflights.add(plus(this.next, -1), payloadBytes);
        }
        // A full window turns the last append into a probe: the next waits for a heartbeat's
        // answer.
        flow.isPaused = flow.inflights.isFull;
        break;
      case "probe":
        if (count > 0) flow.isPaused = true;
        break;
      case "snapshot":
        assert(false, "an append was sent to a peer that waits for a snapshot");
        break;
      default:
        unreachable(flow);
    }
  }

  /**
   * Sending `commit` now may move the peer's commit index. Not so when one that covers all entries
   * sent went out before: the peer's commit cannot pass its log.
   */
  needsCommit(commit: LogIndex): boolean {
    return commit > this.sentCommit && this.sentCommit < this.next - 1;
  }

  /** @returns whether the acknowledgement told something new; stale ones are harmless. */
  acknowledge(index: LogIndex): boolean {
    if (index <= this.match) return false;
    this.match = index;
    this.next = maxIndex(this.next, plus(index, 1));
    this.resume();
    return true;
  }

  /**
   * The peer refused an append after `rejected`; `hint` is where the logs may still agree.
   * @returns false for a stale refusal: one the peer has since contradicted, or of an older probe.
   */
  refuse(rejected: LogIndex, hint: LogIndex): boolean {
    if (this.flow.state === "replicate") {
      if (rejected <= this.match) return false;
      this.next = plus(this.match, 1);
    } else {
      if (this.next - 1 !== rejected) return false;
      this.next = maxIndex(minIndex(rejected, plus(hint, 1)), plus(this.match, 1));
      this.resume();
    }
    this.sentCommit = minIndex(this.sentCommit, plus(this.next, -1));
    return true;
  }
}
