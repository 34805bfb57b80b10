/**
 * What one peer keeps over a crash: its log and hard state, and the state machine's applied index
 * with the configuration that follows from it. Of these a crash may take back what was never
 * synced: a commit index that was written alone, and what was applied since the last checkpoint.
 */
import {
  type ConfState,
  EMPTY_CONF_STATE,
  EMPTY_HARD_STATE,
  type HardState,
  type LogIndex,
  MemoryStorage,
  NO_INDEX,
  NO_PEER,
  type PeerId,
  type Snapshot,
} from "../../raft/index.ts";

type Applied = { readonly index: LogIndex; readonly confState: ConfState };

const NOTHING_APPLIED: Applied = { index: NO_INDEX, confState: EMPTY_CONF_STATE };

export class Disk extends MemoryStorage {
  hardState: HardState = EMPTY_HARD_STATE;
  #synced: HardState = EMPTY_HARD_STATE;
  #applied = NOTHING_APPLIED;
  #checkpoint = NOTHING_APPLIED;
  isSnapshotWithheld = false;

  /** @param first The state from which the group starts; undefined: the peer is still empty. */
  constructor(first?: Snapshot) {
    super();
    if (first === undefined) return;
    this.install(first);
    // No term is below that of an entry: a vote in it would compare logs wrongly.
    this.hardState = { term: first.term, vote: NO_PEER, commit: first.index };
    this.sync();
  }

  get applied(): LogIndex {
    return this.#applied.index;
  }

  get confState(): ConfState {
    return this.#applied.confState;
  }

  /**
   * Whatever was written before is durable from here on. A commit index that was written alone is
   * so at the latest with the next entry, and the core relies on it: a peer whose log holds a conf
   * change must know that the one before it is committed.
   */
  sync(): void {
    this.#synced = this.hardState;
  }

  apply(index: LogIndex, confState: ConfState): void {
    this.#applied = { index, confState };
  }

  install(snapshot: Snapshot): void {
    if (!this.applySnapshot(snapshot)) return;
    this.#applied = { index: snapshot.index, confState: snapshot.confState };
    this.#checkpoint = this.#applied;
  }

  /** Makes durable what is applied, up to which the log may then be cut. */
  checkpoint(): void {
    this.#checkpoint = this.#applied;
  }

  crash(forgetsApplied: boolean): void {
    this.hardState = this.#synced;
    if (forgetsApplied) this.#applied = this.#checkpoint;
    else this.#checkpoint = this.#applied;
  }

  /** Whether the entry is here, or was before a compaction that only takes what is applied. */
  stores(index: LogIndex, term: number): boolean {
    const own = this.term(index);
    return own === term || own === "compacted";
  }

  override initialState() {
    const isNew = this.hardState === EMPTY_HARD_STATE;
    return { hardState: isNew ? null : this.hardState, confState: this.confState };
  }

  /**
   * Taken now, and not when the log was cut: a peer that was added since would not find itself in
   * an older configuration, and refuse it.
   */
  override snapshot(_to: PeerId): Snapshot | "temporarily-unavailable" {
    if (this.isSnapshotWithheld) return "temporarily-unavailable";
    const { index, confState } = this.#applied;
    const term = this.term(index);
    if (typeof term !== "number") throw new Error("the log lacks what was applied last");
    return { data: null, index, term, confState };
  }
}
