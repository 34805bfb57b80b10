/**
 * A seeded world of Raft peers for safety tests. Messages are lost, doubled and reordered; storage
 * threads lag behind their peers; processes crash and forget what was not durable; members come and
 * go. Each step is drawn from one generator, so that a seed repeats a run exactly.
 *
 * Checked at every step: one leader a term; every peer applies the same entry at the same index; no
 * read is answered with an index below what was committed when it was asked.
 */
import {
  APPEND_THREAD,
  APPLY_THREAD,
  type ConfChangeTransition,
  type ConfState,
  confChangeOf,
  EMPTY_CONF_STATE,
  type Entry,
  isVoter,
  type LogIndex,
  MemoryStorage,
  type Message,
  makeConfChange,
  NO_PEER,
  type PeerId,
  type RaftConfig,
  RaftNode,
  type Ready,
  type Snapshot,
  type Term,
} from "../../raft/index.ts";

const at = (raw: number) => raw as LogIndex;
const id = (raw: number) => raw as PeerId;
const bytes = (text: string) => Buffer.from(text);
const confState = (voters: readonly number[]): ConfState => ({
  ...EMPTY_CONF_STATE,
  voters: voters.map(id),
});

const PEERS_MAX = 6;
const IN_FLIGHT_MAX = 200;

export type Random = (exclusiveMax: number) => number;

/** xorshift32: enough chance for schedules, and the same on every machine. */
export function randomOf(seed: number): Random {
  let state = (seed * 2_654_435_761) >>> 0 || 1;
  return (exclusiveMax) => {
    state ^= state << 13;
    state ^= state >>> 17;
    state ^= state << 5;
    state >>>= 0;
    return state % exclusiveMax;
  };
}

/** Durable: log, hard state, what was applied and the configuration that follows from it. */
class Disk extends MemoryStorage {
  applied: LogIndex;
  confState: ConfState;

  constructor(first: Snapshot | undefined) {
    super();
    this.applied = at(0);
    this.confState = confState([]);
    if (first === undefined) return;
    this.install(first);
    // No term is below that of an entry: a vote in it would compare logs wrongly.
    this.setHardState({ term: first.term, vote: NO_PEER, commit: first.index });
  }

  install(taken: Snapshot): void {
    if (!this.applySnapshot(taken)) return;
    this.applied = taken.index;
    this.confState = taken.confState;
  }

  /**
   * Taken now, and not when the log was cut: a peer that was added since would not find itself in
   * an older configuration, and refuse it.
   */
  override snapshot(_to: PeerId): Snapshot {
    const term = this.term(this.applied);
    if (typeof term !== "number") throw new Error("the log lacks what was applied last");
    return { data: null, index: this.applied, term, confState: this.confState };
  }

  override initialState() {
    return { ...super.initialState(), confState: this.confState };
  }
}

type Process = {
  readonly node: RaftNode;
  readonly appendWork: Message[];
  readonly applyWork: Message[];
};

type Member = { readonly id: PeerId; readonly disk: Disk; process: Process };

type Read = { readonly asker: PeerId; readonly floor: LogIndex };

export class World {
  readonly #random: Random;
  readonly #config: Partial<RaftConfig>;
  readonly #members: Member[] = [];
  readonly #leaders = new Map<number, PeerId>();
  readonly #applied = new Map<LogIndex, string>();
  readonly #reads = new Map<string, Read>();
  readonly #cut = new Set<PeerId>();
  #inFlight: Message[] = [];
  #nextValue = 0;
  answeredReads = 0;
  elections = 0;
  confChanges = 0;
  snapshots = 0;

  constructor(seed: number, config: Partial<RaftConfig>) {
    this.#random = randomOf(seed);
    this.#config = config;
    const first: Snapshot = {
      data: bytes("state at 5"),
      index: at(5),
      term: 5 as Term,
      confState: confState([1, 2, 3]),
    };
    for (let raw = 1; raw <= PEERS_MAX; raw++) {
      const disk = new Disk(raw <= 3 ? first : undefined);
      this.#members.push({ id: id(raw), disk, process: this.#start(id(raw), disk) });
    }
  }

  get lastApplied(): LogIndex {
    return at(Math.max(0, ...this.#applied.keys()));
  }

  #start(own: PeerId, disk: Disk): Process {
    const node = new RaftNode({
      electionTicks: 6,
      heartbeatTicks: 1,
      random: this.#random,
      messageBytesMax: 100,
      applyingBytesMax: 150,
      inflightMessagesMax: 3,
      ...this.#config,
      id: own,
      storage: disk,
      applied: disk.applied,
    });
    return { node, appendWork: [], applyWork: [] };
  }

  /** One event of chance. */
  step(): void {
    const member = this.#any(this.#members);
    const active = this.#any(this.#activeMembers());
    const draw = this.#random(100);
    // Few ticks: a leader must have time to be heard, or nothing but elections happens.
    if (draw < 48) this.#deliverOne();
    else if (draw < 53) this.#tick(member);
    else if (draw < 73) this.#runAppendThread(active);
    else if (draw < 84) this.#runApplyThread(active);
    else if (draw < 91) this.#propose(active);
    else this.#disturb(member);
    for (const each of this.#members) this.#drain(each);
  }

  /** Those who have work for a storage thread or take part in something, or all. */
  #activeMembers(): readonly Member[] {
    const active = this.#members.filter(
      ({ process }) => process.appendWork.length + process.applyWork.length > 0,
    );
    return active.length > 0 ? active : this.#members;
  }

