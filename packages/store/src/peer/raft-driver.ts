// Drives one Raft node: inputs go in, and what comes out is made durable first, sent and applied after.
// Every promise to another peer (votes, acknowledgements) leaves only when the log's notice has come.
import { assert, type MessageShape } from "@multiraft/runtime";
import type { LogHandle } from "../log/log-handle.ts";
import type { Life, LogRecord } from "../log/record.ts";
import {
  APPEND_THREAD,
  APPLY_THREAD,
  EMPTY_HARD_STATE,
  type Entry,
  type HardState,
  limitEntries,
  type Message,
  type PeerId,
  RaftNode,
  type ReadState,
  type Refusal,
  type Snapshot,
  type Term,
} from "../raft/index.ts";
import { toLogged } from "./logged-entry.ts";
import type { ReplicaLog } from "./replica-log.ts";
import type { PeerTuning } from "./tuning.ts";

export type DriverHost = {
  /** To another peer. */
  readonly send: (message: Message) => void;
  /** The leader of `term` has nothing left in its log for `to`. It may have lost its leadership since it said so. */
  readonly sendSnapshot: (to: PeerId, term: Term) => void;
  readonly apply: (entries: readonly Entry[]) => void;
  readonly readConfirmed: (read: ReadState) => void;
  /** Raft took a snapshot in: the record that installs what it stands for. */
  readonly installRecord: (snapshot: Snapshot, hardState: HardState) => LogRecord;
  /** That record is durable. Runs before the acknowledgement leaves. */
  readonly installed: (snapshot: Snapshot) => void;
  readonly roleChanged: () => void;
};

/** Rounds of Readys in one turn: each needs the one before; a loop without end is a bug in here. */
const ROUNDS_MAX = 1_000;

export class RaftDriver<Mail extends MessageShape> {
  readonly node: RaftNode;
  readonly #life: Life;
  readonly #storage: ReplicaLog;
  readonly #log: LogHandle<Mail>;
  readonly #host: DriverHost;
  /** As the log has been told; it may not be durable yet. */
  #handedIn: HardState;
  /**
   * A newer commit index than that. It is a hint: what is applied is durable in the tablet, and the rest is
   * committed again by whoever leads. So it costs no sync of its own: it goes with the next append.
   */
  #commitHint: HardState | undefined;

  constructor(options: {
    readonly peerId: PeerId;
    readonly life: Life;
    readonly storage: ReplicaLog;
    readonly applied: Entry["index"];
    readonly log: LogHandle<Mail>;
    readonly host: DriverHost;
    readonly tuning: PeerTuning;
    readonly random: (exclusiveMax: number) => number;
  }) {
    this.#life = options.life;
    this.#storage = options.storage;
    this.#log = options.log;
    this.#host = options.host;
    this.#handedIn = options.storage.hardState ?? EMPTY_HARD_STATE;
    this.node = new RaftNode({
      id: options.peerId,
      storage: options.storage,
      electionTicks: options.tuning.electionTicks,
      heartbeatTicks: options.tuning.heartbeatTicks,
      random: options.random,
      applied: options.applied,
      asyncStorageWrites: true,
      messageBytesMax: APPEND_BYTES_MAX,
      checkQuorum: true,
      preVote: true,
      disableProposalForwarding: true,
      stepDownOnRemoval: true,
      withholdVotesAfterRestart: true,
      requestVotesWhenDurable: true,
      reportCommittedIndex: true,
      shareCommitInVotes: true,
      confirmReadsOnConfChange: true,
    });
  }

  step(message: Message): Refusal | undefined {
    return this.node.step(message);
  }

  /** Hands out all there is to do. Called once a turn, after the last input. */
  drive(): void {
    for (let round = 0; this.node.hasReady(); round += 1) {
      assert(round < ROUNDS_MAX, "a Raft node that is never done");
      const ready = this.node.ready();
      if (ready.softState !== null) this.#host.roleChanged();
      for (const read of ready.readStates) this.#host.readConfirmed(read);
      for (const message of ready.messages) this.#dispatch(message);
    }
  }

