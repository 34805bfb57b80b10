// Linearizable reads. All reads of a turn share one question to Raft; when it is confirmed and applied
// the data are read. The epoch and the range are checked when the answer is made: a read that waited
// for a split must not answer for keys that moved away.
import type { ReplyToken } from "@multiraft/runtime";
import type { LogIndex, ReadState } from "../raft/index.ts";
import type { ClientReply, ClientRequest } from "./client-request.ts";

export type ReadRequest = Extract<ClientRequest, { kind: "get" | "scan" }>;
export type PendingRead = { readonly request: ReadRequest; readonly token: ReplyToken };

type Round = { readonly reads: readonly PendingRead[]; ageTicks: number };

/** Reads gathered or waiting; beyond it callers are told to come back. */
const READS_MAX = 65_536;
/** A round that is not confirmed for so long is given up: its message was lost. */
const ROUND_TICKS_MAX = 20;

export class Reads {
  readonly #reply: (token: ReplyToken, reply: ClientReply) => void;
  readonly #serve: (read: PendingRead) => void;
  #gathered: PendingRead[] = [];
  readonly #rounds = new Map<number, Round>();
  #confirmed: { readonly index: LogIndex; readonly reads: readonly PendingRead[] }[] = [];
  #nextRound = 1;
  #count = 0;

  constructor(
    reply: (token: ReplyToken, reply: ClientReply) => void,
    serve: (read: PendingRead) => void,
  ) {
    this.#reply = reply;
    this.#serve = serve;
  }

  /** Those whose callers wait. */
  get count(): number {
    return this.#count;
  }

  add(read: PendingRead): void {
    if (this.#count >= READS_MAX) return this.#reply(read.token, { kind: "busy", reason: "reads" });
    this.#count += 1;
    this.#gathered.push(read);
  }

  /** The context to ask Raft with, when there is something to ask. */
  takeRound(): Uint8Array | undefined {
    if (this.#gathered.length === 0) return undefined;
    const number = this.#nextRound;
    this.#nextRound += 1;
    this.#rounds.set(number, { reads: this.#gathered, ageTicks: 0 });
    this.#gathered = [];
    const context = new Uint8Array(8);
    new DataView(context.buffer).setFloat64(0, number);
    return context;
  }

  /** Raft did not take the question of this round; others still wait for their answer. */
  refuse(context: Uint8Array, reply: ClientReply): void {
    const round = this.#endRound(context);
    if (round !== undefined) this.#fail(round.reads, reply);
  }

  onConfirmed({ index, context }: ReadState, applied: LogIndex): void {
    const round = this.#endRound(context);
    if (round === undefined) return;
    this.#confirmed.push({ index, reads: round.reads });
    this.onApplied(applied);
  }

  onApplied(applied: LogIndex): void {
    if (this.#confirmed.length === 0) return;
    const ready = this.#confirmed.filter(({ index }) => index <= applied);
    if (ready.length === 0) return;
    this.#confirmed = this.#confirmed.filter(({ index }) => index > applied);
    for (const { reads } of ready)
      for (const read of reads) {
        this.#count -= 1;
        this.#serve(read);
      }
  }

  onTick(): void {
    for (const [number, round] of this.#rounds) {
      round.ageTicks += 1;
      if (round.ageTicks <= ROUND_TICKS_MAX) continue;
      this.#rounds.delete(number);
      this.#fail(round.reads, { kind: "busy", reason: "no quorum answered" });
    }
  }

  /** Leadership is gone, or the life ends: what was not confirmed never will be. */
  failAll(reply: ClientReply): void {
    this.#fail(this.#gathered, reply);
    this.#gathered = [];
    for (const { reads } of this.#rounds.values()) this.#fail(reads, reply);
    this.#rounds.clear();
    for (const { reads } of this.#confirmed) this.#fail(reads, reply);
    this.#confirmed = [];
  }

  #endRound(context: Uint8Array): Round | undefined {
    const view = new DataView(context.buffer, context.byteOffset, context.byteLength);
    const number = view.getFloat64(0);
    const round = this.#rounds.get(number);
    this.#rounds.delete(number);
    return round;
  }

  #fail(reads: readonly PendingRead[], reply: ClientReply): void {
    this.#count -= reads.length;
    for (const { token } of reads) this.#reply(token, reply);
  }
}
