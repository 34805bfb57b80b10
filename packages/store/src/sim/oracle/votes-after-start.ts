// A replica that was opened again may have forgotten whom it had heard: for as long as a leader may reckon
// with that it votes for nobody (but for a handed over leadership, and for whom it had voted in that term).
import type { AnyAddress } from "@multiraft/runtime";
import type { HandledMail } from "@multiraft/runtime/testing";
import type { PeerArgs } from "../../peer/peer-mail.ts";
import { ByAddress } from "../by-address.ts";
import { sentRegionMail } from "../shadow.ts";
import type { Oracle, Scene } from "./oracle.ts";

/** Marks the request of a candidate that the leader chose itself. */
type Start = { ticksLeft: number; readonly term: number; readonly vote: number; isChosen: boolean };

export class VotesAfterStart implements Oracle {
  readonly #scene: Scene;
  readonly #starts = new ByAddress<Start>();

  constructor(scene: Scene) {
    this.#scene = scene;
  }

  spawned(_host: string, address: AnyAddress, { origin, config }: PeerArgs): void {
    if (origin.kind !== "restart" || origin.recovered.hardState.term === 0) return;
    const { term, vote } = origin.recovered.hardState;
    const ticksLeft = config.tuning.electionTicks;
    this.#starts.set(address, { ticksLeft, term, vote, isChosen: false });
  }

  handling(mail: HandledMail): void {
    const { kind } = mail.message;
    if (kind === "tick") {
      const start = this.#starts.get(mail.life);
      if (start !== undefined) start.ticksLeft -= 1;
    } else if (kind === "raft") this.#noteChosen(mail);
    else if (kind === "send") this.#checkSent(mail);
  }

  #noteChosen({ life, message }: HandledMail): void {
    const { type, context } = (message as unknown as { message: { type: string; context: number } })
      .message;
    if (type !== "MsgVote" && type !== "MsgPreVote") return;
    const start = context === 0 ? undefined : this.#starts.get(life);
    if (start !== undefined) start.isChosen = true;
  }

  #checkSent(mail: HandledMail): void {
    const sent = sentRegionMail(mail);
    if (sent?.kind !== "raft" || sent.message.reject || mail.from === undefined) return;
    const { type, to, term, from } = sent.message;
    if (type !== "MsgVoteResp" && type !== "MsgPreVoteResp") return;
    const start = this.#starts.get(mail.from);
    if (start === undefined || start.ticksLeft <= 0 || start.isChosen) return;
    if (start.vote === to && start.term === term) return;
    const what = `peer ${from} of region ${sent.regionId} voted for ${to} just after its start`;
    this.#scene.violated("votes-after-start", `${mail.host}: ${what}`);
  }
}
