/**
 * Peers of a Raft group for tests: one alone, whose every message is looked at, or several over a
 * network that delivers at once, in order, except what a test cuts or drops. Whatever a core takes
 * or gives is frozen, since messages, entries and Readys are shared by reference: writing to one
 * throws.
 */
import {
  APPEND_THREAD,
  APPLY_THREAD,
  type ConfChange,
  type ConfState,
  confChangeOf,
  EMPTY_CONF_STATE,
  EMPTY_HARD_STATE,
  type EntriesLookup,
  type Entry,
  type HardState,
  isEmptyHardState,
  type LogIndex,
  MemoryStorage,
  type Message,
  type MessageType,
  makeEntry,
  makeMessage,
  type PeerId,
  type RaftConfig,
  RaftNode,
  type ReadState,
  type Ready,
  type Refusal,
  type Snapshot,
  type Term,
  type TraceEvent,
} from "../src/raft/index.ts";

export const id = (raw: number) => raw as PeerId;
export const at = (raw: number) => raw as LogIndex;
export const term = (raw: number) => raw as Term;
export const bytes = (text: string): Uint8Array => new TextEncoder().encode(text);

export function entry(ofTerm: number, index: number, text?: string): Entry {
  return makeEntry(term(ofTerm), at(index), "normal", text === undefined ? null : bytes(text));
}

export function confState(voters: readonly number[], fields: Partial<ConfState> = {}): ConfState {
  return { ...EMPTY_CONF_STATE, voters: voters.map(id), ...fields };
}

export function snapshot(index: number, ofTerm: number, conf: ConfState): Snapshot {
  return {
    data: bytes(`state at ${index}`),
    index: at(index),
    term: term(ofTerm),
    confState: conf,
  };
}

/** A message by plain numbers. */
export function message(
  type: MessageType,
  from: number,
  to: number,
  ofTerm: number,
  fields: Partial<Message> = {},
): Message {
  return makeMessage({ type, from: id(from), to: id(to), term: term(ofTerm), ...fields });
}

/** The same value, which nobody can change any more. The bytes of an array cannot be frozen. */
export function deepFreeze<Value>(value: Value): Value {
  if (typeof value !== "object" || value === null || ArrayBuffer.isView(value)) return value;
  // What is frozen was frozen here, whole.
  if (frozen.has(value)) return value;
  frozen.add(value);
  for (const part of Object.values(value)) deepFreeze(part);
  return Object.freeze(value);
}

const frozen = new WeakSet<object>();

/** A storage whose answers are frozen: the core reads them and must not change them. */
class FrozenStorage extends MemoryStorage {
  override initialState() {
    return deepFreeze(super.initialState());
  }

  override entries(low: LogIndex, high: LogIndex, bytesMax: number): EntriesLookup {
    return deepFreeze(super.entries(low, high, bytesMax));
  }

  override snapshot(to: PeerId) {
    return deepFreeze(super.snapshot(to));
  }
}

/** A node whose inputs and Readys are frozen. */
class FrozenNode extends RaftNode {
  override step(input: Message): Refusal | undefined {
    return super.step(deepFreeze(input));
  }

  override ready(): Ready {
    return deepFreeze(super.ready());
  }

  override applyConfChange(change: ConfChange): ConfState {
    return deepFreeze(super.applyConfChange(deepFreeze(change)));
  }

  override proposeConfChange(change: ConfChange, type?: "conf-change" | "conf-change-v2") {
    return super.proposeConfChange(deepFreeze(change), type);
  }

  override initialise(taken: Snapshot): boolean {
    return super.initialise(deepFreeze(taken));
  }
}

export type PeerOptions = Partial<Omit<RaftConfig, "id" | "storage">> & {
  readonly voters?: readonly number[];
  readonly learners?: readonly number[];
  /** Terms of the entries in the log, from index 1, or from behind `snapshot`. */
  readonly log?: readonly number[];
  /** The state that the log starts from. */
  readonly snapshot?: Snapshot;
  readonly hardState?: { readonly term: number; readonly vote?: number; readonly commit?: number };
  /** Without a sink for its events. */
  readonly isSilent?: boolean;
};

