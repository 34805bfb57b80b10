// Who ends because of its group has been removed by its group: a change that removes it stands in somebody's
// log. And nobody who has seen a peer removed answers that peer's campaign.
import type { PeerId, RegionId } from "@multiraft/pd/protocol";
import type { HandledMail } from "@multiraft/runtime/testing";
import type { LoggedEntry } from "../../log/record.ts";
import { fromLogged } from "../../peer/logged-entry.ts";
import type { PeerMail } from "../../peer/peer-mail.ts";
import { confChangeOf } from "../../raft/index.ts";
import type { RegistryMail } from "../../registry/registry-mail.ts";
import { ByAddress } from "../by-address.ts";
import { recordsIn, sentRegionMail } from "../shadow.ts";
import type { Oracle, Scene } from "./oracle.ts";

const NORMAL = 0;
/** What a campaign's answer answers. */
const ANSWERS: Readonly<Record<string, string>> = {
  MsgVoteResp: "MsgVote",
  MsgPreVoteResp: "MsgPreVote",
};

export class RemovedPeers implements Oracle {
  readonly #scene: Scene;
  /** By region: whom a change in some log removes. */
  readonly #removed = new Map<RegionId, Set<PeerId>>();
  /** By who was asked: whether who asked had been removed, as the one asked knew when it heard of it first. */
  readonly #asked = new ByAddress<Map<string, boolean>>();

  constructor(scene: Scene) {
    this.#scene = scene;
  }

  handling(mail: HandledMail): void {
    if (mail.actor === "logActor") return this.#noteRemovals(mail);
    if (mail.actor === "peerActor") return this.#noteCampaign(mail);
    if (mail.actor === "gateActor") return this.#checkAnswer(mail);
    if (mail.actor === "registryActor") this.#checkEnd(mail, mail.message as RegistryMail);
  }

  #noteRemovals(mail: HandledMail): void {
    const sender = this.#scene.shadow.at(mail.from);
    if (sender === undefined) return;
    for (const record of recordsIn(mail))
      if (record.kind === "entries")
        for (const entry of record.entries)
          if (entry.type !== NORMAL) this.#noteChange(sender.regionId, entry);
  }

  #noteChange(regionId: RegionId, entry: LoggedEntry): void {
    const removed = this.#removed.get(regionId) ?? new Set<PeerId>();
    this.#removed.set(regionId, removed);
    for (const { type, nodeId } of confChangeOf(fromLogged(entry))?.changes ?? [])
      if (type === "remove-node") removed.add(nodeId);
  }

  #checkEnd({ host, from }: HandledMail, intent: RegistryMail): void {
    const own = intent.kind === "retire" ? this.#scene.shadow.at(from) : undefined;
    if (own === undefined || this.#removed.get(own.regionId)?.has(own.peerId)) return;
    const what = `peer ${own.peerId} of region ${own.regionId} ended, and nobody has removed it`;
    this.#scene.violated("removed-peers", `${host}: ${what}`);
  }

  #noteCampaign({ life, message }: HandledMail): void {
    const mail = message as PeerMail;
    if (mail.kind !== "raft") return;
    const { type, term } = mail.message;
    if (type !== "MsgVote" && type !== "MsgPreVote") return;
    const region = this.#scene.shadow.at(life)?.region;
    const asked = this.#asked.get(life) ?? new Map<string, boolean>();
    this.#asked.set(life, asked);
    const campaign = `${type} ${mail.from} ${term}`;
    if (asked.has(campaign)) return;
    const isMember = region === undefined || region.peers.some(({ id }) => id === mail.from);
    const { confVer } = mail.epoch;
    asked.set(campaign, !isMember && confVer > 0 && confVer < region.epoch.confVer);
  }

  #checkAnswer(mail: HandledMail): void {
    const sent = sentRegionMail(mail);
    if (sent?.kind !== "raft" || sent.message.reject || mail.from === undefined) return;
    const { type, to, term, from } = sent.message;
    const question = ANSWERS[type];
    if (question === undefined) return;
    if (this.#asked.get(mail.from)?.get(`${question} ${to} ${term}`) !== true) return;
    const what = `peer ${from} of region ${sent.regionId} gave its voice to ${to}, which it has seen removed`;
    this.#scene.violated("removed-peers", `${mail.host}: ${what}`);
  }
}
