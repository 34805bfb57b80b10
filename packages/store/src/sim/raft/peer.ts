/**
 * One peer of a run: its disk, and while it is up, a process with the core, the work of its two
 * storage threads and their answers. It handles Readys as the core's contract tells an owner to, in
 * pieces as small as the contract permits.
 */
import {
  APPEND_THREAD,
  APPLY_THREAD,
  confChangeOf,
  type Entry,
  type Message,
  type PeerId,
  RaftNode,
  type Ready,
  type Snapshot,
} from "../../raft/index.ts";
import type { Coverage } from "./coverage.ts";
import { changesCovered, membershipCovered } from "./covered-changes.ts";
import { Disk } from "./disk.ts";
import { type Features, PEER_STREAMS } from "./features.ts";
import type { Network } from "./network.ts";
import type { Witness } from "./oracle/witness.ts";
import { Random } from "./random.ts";
import type { Sabotage } from "./sabotage.ts";
import { covers } from "./trace-coverage.ts";

/** What the peers of a run share. */
export type Surroundings = {
  readonly seed: number;
  readonly features: Features;
  readonly network: Network;
  readonly witness: Witness;
  readonly coverage: Coverage;
  readonly sabotage: Sabotage;
};

type SnapshotReport = { readonly to: PeerId; readonly isDelivered: boolean };

export type Process = {
  readonly node: RaftNode;
  readonly appendWork: Message[];
  readonly applyWork: Message[];
  readonly appendAnswers: (readonly Message[])[];
  readonly applyAnswers: (readonly Message[])[];
  readonly reports: SnapshotReport[];
  /** Synchronous mode: the Ready that is being handled, and what was done of it. */
  handled: { readonly ready: Ready; stage: "persisted" | "sent" } | undefined;
};

export class Peer {
  readonly id: PeerId;
  readonly disk: Disk;
  readonly #shared: Surroundings;
  #process: Process | undefined;
  #starts = 0;

  constructor(id: PeerId, first: Snapshot | undefined, shared: Surroundings) {
    this.id = id;
    this.#shared = shared;
    this.disk = shared.sabotage.makeDisk?.(first) ?? new Disk(first);
  }

  /** Undefined while the peer is down. */
  get process(): Process | undefined {
    return this.#process;
  }

