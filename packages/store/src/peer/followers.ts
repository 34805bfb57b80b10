// What a leader knows of the other replicas of its region: who is behind, who is silent, and who knows of the
// region's last change. Unknown is pending: a new leader has to hear from a replica before it vouches for it.
import type { Peer, PeerId, Region } from "@multiraft/pd/protocol";
import { type LogIndex, NO_INDEX, type RaftNode } from "../raft/index.ts";
import type { PeerTuning } from "./tuning.ts";

type DownPeer = { readonly peerId: PeerId; readonly downMs: number };

export class Followers {
  readonly #self: PeerId;
  readonly #node: RaftNode;
  readonly #region: () => Region;
  readonly #tuning: PeerTuning;
  readonly #heardTick = new Map<PeerId, number>();
  /** Since the group woke. */
  readonly #heardAwake = new Set<PeerId>();
  #ticks = 0;
  /** Applied here when the leader or the region changed last. */
  #changedIndex: LogIndex = NO_INDEX;

  constructor(self: PeerId, node: RaftNode, region: () => Region, tuning: PeerTuning) {
    this.#self = self;
    this.#node = node;
    this.#region = region;
    this.#tuning = tuning;
  }

  tick(): void {
    this.#ticks += 1;
    if (this.#node.isLeader) return;
    this.#heardTick.clear();
    this.#heardAwake.clear();
  }

  heard(from: PeerId): void {
    this.#heardTick.set(from, this.#ticks);
    this.#heardAwake.add(from);
  }

  /** Who was heard before the group slept has to be heard again before it sleeps again. */
  woke(): void {
    this.#heardAwake.clear();
  }

  /** All are there, and as far as the leader. */
  get isGroupAtRest(): boolean {
    const others = this.#others();
    const isThere = ({ id }: Peer) => this.#isHeardOf(id) && this.#heardAwake.has(id);
    return this.pending().length === 0 && others.every(isThere);
  }

  /** The leader or the region changed. */
  changed(): void {
    this.#changedIndex = this.#node.appliedIndex;
  }

  /**
   * So is pending who does not know yet that the region's change is committed: a learner that was promoted would
   * take no leadership, and the transfer would keep the group from writing for an election timeout.
   */
  pending(): PeerId[] {
    return this.#others()
      .map(({ id }) => id)
      .filter((id) => !this.#isCurrent(id) || !this.#knowsChange(id));
  }

  down(): DownPeer[] {
    const down: DownPeer[] = [];
    for (const { id } of this.#others()) {
      const heard = this.#heardTick.get(id);
      if (heard === undefined) this.#heardTick.set(id, this.#ticks);
      const silentTicks = this.#ticks - (heard ?? this.#ticks);
      if (silentTicks > this.#tuning.electionTicks)
        down.push({ peerId: id, downMs: silentTicks * this.#tuning.tickMs });
    }
    this.#forgetRemoved();
    return down;
  }

  /**
   * A majority of the region knows that its last change is committed. Before that nobody else may act on it: with
   * this replica's disk the knowledge would be gone, and those who are left would count the votes of who has left.
   */
  get isChangeShared(): boolean {
    return this.#isMajority(this.#voters(), (id) => this.#knowsChange(id));
  }

  /** What would be left could go on: a majority of it gets what is written, from the log, and was heard of lately. */
  canDoWithout(peerId: PeerId): boolean {
    const left = this.#voters().filter((id) => id !== peerId);
    return this.#isMajority(left, (id) => this.#isCurrent(id) && this.#isHeardOf(id));
  }

  #isMajority(voters: readonly PeerId[], holds: (id: PeerId) => boolean): boolean {
    const holding = voters.filter((id) => id === this.#self || holds(id)).length;
    return 2 * holding > voters.length;
  }

  #isCurrent(id: PeerId): boolean {
    const progress = this.#node.progressOf(id);
    return progress?.flow.state === "replicate" && progress.match >= this.#node.firstIndex - 1;
  }

  #knowsChange(id: PeerId): boolean {
    return (this.#node.progressOf(id)?.committedIndex ?? NO_INDEX) >= this.#changedIndex;
  }

  #isHeardOf(id: PeerId): boolean {
    const heard = this.#heardTick.get(id);
    return heard !== undefined && this.#ticks - heard <= this.#tuning.electionTicks;
  }

  #voters(): PeerId[] {
    const { peers } = this.#region();
    return peers.filter(({ role }) => role === "voter").map(({ id }) => id);
  }

  #others(): readonly Peer[] {
    return this.#region().peers.filter(({ id }) => id !== this.#self);
  }

  /** Ids are never given twice: who was removed, or was never a peer, is not asked for again. */
  #forgetRemoved(): void {
    const { peers } = this.#region();
    if (this.#heardTick.size < peers.length) return;
    for (const id of this.#heardTick.keys()) {
      if (peers.some((peer) => peer.id === id)) continue;
      this.#heardTick.delete(id);
      this.#heardAwake.delete(id);
    }
  }
}
