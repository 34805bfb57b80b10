// What a replica does for clients: it takes proposals and reads while it leads, and answers each once.
// Whatever a request was made for (version, range) is checked when it comes and again when it is served.

import { type Key, rangeContains } from "@multiraft/pd/protocol";
import { type ReplyToken, unreachable } from "@multiraft/runtime";
import { COMMAND_BYTES_MAX, type Command, encodeCommand } from "../operation/command.ts";
import type { LogIndex, RaftNode, ReadState, Refusal, Term } from "../raft/index.ts";
import type { Tablet } from "../tablet/tablet.ts";
import type { ClientReply, ClientRequest } from "./client-request.ts";
import type { Leadership } from "./leadership.ts";
import { PROPOSALS_MAX, Proposals } from "./proposals.ts";
import { type PendingRead, Reads } from "./reads.ts";

/** Read anew for each request: both change during a life. */
export type ServiceHost = {
  readonly node: () => RaftNode | undefined;
  /** Undefined without data, and from the moment that the replica is ending. */
  readonly data: () => { readonly tablet: Tablet; readonly leadership: Leadership } | undefined;
  readonly reply: (token: ReplyToken, reply: ClientReply) => void;
  /** Of this replica to its log, not durable yet. */
  readonly appendsUnderWay: () => number;
};

type Gathered = { readonly data: Uint8Array; readonly token: ReplyToken };

/**
 * While so many appends are on their way to the disk, new commands are gathered: one is written, one
 * waits behind it, and what comes meanwhile makes one batch, one message to each follower and one record.
 * A lone client never waits, since its next command comes after the answer to the one before.
 */
const APPENDS_UNDER_WAY_MAX = 2;
/** As much again as Raft itself takes that is not applied: a slow disk must not fill the memory with commands. */
export const GATHERED_BYTES_MAX = 64 * 1_024 * 1_024;

export class ClientService {
  readonly #host: ServiceHost;
  readonly #proposals: Proposals;
  readonly #reads: Reads;
  #gathered: Gathered[] = [];
  #gatheredBytes = 0;

  constructor(host: ServiceHost) {
    this.#host = host;
    this.#proposals = new Proposals(host.reply);
    this.#reads = new Reads(host.reply, (read) => this.#serveRead(read));
  }

  /** Clients that wait for an answer; who splits waits elsewhere. */
  get callers(): number {
    return this.#gathered.length + this.#proposals.count + this.#reads.count;
  }

  /**
   * Somebody waits for what this replica has to do. Whoever proposed while it led, what was not committed then,
   * waits for the group's next entries instead, which nobody may ever ask for (network 60018).
   */
  get isBusy(): boolean {
    return this.#gathered.length > 0 || this.#reads.count > 0;
  }

  onRequest(request: ClientRequest, token: ReplyToken): void {
    const data = this.#host.data();
    const node = this.#host.node();
    if (data === undefined || node === undefined) return this.#host.reply(token, this.notLeader());
    const refusal = this.#refuse(request, data.tablet, node);
    if (refusal !== undefined) return this.#host.reply(token, refusal);
    switch (request.kind) {
      case "get":
      case "scan":
        return this.#reads.add({ request, token });
      case "write": {
        const { version, writes } = request;
        return this.#gather(token, { kind: "write", version, writes });
      }
      case "compare-and-swap": {
        const { kind, version, key, expected, value } = request;
        return this.#gather(token, { kind, version, key, expected, value });
      }
      case "split-at":
        return data.leadership.split(request.key ? [request.key] : [], (answer) =>
          this.#host.reply(token, answer),
        );
      default:
        unreachable(request);
    }
  }

  /** The reads of a turn share one question to Raft. */
  askForReads(node: RaftNode): void {
    const context = this.#reads.takeRound();
    if (context === undefined) return;
    const refusal = node.readIndex(context);
    if (refusal === "read-queue-full") this.#reads.refuse(context, this.answerOf(refusal));
    else if (refusal !== undefined) this.leadershipLost();
  }

