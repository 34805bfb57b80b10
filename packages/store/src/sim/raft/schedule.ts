/**
 * Draws what happens next: kinds by the weights of the run, places among what is possible. When a
 * kind is not possible now, whatever is under way moves on instead, and time passes when nothing is.
 */
import { ACTION_KINDS, type Action, type ActionKind } from "./action.ts";
import { SCHEDULE_STREAM } from "./features.ts";
import type { Group } from "./group.ts";
import { LINK_COUNT } from "./network.ts";
import type { Peer, Process } from "./peer.ts";
import { Random } from "./random.ts";

/** Larger than the tiny limits of a run, smaller than its large ones. */
const PAYLOAD_BYTES_MAX = 120;
const BATCH_MAX = 4;
const KEPT_AT_COMPACTION_MAX = 3;

type PeerWork = (peer: Peer, process: Process) => boolean;

/** In which state of a peer each piece of its own work is possible. */
const WORK: Partial<Record<ActionKind, PeerWork>> = {
  ready: (peer, process) => peer.hasReadyWork(process),
  append: (_peer, { appendWork }) => appendWork.length > 0,
  apply: (_peer, { applyWork }) => applyWork.length > 0,
  "append-answer": (_peer, { appendAnswers }) => appendAnswers.length > 0,
  "apply-answer": (_peer, { applyAnswers }) => applyAnswers.length > 0,
  "snapshot-report": (_peer, { reports }) => reports.length > 0,
};
const WORK_KINDS = ACTION_KINDS.filter((kind) => WORK[kind] !== undefined);

export class Schedule {
  readonly #random: Random;
  readonly #group: Group;
  /** Each kind as often as its weight says. */
  readonly #kinds: readonly ActionKind[];
  #token = 0;

  constructor(seed: number, group: Group) {
    this.#random = Random.fork(seed, SCHEDULE_STREAM);
    this.#group = group;
    const { weights } = group.features;
    this.#kinds = ACTION_KINDS.flatMap((kind) => new Array<ActionKind>(weights[kind]).fill(kind));
  }

  next(): Action {
    const kind = this.#kinds[this.#random.below(this.#kinds.length)] ?? "tick-all";
    return this.#draw(kind) ?? this.#moveOn();
  }

  #draw(kind: ActionKind): Action | undefined {
    switch (kind) {
      case "deliver":
      case "duplicate":
      case "lose":
        return this.#drawMessage(kind);
      case "ready":
      case "append":
      case "apply":
      case "append-answer":
      case "apply-answer":
      case "snapshot-report":
        return this.#drawWork(kind);
      case "tick-all":
        return this.#group.features.isPrompt ? undefined : { kind, peer: 0, a: 0, b: 0 };
      case "heal":
        return { kind, peer: 0, a: 0, b: 0 };
      default:
        return this.#drawDeed(kind);
    }
  }

  #drawMessage(kind: ActionKind): Action | undefined {
    const { network, features } = this.#group;
    const link = network.busyLink(this.#random.below(LINK_COUNT));
    if (link === undefined) return undefined;
    const { from, to } = link;
    const b = this.#random.below(Math.min(features.reorderPlaces, network.countOn(from, to)));
    return { kind, peer: to, a: from, b };
  }

  #drawWork(kind: ActionKind): Action | undefined {
    const isPossible = WORK[kind];
    const { peers } = this.#group;
    const start = this.#random.below(peers.length);
    for (let offset = 0; offset < peers.length; offset++) {
      const peer = peers[(start + offset) % peers.length];
      if (peer?.process === undefined) continue;
      if (isPossible?.(peer, peer.process)) return { kind, peer: peer.id, a: 0, b: 0 };
    }
    return undefined;
  }

  #drawDeed(kind: ActionKind): Action {
    const random = this.#random;
    const other = this.#anyPeer();
    switch (kind) {
      case "propose": {
        this.#token += BATCH_MAX;
        const b = random.below(BATCH_MAX) * 256 + random.below(PAYLOAD_BYTES_MAX);
        return { kind, peer: this.#leaderOrAny(), a: this.#token, b };
      }
      case "conf-change":
        return { kind, peer: this.#leaderOrAny(), a: 0, b: random.below(2 ** 31) };
      case "read":
        this.#token += 1;
        return { kind, peer: other, a: this.#token, b: 0 };
      case "compact":
        return { kind, peer: other, a: random.below(KEPT_AT_COMPACTION_MAX + 1), b: 0 };
      case "transfer":
      case "unreachable":
        return { kind, peer: this.#leaderOrAny(), a: other, b: 0 };
      case "cut":
        return { kind, peer: this.#anyPeer(), a: other, b: 0 };
      case "isolate":
      case "crash":
        return { kind, peer: random.chance(40) ? this.#leaderOrAny() : other, a: 0, b: 0 };
      default:
        return { kind, peer: other, a: 0, b: 0 };
    }
  }

  /** What is possible of its own accord; time passes when there is nothing else. */
  #moveOn(): Action {
    const message = this.#drawMessage("deliver");
    if (message !== undefined) return message;
    for (const kind of WORK_KINDS) {
      const work = this.#drawWork(kind);
      if (work !== undefined) return work;
    }
    const { isPrompt } = this.#group.features;
    return isPrompt
      ? { kind: "tick-all", peer: 0, a: 0, b: 0 }
      : { kind: "tick", peer: this.#anyPeer(), a: 0, b: 0 };
  }

  #anyPeer(): number {
    return this.#random.between(1, this.#group.peers.length);
  }

  #leaderOrAny(): number {
    return this.#random.chance(75) ? (this.#group.leader?.id ?? this.#anyPeer()) : this.#anyPeer();
  }
}
