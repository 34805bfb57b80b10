// How a replica learns that it has to go: by an order of its group, or by asking the placement driver when
// no leader was heard for long, whomever it still takes for one. Only a word that knows a later membership than the
// replica itself counts. What its own log says of its removal is not enough: the others may not know yet.
import type { PeerId, Region, RegionEpoch } from "@multiraft/pd/protocol";
import type { Message, RaftNode } from "../raft/index.ts";
import type { RegionMail } from "../transport/region-mail.ts";
import type { AsyncWork } from "./async-work.ts";
import type { PeerArgs, PeerMail } from "./peer-mail.ts";

/** Without word of a leader for so long a replica asks the placement driver whether it still belongs. */
const LEADERLESS_TICKS_MAX = 100;
const PD_TIMEOUT_MS = 5_000;

export type RemovalCheckHost = {
  /** The replica's own, as far as it knows. */
  readonly epoch: () => RegionEpoch;
  /** False when its own log has told it that it was removed. */
  readonly isMember: () => boolean;
  readonly remove: (why: string, epoch: RegionEpoch) => void;
  readonly counted: (what: string) => void;
};

export class RemovalCheck {
  readonly #args: PeerArgs;
  readonly #work: AsyncWork<PeerMail>;
  readonly #host: RemovalCheckHost;
  #leaderlessTicks = 0;

  constructor(args: PeerArgs, work: AsyncWork<PeerMail>, host: RemovalCheckHost) {
    this.#args = args;
    this.#work = work;
    this.#host = host;
  }

  onOrder(order: RegionMail): void {
    if (order.to !== this.#args.peerId) return this.#host.counted("order for another peer");
    if (!this.#knowsEnough(order.epoch)) return this.#host.counted("order that knows less");
    this.#host.remove("told that it was removed", order.epoch);
  }

  /** Who is heard, or leads itself. */
  onLeader(): void {
    this.#leaderlessTicks = 0;
  }

  onTick(): void {
    this.#leaderlessTicks += 1;
    if (this.#leaderlessTicks === LEADERLESS_TICKS_MAX) this.#askPd();
  }

  /** The group may have gone on without this replica. */
  #askPd(): void {
    const { config, regionId, peerId } = this.#args;
    const ask = { kind: "region-by-id" as const, regionId };
    this.#work.ask(config.pd, ask, { timeoutMs: PD_TIMEOUT_MS }, (outcome) => {
      this.#leaderlessTicks = 0;
      const region = outcome.kind === "reply" ? outcome.value?.region : undefined;
      if (region === undefined || !this.#knowsEnough(region.epoch)) return;
      if (!isMemberOf(region, peerId))
        this.#host.remove("unknown to the placement driver", region.epoch);
    });
  }

  /** A later membership than its own; the same, when its own is without it. */
  #knowsEnough({ confVer }: RegionEpoch): boolean {
    const own = this.#host.epoch().confVer;
    return this.#host.isMember() ? confVer > own : confVer >= own;
  }
}

export function isMemberOf(region: Region, peerId: PeerId): boolean {
  return region.peers.some(({ id }) => id === peerId);
}

/** A candidate that its group has removed: it does not know, and asks on. */
export function isFromRemoved(mail: RegionMail & { kind: "raft" }, region: Region): boolean {
  const { type } = mail.message;
  if (type !== "MsgVote" && type !== "MsgPreVote") return false;
  const knowsLess = mail.epoch.confVer > 0 && mail.epoch.confVer < region.epoch.confVer;
  return knowsLess && !isMemberOf(region, mail.from);
}

/** After it was stepped: who leads an earlier term leads nobody. */
export function isOfLeader({ type, term, from }: Message, node: RaftNode | undefined): boolean {
  if (type !== "MsgApp" && type !== "MsgHeartbeat") return false;
  return term === node?.term && from === node.leader;
}
