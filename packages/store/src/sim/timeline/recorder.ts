// What a drawing of a run needs: which replicas lived where and when, which mail went from store to store,
// and what went wrong. Only the last of it is kept: what led to a failure is what somebody wants to see.
import type { AnyAddress } from "@multiraft/runtime";
import type { HandledMail, Onlooker } from "@multiraft/runtime/testing";
import type { PeerArgs } from "../../peer/peer-mail.ts";
import type { GateMail } from "../../transport/gate-mail.ts";
import type { RegionMail } from "../../transport/region-mail.ts";

export type LifeBar = {
  readonly host: string;
  readonly name: string;
  readonly fromMs: number;
  /** Undefined while it lives. */
  toMs: number | undefined;
};

export type Arrow = {
  readonly fromHost: string;
  readonly toHost: string;
  readonly what: string;
  readonly sentMs: number;
  readonly arrivedMs: number;
};

/** More arrows than this nobody can tell apart. */
const ARROWS_MAX = 3_000;
/** Of one kind of mail on one way; what was lost stays here. */
const UNDER_WAY_MAX = 64;

export class TimelineRecorder implements Onlooker {
  readonly bars: LifeBar[] = [];
  readonly arrows: Arrow[] = [];
  readonly #living = new Map<string, LifeBar>();
  readonly #underWay = new Map<string, number[]>();
  readonly #nowMs: () => number;

  constructor(nowMs: () => number) {
    this.#nowMs = nowMs;
  }

  started(host: string, address: AnyAddress, actor: string, args: unknown): void {
    if (actor !== "peerActor") return;
    const { regionId, peerId, life } = args as PeerArgs;
    const name = `region ${regionId}, peer ${peerId}, life ${life}`;
    const bar: LifeBar = { host, name, fromMs: this.#nowMs(), toMs: undefined };
    this.bars.push(bar);
    this.#living.set(`${address.slot}.${address.incarnation}`, bar);
  }

  ended(_host: string, { slot, incarnation }: AnyAddress): void {
    const bar = this.#living.get(`${slot}.${incarnation}`);
    if (bar !== undefined) bar.toMs = this.#nowMs();
  }

  handling({ actor, message }: HandledMail): void {
    if (actor !== "gateActor") return;
    const gateMail = message as GateMail;
    if (gateMail.kind === "send") this.#sent(gateMail.mail);
    if (gateMail.kind === "receive") this.#arrived(gateMail.mail);
  }

  #sent(mail: RegionMail): void {
    const times = this.#underWay.get(nameOf(mail)) ?? [];
    this.#underWay.set(nameOf(mail), times);
    times.push(this.#nowMs());
    if (times.length > UNDER_WAY_MAX) times.shift();
  }

  /** Of two that are alike the older is taken for the one that arrived: nothing tells them apart. */
  #arrived(mail: RegionMail): void {
    const arrivedMs = this.#nowMs();
    const sentMs = this.#underWay.get(nameOf(mail))?.shift() ?? arrivedMs;
    const what = `region ${mail.regionId}, ${mail.from} to ${mail.to}: ${kindOf(mail)}`;
    const [fromHost, toHost] = [`store-${mail.fromStore}`, `store-${mail.toStore}`];
    this.arrows.push({ fromHost, toHost, what, sentMs, arrivedMs });
    if (this.arrows.length > ARROWS_MAX) this.arrows.shift();
  }
}

function kindOf(mail: RegionMail): string {
  if (mail.kind !== "raft") return mail.kind;
  const { type, term, index, entries } = mail.message;
  return `${type} term ${term} index ${index}${entries.length > 0 ? ` +${entries.length}` : ""}`;
}

function nameOf(mail: RegionMail): string {
  return `${mail.regionId} ${mail.from} ${mail.to} ${kindOf(mail)}`;
}
