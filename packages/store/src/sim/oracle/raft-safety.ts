// One leader a region and term; terms and votes of a (store, peer) never go back, whatever crashed.
import type { HandledMail } from "@multiraft/runtime/testing";
import type { LogMail, LogNotice } from "../../log/log-mail.ts";
import type { HardState } from "../../log/record.ts";
import type { PeerMail } from "../../peer/peer-mail.ts";
import { sentRegionMail } from "../shadow.ts";
import type { Oracle, Scene } from "./oracle.ts";

type Promise = { readonly term: number; readonly vote: number };
type Unsure = { readonly sender: string; readonly number: number; readonly peer: string } & Promise;

const NOTHING: Promise = { term: 0, vote: 0 };

export class RaftSafety implements Oracle {
  readonly #scene: Scene;
  /** By region and term. */
  readonly #leaders = new Map<number, Map<number, number>>();
  /** By store and peer: what it was told is durable. */
  readonly #durable = new Map<string, Promise>();
  /** Handed to the log; a crash may lose it. */
  #unsure: (Unsure & { readonly host: string })[] = [];

  constructor(scene: Scene) {
    this.#scene = scene;
  }

  handling(mail: HandledMail): void {
    this.#onSent(mail);
    this.#onAppend(mail);
    this.#onDurable(mail);
  }

  crashed(host: string): void {
    this.#unsure = this.#unsure.filter((one) => one.host !== host);
  }

  #onSent(mail: HandledMail): void {
    const claim = claimOf(sentRegionMail(mail));
    if (claim === undefined) return;
    const { regionId, term, from } = claim;
    const leader = this.#leaderOf(regionId, term, from);
    if (leader === from) return;
    const where = `region ${regionId} in term ${term}`;
    this.#scene.violated("one-leader-a-term", `${where}: both ${leader} and ${from}`);
  }

  /** The first that was heard of; `from` when it is. */
  #leaderOf(regionId: number, term: number, from: number): number {
    const leaders = this.#leaders.get(regionId) ?? new Map<number, number>();
    this.#leaders.set(regionId, leaders);
    const leader = leaders.get(term) ?? from;
    leaders.set(term, leader);
    return leader;
  }

  #onAppend(mail: HandledMail): void {
    if (mail.actor !== "logActor") return;
    const sender = this.#scene.shadow.at(mail.from);
    if (sender === undefined) return;
    const { message } = mail;
    for (const record of this.#scene.shadow.recordsIn(mail)) {
      if (record.kind !== "hard-state" && record.kind !== "install") continue;
      const peer = `${mail.host} ${sender.regionId}/${sender.peerId}`;
      this.#check(peer, record.hardState);
      const { term, vote } = record.hardState;
      const name = `${sender.address.slot}.${sender.address.incarnation}`;
      const { number } = message as Extract<LogMail, { kind: "append" }>;
      this.#unsure.push({ host: mail.host, sender: name, number, peer, term, vote });
    }
  }

  #onDurable({ life, message }: HandledMail): void {
    const notice = message as LogNotice;
    if (notice.kind !== "log-durable" || this.#scene.shadow.at(life) === undefined) return;
    const name = `${life.slot}.${life.incarnation}`;
    const isCovered = (one: Unsure) => one.sender === name && one.number <= notice.number;
    for (const { peer, term, vote } of this.#unsure.filter(isCovered))
      this.#durable.set(peer, { term, vote });
    this.#unsure = this.#unsure.filter((one) => !isCovered(one));
  }

  #check(peer: string, { term, vote }: HardState): void {
    const before = this.#unsure.findLast((one) => one.peer === peer) ?? this.#durable.get(peer);
    const { term: knownTerm, vote: knownVote } = before ?? NOTHING;
    if (term < knownTerm)
      this.#scene.violated("no-way-back", `${peer}: term ${term} after ${knownTerm}`);
    if (term === knownTerm && knownVote !== 0 && vote !== knownVote)
      this.#scene.violated("no-way-back", `${peer}: vote ${vote} after ${knownVote} in ${term}`);
  }
}

/** Whoever sends this says that it leads. */
function claimOf(
  mail: PeerMail | undefined,
): { readonly regionId: number; readonly term: number; readonly from: number } | undefined {
  if (mail?.kind === "snapshot-end")
    return { regionId: mail.regionId, term: mail.raftTerm, from: mail.from };
  if (mail?.kind !== "raft") return undefined;
  const { type, from, term } = mail.message;
  const isClaim = type === "MsgApp" || type === "MsgHeartbeat";
  return isClaim ? { regionId: mail.regionId, term, from } : undefined;
}