  start(): void {
    const { seed, features, witness, coverage } = this.#shared;
    this.#starts += 1;
    // Of its own: what others draw, or drew in a longer schedule, is nothing to it.
    const stream = PEER_STREAMS + this.id + features.peerCount * this.#starts;
    const random = Random.fork(seed, stream);
    const node = new RaftNode({
      ...features.config,
      id: this.id,
      storage: this.disk,
      applied: this.disk.applied,
      random: (exclusiveMax) => random.below(exclusiveMax),
      trace: (event) => {
        const covered = covers(event);
        if (covered !== undefined) coverage.count(covered);
      },
    });
    this.#process = {
      node,
      appendWork: [],
      applyWork: [],
      appendAnswers: [],
      applyAnswers: [],
      reports: [],
      handled: undefined,
    };
    witness.onStarted(node, this.disk, this.disk.applied, this.disk.confState);
  }

  /** What is not durable is gone, and with it the work of the storage threads. */
  crash(): void {
    const { witness, coverage, features } = this.#shared;
    if ((this.#process?.appendWork.length ?? 0) > 0) coverage.count("crashes that lose writes");
    const before = this.disk.applied;
    this.disk.crash(features.forgetsApplied);
    if (this.disk.applied < before) coverage.count("applied again after a crash");
    this.#process = undefined;
    witness.onCrashed(this.id);
  }

  /** Gives the core an input, and handles what follows from it. */
  input(process: Process, give: (node: RaftNode) => void): void {
    give(process.node);
    this.#observe(process);
    if (!this.#shared.features.takesReadyAtOnce) return;
    while (this.hasReadyWork(process)) this.handleReady(process);
  }

  hasReadyWork({ node, handled }: Process): boolean {
    return handled !== undefined || node.hasReady();
  }

  handleReady(process: Process): void {
    if (this.#shared.features.config.asyncStorageWrites === true) this.#route(process);
    else this.#handleStage(process);
    this.#observe(process);
  }

  #observe({ node }: Process): void {
    const { witness, coverage } = this.#shared;
    if (witness.observe(node)) coverage.count("elections");
  }

  #route(process: Process): void {
    const { witness, sabotage } = this.#shared;
    const ready = process.node.ready();
    this.#note(process, ready);
    for (const message of ready.messages) {
      if (message.to === APPEND_THREAD) {
        process.appendWork.push(message);
        if (sabotage.answersEarly === true) this.#sendAnswers(message);
      } else if (message.to === APPLY_THREAD) {
        witness.applied.onHandedOut(this.id, message.entries, this.disk);
        process.applyWork.push(message);
      } else this.#send(message);
    }
  }

  #handleStage(process: Process): void {
    const { node, handled } = process;
    if (handled === undefined) {
      const ready = node.ready();
      this.#note(process, ready);
      this.#persist(ready, ready.mustSync || ready.snapshot !== null);
      process.handled = { ready, stage: "persisted" };
    } else if (handled.stage === "persisted") {
      for (const message of handled.ready.messages) this.#send(message);
      handled.stage = "sent";
    } else {
      this.#apply(process, handled.ready.committedEntries);
      process.handled = undefined;
      node.advance();
    }
  }

  #note({ node }: Process, { entries, readStates }: Ready): void {
    const { witness, coverage, features } = this.#shared;
    witness.onWritten(node, entries);
    for (const { index, context } of readStates) {
      const token = new DataView(context.buffer, context.byteOffset).getUint32(0);
      witness.reads.onAnswered(token, this.id, index);
      coverage.count("reads answered");
      if (features.config.readMode === "lease-based") coverage.count("lease reads answered");
      if (!node.isLeader) coverage.count("reads forwarded");
    }
  }

  /** The append thread's next piece of work. @returns whether there was one. */
  runAppendThread(process: Process): boolean {
    const work = process.appendWork.shift();
    if (work === undefined) return false;
    const { term, vote, commit, entries, snapshot } = work;
    const hardState = term > 0 ? { term, vote, commit } : null;
    const before = this.disk.hardState;
    const isCommitAlone = term === before.term && vote === before.vote;
    const mustSync = !isCommitAlone || entries.length > 0 || snapshot !== null;
    this.#persist({ hardState, entries, snapshot }, mustSync);
    if (this.#shared.sabotage.answersEarly !== true) this.#sendAnswers(work);
    process.appendAnswers.push(work.responses.filter(({ to }) => to === this.id));
    return true;
  }

  runApplyThread(process: Process): boolean {
    const work = process.applyWork.shift();
    if (work === undefined) return false;
    this.#apply(process, work.entries);
    this.#observe(process);
    process.applyAnswers.push(work.responses);
    return true;
  }

  /** Own answers come as they were promised: first what acknowledges, then what forgets. */
  takeAnswer(process: Process, answers: (readonly Message[])[]): boolean {
    const batch = answers.shift();
    if (batch === undefined) return false;
    for (const answer of batch) {
      this.#shared.witness.onSent(answer, this.disk);
      this.input(process, (node) => node.step(answer));
    }
    return true;
  }

  #persist(
    { hardState, snapshot, entries }: Pick<Ready, "hardState" | "snapshot" | "entries">,
    mustSync: boolean,
  ): void {
    if (hardState !== null) this.disk.hardState = hardState;
    if (snapshot !== null) this.#install(snapshot);
    this.disk.append(entries);
    if (mustSync) this.disk.sync();
  }

  #install(snapshot: Snapshot): void {
    const { witness, coverage } = this.#shared;
    witness.applied.onConfigured(this.id, snapshot.index, snapshot.confState);
    this.disk.install(snapshot);
    coverage.count("snapshots installed");
  }

  #apply(process: Process, entries: readonly Entry[]): void {
    const { witness, coverage } = this.#shared;
    for (const entry of entries) {
      // A snapshot that is in place holds it already.
      if (entry.index <= this.disk.applied) continue;
      // One that is on its way to the disk has replaced the configuration that a change would start
      // from. The answer may be given all the same: the core takes the snapshot for applied.
      if (entry.index < process.node.firstIndex) return;
      witness.applied.onApplied(this.id, entry, this.disk.applied);
      this.disk.apply(entry.index, this.#configure(process, entry));
      coverage.count("entries applied");
    }
  }

  #configure({ node }: Process, entry: Entry) {
    const change = confChangeOf(entry);
    if (change === undefined) return this.disk.confState;
    const { witness, coverage } = this.#shared;
    const before = this.disk.confState;
    const leader = node.isLeader ? this.id : undefined;
    const after = node.applyConfChange(change);
    if (witness.applied.onConfigured(this.id, entry.index, after)) {
      coverage.count(changesCovered(entry, change));
      for (const covered of membershipCovered(before, after)) coverage.count(covered);
    }
    const isLeaderRemoved = leader !== undefined && !after.voters.includes(leader);
    if (isLeaderRemoved) coverage.count("leaders removed");
    return after;
  }

  #sendAnswers({ responses }: Message): void {
    for (const response of responses) if (response.to !== this.id) this.#send(response);
  }

  #send(message: Message): void {
    const { witness, network, sabotage } = this.#shared;
    const sent = sabotage.rewrite?.(message) ?? message;
    witness.onSent(sent, this.disk);
    network.send(sent);
  }
}