export const ELECTION_TICKS = 10;

/** Below this, a run of Readys of one peer that does not end is a livelock. */
const READYS_MAX = 1_000;

export class Peer {
  readonly id: PeerId;
  readonly storage: MemoryStorage = new FrozenStorage();
  readonly events: TraceEvent[] = [];
  readonly applied: Entry[] = [];
  readonly reads: ReadState[] = [];
  node: RaftNode;
  readonly #config: Omit<RaftConfig, "storage">;

  constructor(raw: number, options: PeerOptions = {}) {
    this.id = id(raw);
    const { voters, learners, log, snapshot: base, hardState, isSilent, ...config } = options;
    this.#config = {
      id: this.id,
      electionTicks: ELECTION_TICKS,
      heartbeatTicks: 1,
      random: () => 0,
      ...(isSilent === true ? {} : { trace: (event: TraceEvent) => this.events.push(event) }),
      ...config,
    };
    this.#fill(options);
    if (hardState !== undefined)
      this.storage.setHardState({
        term: term(hardState.term),
        vote: id(hardState.vote ?? 0),
        commit: at(hardState.commit ?? base?.index ?? 0),
      });
    this.node = new FrozenNode({ ...this.#config, storage: this.storage });
  }

  #fill({ voters = [], learners = [], log = [], snapshot: base }: PeerOptions): void {
    const conf = confState(voters, { learners: learners.map(id) });
    this.storage.applySnapshot(base ?? { ...snapshot(0, 0, conf), data: null });
    const first = this.storage.firstIndex();
    this.storage.append(log.map((ofTerm, position) => entry(ofTerm, first + position)));
  }