  /** Called at the end of a turn: what was gathered is proposed when the log has room. */
  proposeGathered(node: RaftNode): void {
    if (this.#gathered.length === 0) return;
    if (this.#host.appendsUnderWay() >= APPENDS_UNDER_WAY_MAX) return;
    const batch = this.#takeGathered();
    const refusal = node.proposeAll(batch.map(({ data }) => data));
    if (refusal === undefined) return this.#proposed(node, batch);
    // What is too much together may go in part.
    for (const one of batch)
      if (refusal === "uncommitted-limit") this.#propose(node, one);
      else this.#host.reply(one.token, this.answerOf(refusal));
  }

  onReadConfirmed(read: ReadState, applied: LogIndex): void {
    this.#reads.onConfirmed(read, applied);
  }

  onEntryApplied(index: LogIndex, term: Term, reply: ClientReply): void {
    this.#proposals.applied(index, term, reply);
  }

  onApplied(applied: LogIndex): void {
    this.#reads.onApplied(applied);
  }

  onTick(): void {
    this.#reads.onTick();
  }

  /** Reads that wait will not be confirmed; proposals may still be committed by whoever leads now. */
  leadershipLost(): void {
    this.#reads.failAll(this.notLeader());
    for (const { token } of this.#takeGathered()) this.#host.reply(token, this.notLeader());
  }

  onSnapshotInstalled(index: LogIndex): void {
    this.#proposals.jumpedTo(index);
  }

  /** The life ends. */
  abandonAll(): void {
    this.#reads.failAll({ kind: "region-not-found" });
    for (const { token } of this.#takeGathered())
      this.#host.reply(token, { kind: "region-not-found" });
    this.#proposals.abandonAll();
  }

  notLeader(): ClientReply {
    const leader = this.#host.node()?.leader;
    const peers = this.#host.data()?.tablet.meta.region.peers ?? [];
    return { kind: "not-leader", leader: peers.find(({ id }) => id === leader) };
  }

  /** What a refusal of Raft means to whoever proposed. */
  answerOf(refusal: Refusal): ClientReply {
    const isElsewhere = refusal === "no-leader" || refusal === "forwarding-disabled";
    return isElsewhere ? this.notLeader() : { kind: "busy", reason: refusal };
  }

  #refuse(request: ClientRequest, tablet: Tablet, node: RaftNode): ClientReply | undefined {
    if (!node.isLeader) return this.notLeader();
    const { region } = tablet.meta;
    const version = request.kind === "split-at" ? request.epoch.version : request.version;
    return version === region.epoch.version
      ? undefined
      : { kind: "epoch-mismatch", regions: [region] };
  }

  #gather(token: ReplyToken, command: Command): void {
    const data = encodeCommand(command);
    if (data.byteLength > COMMAND_BYTES_MAX)
      return this.#host.reply(token, { kind: "too-large", bytesMax: COMMAND_BYTES_MAX });
    if (this.#proposals.count + this.#gathered.length >= PROPOSALS_MAX)
      return this.#host.reply(token, { kind: "busy", reason: "proposals" });
    if (this.#gatheredBytes + data.byteLength > GATHERED_BYTES_MAX)
      return this.#host.reply(token, { kind: "busy", reason: "gathered-limit" });
    this.#gathered.push({ data, token });
    this.#gatheredBytes += data.byteLength;
  }

  #takeGathered(): readonly Gathered[] {
    const gathered = this.#gathered;
    this.#gathered = [];
    this.#gatheredBytes = 0;
    return gathered;
  }

  #propose(node: RaftNode, one: Gathered): void {
    const refusal = node.propose(one.data);
    if (refusal === undefined) return this.#proposed(node, [one]);
    this.#host.reply(one.token, this.answerOf(refusal));
  }

  /** They are the last entries of the log. */
  #proposed({ lastIndex, term }: RaftNode, batch: readonly Gathered[]): void {
    const before = lastIndex - batch.length;
    for (const [at, { token }] of batch.entries())
      this.#proposals.add((before + at + 1) as LogIndex, term, token);
  }

  /** The data are read only now, and only for the epoch and range that are true now. */
  #serveRead({ request, token }: PendingRead): void {
    const tablet = this.#host.data()?.tablet;
    if (tablet === undefined) return this.#host.reply(token, { kind: "region-not-found" });
    const { region } = tablet.meta;
    if (request.version !== region.epoch.version)
      return this.#host.reply(token, { kind: "epoch-mismatch", regions: [region] });
    const start = request.kind === "get" ? request.key : request.start;
    if (!rangeContains(region.range, start))
      return this.#host.reply(token, { kind: "key-not-in-region", regions: [region] });
    this.#host.reply(token, readFrom(tablet, request));
  }
}

function readFrom(tablet: Tablet, request: PendingRead["request"]): ClientReply {
  if (request.kind === "get") return { kind: "value", value: tablet.get(request.key) };
  const { start, limitPairs, limitBytes } = request;
  const regionEnd = tablet.meta.region.range.end;
  const isWithin = regionEnd === "" || (request.end !== "" && request.end <= regionEnd);
  const end = isWithin ? request.end : regionEnd;
  const pairs = tablet.scan({ start, end }, limitPairs, limitBytes);
  const after = pairs.at(-1);
  const rest = after === undefined ? start : (`${after.key}\0` as Key);
  if (after !== undefined && tablet.scan({ start: rest, end }, 1, 1).length > 0)
    return { kind: "pairs", pairs, continueAt: rest };
  return { kind: "pairs", pairs, continueAt: isWithin ? undefined : regionEnd };
}