  #dispatch(message: Message): void {
    if (message.to === APPEND_THREAD) this.#persist(message);
    else if (message.to === APPLY_THREAD) this.#apply(message);
    else if (message.to === this.node.id) this.node.step(message);
    else if (message.type === "MsgSnap") this.#host.sendSnapshot(message.to, message.term);
    else this.#host.send(message);
  }

  /** At once, before the node takes another input: a snapshot cannot overtake what is applied. */
  #apply(message: Message): void {
    this.#host.apply(message.entries);
    for (const response of message.responses) this.node.step(response);
  }

  #persist(message: Message): void {
    const { entries, snapshot } = message;
    const hardState = this.#toHandIn(message);
    const pieces = entriesInPieces(entries);
    // Only the last piece is waited for: the log keeps the order of what one sender hands in.
    const rest = pieces.splice(1);
    const records = this.#recordsFor(hardState, pieces[0] ?? [], snapshot);
    for (const piece of rest) {
      this.#log.append(records.splice(0), () => undefined);
      records.push(this.#entriesRecord(piece));
    }
    const onDurable = () => {
      // In memory exactly what is durable, in the order in which it became so.
      if (snapshot !== null) {
        this.#storage.restart(snapshot);
        this.#host.installed(snapshot);
      }
      if (hardState !== undefined) this.#storage.setHardState(hardState);
      this.#storage.append(entries);
      for (const response of message.responses) this.#dispatch(response);
    };
    if (records.length === 0) this.#log.afterAll(onDurable);
    else this.#log.append(records, onDurable);
  }

  /** No commit index waits for an append that it could go with. */
  get isAllHandedIn(): boolean {
    return this.#commitHint === undefined;
  }

  /** Called by the owner's tick: an idle replica's hint does not wait for ever. */
  recordCommitHint(): void {
    const hardState = this.#commitHint;
    if (hardState === undefined) return;
    this.#commitHint = undefined;
    this.#handedIn = hardState;
    const record: LogRecord = { kind: "hard-state", life: this.#life, hardState };
    this.#log.append([record], () => this.#storage.setHardState(hardState));
  }

  /** What has to be written of the hard state with this message; a mere commit index is kept for later. */
  #toHandIn(message: Message): HardState | undefined {
    const given = message.term > 0 ? hardStateOf(message) : undefined;
    const { term, vote } = this.#handedIn;
    const isHint = given?.term === term && given.vote === vote;
    if (isHint && message.entries.length === 0 && message.snapshot === null) {
      this.#commitHint = given;
      return undefined;
    }
    const hardState = given ?? this.#commitHint;
    this.#commitHint = undefined;
    if (hardState !== undefined) this.#handedIn = hardState;
    return hardState;
  }

  #recordsFor(
    hardState: HardState | undefined,
    entries: readonly Entry[],
    snapshot: Snapshot | null,
  ): LogRecord[] {
    const life = this.#life;
    const records: LogRecord[] = [];
    if (snapshot !== null) {
      const { term, vote, commitIndex: commit } = this.node;
      records.push(this.#host.installRecord(snapshot, hardState ?? { term, vote, commit }));
    } else if (hardState !== undefined) records.push({ kind: "hard-state", life, hardState });
    if (entries.length > 0) records.push(this.#entriesRecord(entries));
    return records;
  }

  #entriesRecord(entries: readonly Entry[]): LogRecord {
    return { kind: "entries", life: this.#life, entries: entries.map(toLogged) };
  }
}

/** Bytes of one append message; with its frame it fits the largest slab. */
const APPEND_BYTES_MAX = 900 * 1024;

/** Entry bytes of one append to the log; with its frame it fits the largest slab. */
const LOG_PIECE_BYTES_MAX = 512 * 1024;

function entriesInPieces(entries: readonly Entry[]): (readonly Entry[])[] {
  const pieces: (readonly Entry[])[] = [];
  for (let rest = entries; rest.length > 0; ) {
    const piece = limitEntries(rest, LOG_PIECE_BYTES_MAX);
    pieces.push(piece);
    rest = rest.slice(piece.length);
  }
  return pieces;
}

function hardStateOf({ term, vote, commit }: Message): HardState {
  return { term, vote, commit };
}
