// What a replica promises to another (that it has entries, that its vote is given) leaves its store only when
// its log has said that what it promises is durable. Seen from outside: what it handed to the log, which
// notices came back to it, and what it sends.
import type { AnyAddress } from "@multiraft/runtime";
import type { HandledMail } from "@multiraft/runtime/testing";
import type { LogMail } from "../../log/log-mail.ts";
import type { LogRecord } from "../../log/record.ts";
import type { PeerArgs } from "../../peer/peer-mail.ts";
import { ByAddress } from "../by-address.ts";
import { recordsIn, sentRegionMail } from "../shadow.ts";
import type { Oracle, Scene } from "./oracle.ts";

/** Of one actor of a replica. */
type Promised = {
  readonly waiting: { readonly number: number; readonly records: readonly LogRecord[] }[];
  lastIndex: number;
  term: number;
  vote: number;
};

export class DurablePromises implements Oracle {
  readonly #scene: Scene;
  readonly #byActor = new ByAddress<Promised>();

  constructor(scene: Scene) {
    this.#scene = scene;
  }

  spawned(_host: string, address: AnyAddress, { origin }: PeerArgs): void {
    const read = origin.kind === "restart" ? origin.recovered : undefined;
    const { term = 0, vote = 0 } = read?.hardState ?? {};
    const lastIndex = read?.lastIndex ?? 0;
    this.#byActor.set(address, { waiting: [], lastIndex, term, vote });
  }

  handling(mail: HandledMail): void {
    if (mail.actor === "logActor") return this.#noteAppend(mail);
    if (mail.actor === "gateActor") return this.#checkSent(mail);
    if (mail.message.kind !== "log-durable") return;
    const promised = this.#byActor.get(mail.life);
    if (promised !== undefined)
      settle(promised, (mail.message as { readonly kind: string; readonly number: number }).number);
  }

  #noteAppend(mail: HandledMail): void {
    const promised = mail.from && this.#byActor.get(mail.from);
    if (promised === undefined || mail.message.kind !== "append") return;
    const { number } = mail.message as LogMail & { readonly kind: "append" };
    promised.waiting.push({ number, records: recordsIn(mail) });
  }

  #checkSent(mail: HandledMail): void {
    const sent = sentRegionMail(mail);
    if (sent?.kind !== "raft" || sent.message.reject) return;
    const promised = mail.from && this.#byActor.get(mail.from);
    if (promised === undefined) return;
    const { type, index, term, to } = sent.message;
    const who = `${mail.host}: peer ${sent.from} of region ${sent.regionId}`;
    // One of an earlier term may have waited at its gate, or for what was made durable together with the later
    // term (storm, seed 2023), and a later leader may have cut the log since.
    if (type === "MsgAppResp" && term >= promised.term && index > promised.lastIndex)
      this.#violated(`${who} acknowledged ${index}, durable is ${promised.lastIndex}`);
    // A candidate gives the vote that it asks others for to itself first.
    const candidate = type === "MsgVote" ? sent.from : to;
    const isOtherVote = promised.term === term && promised.vote !== candidate;
    const isVote = type === "MsgVote" || type === "MsgVoteResp";
    if (isVote && (promised.term < term || isOtherVote))
      this.#violated(`${who} gave a vote of term ${term} that is not durable`);
  }

  #violated(what: string): void {
    this.#scene.violated("durable-first", what);
  }
}

function settle(promised: Promised, number: number): void {
  const { waiting } = promised;
  for (let first = waiting[0]; first && first.number <= number; first = waiting[0]) {
    waiting.shift();
    for (const record of first.records) become(promised, record);
  }
}

function become(promised: Promised, record: LogRecord): void {
  if (record.kind === "entries") promised.lastIndex = record.entries.at(-1)?.index ?? 0;
  if (record.kind === "install") promised.lastIndex = record.index;
  if (record.kind !== "hard-state" && record.kind !== "install") return;
  promised.term = record.hardState.term;
  promised.vote = record.hardState.vote;
}