  #disturb(member: Member): void {
    const { node } = member.process;
    const other = this.#any(this.#members).id;
    switch (this.#random(9)) {
      case 0:
        this.#crash(member);
        break;
      case 1:
        this.#proposeConfChange(member);
        break;
      case 2:
        this.#read(member);
        break;
      case 3:
        this.#compact(member);
        break;
      case 4:
        if (this.#random(3) === 0) this.#cut.add(member.id);
        else this.#cut.clear();
        break;
      case 5:
        node.transferLeader(other);
        break;
      case 6:
        node.reportUnreachable(other);
        break;
      case 7:
        node.reportSnapshot(other, this.#random(2) === 0);
        break;
      default:
        if (this.#random(4) === 0) node.forgetLeader();
        else if (this.#random(8) === 0) node.campaign();
    }
  }

  #any<Item>(items: readonly Item[]): Item {
    const item = items[this.#random(items.length)];
    if (item === undefined) throw new Error("a draw from nothing");
    return item;
  }

  #tick(member: Member): void {
    member.process.node.tick();
  }

  #deliverOne(): void {
    if (this.#inFlight.length === 0) return;
    const [message] = this.#inFlight.splice(this.#random(this.#inFlight.length), 1);
    if (message === undefined) return;
    if (this.#random(20) === 0) {
      this.#lose(message);
      return;
    }
    if (this.#random(20) === 0) this.#inFlight.push(message);
    this.#hand(message);
  }

  #hand(message: Message): void {
    if (this.#cut.has(message.from) || this.#cut.has(message.to)) this.#lose(message);
    else this.#members[message.to - 1]?.process.node.step(message);
  }

  /** A sender owes its peer a report of a snapshot that did not arrive: it waits for one. */
  #lose({ type, from, to }: Message): void {
    if (type === "MsgSnap") this.#members[from - 1]?.process.node.reportSnapshot(to, false);
  }

  #propose({ process }: Member): void {
    this.#nextValue += 1;
    process.node.propose(bytes(`value ${this.#nextValue} ${"x".repeat(this.#random(60))}`));
  }

  #proposeConfChange({ process: { node } }: Member): void {
    if (!node.isLeader) return;
    const types = ["add-node", "add-learner-node", "remove-node"] as const;
    const changes = Array.from({ length: 1 + this.#random(3) }, () => ({
      type: this.#any(types),
      nodeId: this.#any(this.#members).id,
    }));
    const transitions: readonly ConfChangeTransition[] = ["auto", "implicit", "explicit"];
    const isLeaving = node.confState.votersOutgoing.length > 0 && this.#random(2) === 0;
    const change = isLeaving ? makeConfChange([]) : makeConfChange(changes, this.#any(transitions));
    if (node.objectionToConfChange(change) === undefined) node.proposeConfChange(change);
  }

  /** What anybody knows to be committed must be seen by a read that starts now. */
  #read({ id: asker, process }: Member): void {
    this.#nextValue += 1;
    const context = `read ${this.#nextValue}`;
    const floor = at(Math.max(...this.#members.map((each) => each.process.node.commitIndex)));
    this.#reads.set(context, { asker, floor });
    process.node.readIndex(bytes(context));
  }

  /** What is not durable is gone, and the queues of the storage threads with it. */
  #crash(member: Member): void {
    member.process = this.#start(member.id, member.disk);
  }

