/**
 * One node of an interaction script: the core, its storage, and the work of its storage threads.
 */
import {
  type ConfState,
  confChangeOf,
  EMPTY_CONF_STATE,
  type Entry,
  type HardState,
  isEmptyHardState,
  type LogIndex,
  MemoryStorage,
  type Message,
  NO_INDEX,
  NO_TERM,
  type PeerId,
  type RaftConfig,
  RaftNode,
  type Snapshot,
} from "../../raft/index.ts";
import { CommandError } from "./command-error.ts";

/** Offers the newest state that was applied, not the snapshot that the log starts with. */
class HistoryStorage extends MemoryStorage {
  readonly history: Snapshot[] = [];

  get current(): Snapshot {
    const snapshot = this.history.at(-1);
    if (snapshot === undefined) throw new Error("a node without a first snapshot");
    return snapshot;
  }

  override snapshot(_to: PeerId): Snapshot {
    return this.current;
  }
}

export type NodeOptions = Omit<RaftConfig, "storage" | "applied"> & {
  readonly asyncStorageWrites: boolean;
};

export class InteractionNode {
  readonly id: PeerId;
  readonly isAsync: boolean;
  readonly storage = new HistoryStorage();
  readonly raft: RaftNode;
  readonly appendWork: Message[] = [];
  readonly applyWork: Message[] = [];

  constructor(options: NodeOptions, index: LogIndex, confState: ConfState) {
    this.id = options.id;
    this.isAsync = options.asyncStorageWrites;
    const isStarted = index > 0 || confState !== EMPTY_CONF_STATE;
    if (isStarted && index <= 1)
      throw new CommandError("index must be specified as > 1 due to bootstrap");
    const term = (isStarted ? 1 : NO_TERM) as Snapshot["term"];
    const first: Snapshot = { data: null, index, term, confState };
    if (isStarted) this.storage.applySnapshot(first);
    this.storage.history.push(first);
    this.raft = new RaftNode({ ...options, storage: this.storage, applied: index });
  }

  persist(hardState: HardState, entries: readonly Entry[], snapshot: Snapshot | null): void {
    if (!isEmptyHardState(hardState)) this.storage.setHardState(hardState);
    if (snapshot === null || snapshot.index === NO_INDEX) {
      this.storage.append(entries);
      return;
    }
    if (entries.length > 0)
      throw new CommandError("can't apply snapshot and entries at the same time");
    if (!this.storage.applySnapshot(snapshot))
      throw new CommandError("requested index is older than the existing snapshot");
  }

  apply(entries: readonly Entry[]): void {
    for (const entry of entries) {
      const change = confChangeOf(entry);
      const { data, confState } = this.storage.current;
      const news = change === undefined ? entry.data : change.context;
      this.storage.history.push({
        data: Buffer.concat([data ?? Buffer.alloc(0), news ?? Buffer.alloc(0)]),
        index: entry.index,
        term: entry.term,
        confState: change === undefined ? confState : this.raft.applyConfChange(change),
      });
    }
  }
}