  /** The same disk, a new process. */
  restart(changes: Partial<RaftConfig> = {}): void {
    const applied = this.node.appliedIndex;
    this.node = new FrozenNode({ ...this.#config, applied, ...changes, storage: this.storage });
  }

  get kinds(): readonly TraceEvent["kind"][] {
    return this.events.map(({ kind }) => kind);
  }

  get isAsync(): boolean {
    return this.#config.asyncStorageWrites === true;
  }

  persist({
    hardState,
    entries,
    snapshot: taken,
  }: Pick<Ready, "hardState" | "entries" | "snapshot">): void {
    if (hardState !== null && !isEmptyHardState(hardState)) this.storage.setHardState(hardState);
    if (taken !== null) this.storage.applySnapshot(taken);
    this.storage.append(entries);
  }

  apply(entries: readonly Entry[]): void {
    for (const applied of entries) {
      this.applied.push(applied);
      const change = confChangeOf(applied);
      if (change === undefined) continue;
      this.node.applyConfChange(change);
    }
  }

  /** Does all work there is. @returns the messages to others, in order. */
  run(): readonly Message[] {
    const sent: Message[] = [];
    for (let count = 0; this.node.hasReady(); count++) {
      if (count > READYS_MAX) throw new Error("a peer does not come to rest");
      sent.push(...this.handleReady());
    }
    return sent;
  }

  /** Handles one Ready, in the way of the peer's mode. @returns the messages to others. */
  handleReady(): readonly Message[] {
    const ready = this.node.ready();
    this.reads.push(...ready.readStates);
    if (this.isAsync) return ready.messages.flatMap((sent) => this.#handleWork(sent));
    this.persist(ready);
    this.apply(ready.committedEntries);
    this.node.advance();
    return ready.messages;
  }

  #handleWork(work: Message): readonly Message[] {
    if (work.to === APPEND_THREAD) {
      const { term: ofTerm, vote, commit, entries, snapshot: taken } = work;
      this.persist({ hardState: { term: ofTerm, vote, commit }, entries, snapshot: taken });
    } else if (work.to === APPLY_THREAD) this.apply(work.entries);
    else return [work];
    for (const response of work.responses) if (response.to === this.id) this.node.step(response);
    return work.responses.filter(({ to }) => to !== this.id);
  }

  /** Steps messages and does the work that follows. @returns the messages to others. */
  take(...messages: readonly Message[]): readonly Message[] {
    for (const taken of messages) this.node.step(taken);
    return this.run();
  }

  tick(count = 1): readonly Message[] {
    const sent: Message[] = [];
    for (let i = 0; i < count; i++) if (this.node.tick()) sent.push(...this.run());
    return sent;
  }

  /** Campaigns and gets the votes it needs from `voters`. @returns what it then sends. */
  win(...voters: readonly number[]): readonly Message[] {
    this.node.campaign();
    this.run();
    return this.take(
      ...voters.map((voter) => message("MsgVoteResp", voter, this.id, this.node.term)),
    );
  }

  /** Terms of the log from its first index. */
  get logTerms(): readonly (number | string)[] {
    const terms: (number | string)[] = [];
    for (let index = this.node.firstIndex; index <= this.node.lastIndex; index++)
      terms.push(this.node.termAt(index));
    return terms;
  }

  get hardState(): HardState {
    return this.storage.initialState().hardState ?? EMPTY_HARD_STATE;
  }
}

/** What matters of a message in most tests. */
export function brief({ type, from, to, term: ofTerm, index, reject }: Message): string {
  return `${from}->${to} ${type} term ${ofTerm} index ${index}${reject ? " reject" : ""}`;
}

export class Cluster {
  readonly peers = new Map<PeerId, Peer>();
  readonly #cut = new Set<string>();
  readonly #dropped = new Set<MessageType>();

  constructor(count: number, options: PeerOptions | ((raw: number) => PeerOptions) = {}) {
    const voters = Array.from({ length: count }, (_, position) => position + 1);
    for (const raw of voters) {
      const own = typeof options === "function" ? options(raw) : options;
      this.add(new Peer(raw, { voters, ...own }));
    }
  }

  add(peer: Peer): void {
    this.peers.set(peer.id, peer);
  }

  peer(raw: number): Peer {
    const peer = this.peers.get(id(raw));
    if (peer === undefined) throw new Error(`no peer ${raw}`);
    return peer;
  }

  node(raw: number): RaftNode {
    return this.peer(raw).node;
  }

  cut(a: number, b: number): void {
    this.#cut.add(`${a} ${b}`).add(`${b} ${a}`);
  }

  isolate(raw: number): void {
    for (const other of this.peers.keys()) if (other !== raw) this.cut(raw, other);
  }

  drop(type: MessageType): void {
    this.#dropped.add(type);
  }

  heal(): void {
    this.#cut.clear();
    this.#dropped.clear();
  }

  /** Delivers `messages` and all that follows from them and from what the peers hold back. */
  settle(...messages: readonly Message[]): void {
    const queue = [...messages, ...this.#collect()];
    for (let count = 0; queue.length > 0; count++) {
      if (count > 10_000) throw new Error("the cluster does not come to rest");
      const next = queue.shift();
      if (next === undefined) break;
      if (this.#isLost(next)) continue;
      this.peers.get(next.to)?.node.step(next);
      queue.push(...this.#collect());
    }
  }

  #collect(): readonly Message[] {
    return [...this.peers.values()].flatMap((peer) => [...peer.run()]);
  }

  #isLost({ from, to, type }: Message): boolean {
    return this.#dropped.has(type) || this.#cut.has(`${from} ${to}`);
  }

  elect(raw: number): void {
    this.node(raw).campaign();
    this.settle();
  }

  propose(raw: number, text: string): void {
    this.node(raw).propose(bytes(text));
    this.settle();
  }

  tick(raw: number, count = 1): void {
    this.settle(...this.peer(raw).tick(count));
  }

  get roles(): Record<number, string> {
    return Object.fromEntries([...this.peers].map(([raw, { node }]) => [raw, node.role]));
  }
}
