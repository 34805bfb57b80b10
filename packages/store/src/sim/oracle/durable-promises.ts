// What a replica promises to another (that it has entries, that its vote is given) leaves its store only when
// its log has said that what it promises is durable. Seen from outside: what it handed to the log, which
// notices came back to it, and what it sends.
import type { AnyAddress } from "@multiraft/runtime";
import type { HandledMail } from "@multiraft/runtime/testing";
import type { PeerArgs } from "../../peer/peer-mail.ts";
import { sentRegionMail } from "../shadow.ts";
import { DurableRecords } from "./durable-records.ts";
import type { Oracle, Scene } from "./oracle.ts";

export class DurablePromises implements Oracle {
  readonly #scene: Scene;
  readonly #records = new DurableRecords();

  constructor(scene: Scene) {
    this.#scene = scene;
  }

  spawned(_host: string, address: AnyAddress, args: PeerArgs): void {
    this.#records.spawned(address, args);
  }

  handling(mail: HandledMail): void {
    this.#records.handling(mail);
    if (mail.actor === "gateActor") this.#checkSent(mail);
  }

  #checkSent(mail: HandledMail): void {
    const sent = sentRegionMail(mail);
    if (sent?.kind !== "raft" || sent.message.reject) return;
    const promised = this.#records.of(mail.from);
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