  #compact({ disk }: Member): void {
    if (disk.applied >= disk.firstIndex()) disk.compact(disk.applied);
  }

  #drain(member: Member): void {
    const { node } = member.process;
    while (node.hasReady()) {
      const ready = node.ready();
      this.#noteLeader(node);
      this.#noteReads(member, ready);
      if (this.#config.asyncStorageWrites === true)
        for (const each of ready.messages) this.#send(member, each);
      else this.#handleSynchronously(member, ready);
    }
  }

  #handleSynchronously(member: Member, ready: Ready): void {
    const { disk, process } = member;
    if (ready.hardState !== null) disk.setHardState(ready.hardState);
    if (ready.snapshot !== null) this.#install(member, ready.snapshot);
    disk.append(ready.entries);
    for (const each of ready.messages) this.#send(member, each);
    this.#apply(member, ready.committedEntries);
    process.node.advance();
  }

  #send({ process }: Member, message: Message): void {
    if (message.to === APPEND_THREAD) process.appendWork.push(message);
    else if (message.to === APPLY_THREAD) process.applyWork.push(message);
    else {
      this.#inFlight.push(message);
      const oldest = this.#inFlight.length > IN_FLIGHT_MAX ? this.#inFlight.shift() : undefined;
      if (oldest !== undefined) this.#lose(oldest);
    }
  }

  #runAppendThread(member: Member): void {
    const work = member.process.appendWork.shift();
    if (work === undefined) return;
    const { term, vote, commit, entries, snapshot: taken } = work;
    if (term > 0) member.disk.setHardState({ term, vote, commit });
    if (taken !== null) this.#install(member, taken);
    member.disk.append(entries);
    this.#respond(member, work);
  }

  #runApplyThread(member: Member): void {
    const work = member.process.applyWork.shift();
    if (work === undefined) return;
    this.#apply(member, work.entries);
    this.#respond(member, work);
  }

  #respond(member: Member, { responses }: Message): void {
    for (const response of responses) {
      if (response.to === member.id) member.process.node.step(response);
      else this.#inFlight.push(response);
    }
  }

  #install({ disk }: Member, taken: Snapshot): void {
    this.snapshots += 1;
    disk.install(taken);
  }

  #apply({ disk, process }: Member, entries: readonly Entry[]): void {
    for (const entry of entries) {
      // A snapshot that was installed meanwhile holds it already.
      if (entry.index > disk.applied) this.#noteApplied(entry);
      const change = confChangeOf(entry);
      if (entry.index <= disk.applied) continue;
      if (change !== undefined) {
        disk.confState = process.node.applyConfChange(change);
        this.confChanges += 1;
      }
      disk.applied = entry.index;
    }
  }

  #noteApplied({ index, term, data }: Entry): void {
    const text = `${term} ${data === null ? "" : Buffer.from(data).toString("latin1")}`;
    const known = this.#applied.get(index);
    if (known !== undefined && known !== text)
      throw new Error(`two entries are committed at ${index}: ${known} and ${text}`);
    this.#applied.set(index, text);
  }

  #noteLeader(node: RaftNode): void {
    if (!node.isLeader) return;
    const known = this.#leaders.get(node.term);
    if (known !== undefined && known !== node.id)
      throw new Error(`two leaders of term ${node.term}: ${known} and ${node.id}`);
    if (known === undefined) this.elections += 1;
    this.#leaders.set(node.term, node.id);
  }

  #noteReads({ id: own }: Member, { readStates }: Ready): void {
    for (const { index, context } of readStates) {
      const name = Buffer.from(context).toString();
      const read = this.#reads.get(name);
      if (read === undefined || read.asker !== own) throw new Error(`${name} was not asked`);
      if (index < read.floor)
        throw new Error(`${name} got ${index}, but ${read.floor} was committed before`);
      this.answeredReads += 1;
    }
  }

  /** What was applied, entry by entry. */
  get history(): ReadonlyMap<LogIndex, string> {
    return this.#applied;
  }

  /** One line a peer, for the message of a failure. */
  summary(): string {
    return this.#members.map(({ process: { node } }) => JSON.stringify(node.status())).join("\n");
  }

  /**
   * Without further disturbance, and with every thread and message served in turn.
   * @returns whether all voters of the last leader came to agree on a new entry.
   */
  settle(roundsMax: number): boolean {
    this.#cut.clear();
    const goal = `settled ${this.#nextValue}`;
    for (let round = 0; round < roundsMax; round++) {
      this.#serveAll();
      const leading = this.#leading();
      if (leading === undefined) continue;
      if (this.#hasAgreed(leading, goal)) return true;
      if (round % 10 === 9) leading.process.node.propose(bytes(goal));
      if (round % 40 === 39) this.#giveUpSnapshots(leading);
    }
    return false;
  }

  /** The receiver of one may have crashed with it: the sender's patience ends at some time. */
  #giveUpSnapshots({ process: { node } }: Member): void {
    for (const { id: to, state } of node.status().progress)
      if (state === "snapshot") node.reportSnapshot(to, false);
  }

  #leading(): Member | undefined {
    const leaders = this.#members.filter(({ process }) => process.node.isLeader);
    return leaders.sort((a, b) => b.process.node.term - a.process.node.term)[0];
  }

  #serveAll(): void {
    for (const member of this.#members) {
      this.#tick(member);
      this.#drain(member);
      while (member.process.appendWork.length > 0) this.#runAppendThread(member);
      while (member.process.applyWork.length > 0) this.#runApplyThread(member);
      this.#drain(member);
    }
    const messages = this.#inFlight;
    this.#inFlight = [];
    for (const message of messages) this.#hand(message);
    for (const member of this.#members) this.#drain(member);
  }

  #hasAgreed({ process }: Member, goal: string): boolean {
    const { confState: conf, appliedIndex } = process.node;
    const isApplied = [...this.#applied.values()].some((text) => text.endsWith(goal));
    const voters = this.#members.filter((each) => isVoter(conf, each.id));
    return isApplied && voters.every(({ disk }) => disk.applied >= appliedIndex);
  }
}
