/**
 * A group under simulation: peers, the network between them, and the witness that watches every
 * step. It does what it is told and nothing else; the running hash takes in each action and what the
 * peer shows afterwards.
 */
import {
  type ConfState,
  EMPTY_CONF_STATE,
  type LogIndex,
  type Message,
  type PeerId,
  type RoleName,
  type Snapshot,
  type Term,
} from "../../raft/index.ts";
import { type Action, actionNumber } from "./action.ts";
import { changeOf } from "./conf-change-code.ts";
import { Coverage } from "./coverage.ts";
import type { Features } from "./features.ts";
import { Network } from "./network.ts";
import { Witness } from "./oracle/witness.ts";
import { Peer, type Process } from "./peer.ts";
import { RunningHash } from "./running-hash.ts";
import type { Sabotage } from "./sabotage.ts";

const FIRST_INDEX = 1 as LogIndex;
const FIRST_TERM = 1 as Term;
const ROLES: readonly RoleName[] = ["follower", "pre-candidate", "candidate", "leader"];
/** Bytes of a proposal that tell it from every other. */
const VALUE_BYTES = 4;
const NO_SABOTAGE: Sabotage = {};

/** @returns whether it was possible. */
type Deed = (group: Group, action: Action, peer: Peer, process: Process) => boolean;
type Event = (group: Group, action: Action) => boolean;

export class Group {
  readonly features: Features;
  readonly coverage = new Coverage();
  readonly hash = new RunningHash();
  readonly network: Network;
  readonly witness: Witness;
  readonly peers: readonly Peer[];

  constructor(seed: number, features: Features, sabotage = NO_SABOTAGE) {
    this.features = features;
    this.network = new Network((message) => this.#onLost(message));
    this.witness = new Witness({
      first: FIRST_INDEX,
      nodes: () => this.peers.flatMap(({ process }) => process?.node ?? []),
      diskOf: (id) => this.peers[id - 1]?.disk,
    });
    const { network, witness, coverage } = this;
    const shared = { seed, features, network, witness, coverage, sabotage };
    const first = firstState(features.firstVoterCount);
    this.peers = Array.from({ length: features.peerCount }, (_, place) => {
      const isFirst = place < features.firstVoterCount;
      return new Peer((place + 1) as PeerId, isFirst ? first : undefined, shared);
    });
    for (const peer of this.peers) peer.start();
  }

  /** One step. What is impossible is not done; the hash knows of it all the same. */
  perform(action: Action): boolean {
    const isDone = this.#do(action);
    this.#mix(action, isDone);
    return isDone;
  }

  /** A member of the latest term that leads and runs. */
  get leader(): Peer | undefined {
    let latest: Peer | undefined;
    for (const peer of this.peers) {
      const node = peer.process?.node;
      if (node?.isLeader !== true) continue;
      if (latest === undefined || node.term > (latest.process?.node.term ?? 0)) latest = peer;
    }
    return latest;
  }

  /** Nothing is under way: neither a message nor work of a storage thread nor an answer. */
  get isQuiet(): boolean {
    return this.network.isEmpty && !this.peers.some((peer) => hasWork(peer));
  }

  tickAll(): boolean {
    if (this.features.isPrompt && !this.isQuiet) return false;
    for (const peer of this.peers)
      if (peer.process !== undefined) peer.input(peer.process, (node) => node.tick());
    return true;
  }

  /** The transport of the sender tells it, some time, how a snapshot ended. */
  reportSnapshot({ from, to }: Message, isDelivered: boolean): void {
    this.peers[from - 1]?.process?.reports.push({ to, isDelivered });
  }

  deliver(message: Message | undefined): boolean {
    if (message === undefined) return false;
    const { process } = this.peers[message.to - 1] ?? {};
    if (process === undefined) {
      this.#onLost(message);
      return true;
    }
    this.peers[message.to - 1]?.input(process, (node) => node.step(message));
    if (message.type === "MsgSnap") this.reportSnapshot(message, true);
    return true;
  }

  #do(action: Action): boolean {
    const event = EVENTS[action.kind];
    if (event !== undefined) return event(this, action);
    const peer = this.peers[action.peer - 1];
    const process = peer?.process;
    if (peer === undefined || process === undefined) return false;
    return DEEDS[action.kind]?.(this, action, peer, process) ?? false;
  }

  #onLost(message: Message): void {
    this.coverage.count("messages lost");
    if (message.type !== "MsgSnap") return;
    this.coverage.count("snapshots lost");
    this.reportSnapshot(message, false);
  }

  #mix(action: Action, isDone: boolean): void {
    const { hash } = this;
    hash.add(actionNumber(action.kind) * 2 + (isDone ? 1 : 0));
    hash.add(action.peer);
    hash.add(action.a);
    hash.add(action.b);
    const peer = this.peers[action.peer - 1];
    if (peer?.process === undefined) return;
    const { node } = peer.process;
    hash.add(node.term);
    hash.add(node.vote);
    hash.add(ROLES.indexOf(node.role));
    hash.add(node.commitIndex);
    hash.add(node.lastIndex);
    hash.add(peer.disk.applied);
  }
}

/** The state from which the first voters start, as a snapshot each of them has. */
function firstState(voterCount: number): Snapshot {
  const voters = Array.from({ length: voterCount }, (_, place) => (place + 1) as PeerId);
  const confState: ConfState = { ...EMPTY_CONF_STATE, voters };
  return { data: null, index: FIRST_INDEX, term: FIRST_TERM, confState };
}

function hasWork(peer: Peer): boolean {
  const { process } = peer;
  if (process === undefined) return false;
  const { appendWork, applyWork, appendAnswers, applyAnswers } = process;
  const waiting = appendWork.length + applyWork.length + appendAnswers.length + applyAnswers.length;
  return waiting > 0 || peer.hasReadyWork(process);
}

function numberAsBytes(number: number, byteLength = VALUE_BYTES): Uint8Array {
  const bytes = new Uint8Array(Math.max(VALUE_BYTES, byteLength));
  new DataView(bytes.buffer).setUint32(0, number);
  return bytes;
}

/** What needs no peer that is up. */
const EVENTS: Partial<Record<Action["kind"], Event>> = {
  deliver: (group, { peer, a, b }) => {
    if (b > 0 && group.network.countOn(a, peer) > b) group.coverage.count("messages reordered");
    return group.deliver(group.network.take(a, peer, b));
  },
  duplicate: (group, { peer, a, b }) => {
    const isDone = group.deliver(group.network.peek(a, peer, b));
    if (isDone) group.coverage.count("messages duplicated");
    return isDone;
  },
  lose: ({ network }, { peer, a, b }) => network.lose(a, peer, b),
  "tick-all": (group) => group.tickAll(),
  cut: ({ network, coverage }, { peer, a }) => {
    network.cut(a, peer);
    coverage.count("links cut");
    return true;
  },
  isolate: ({ network, coverage, peers }, { peer }) => {
    for (const { id } of peers) {
      network.cut(id, peer);
      network.cut(peer, id);
    }
    coverage.count("links cut");
    return true;
  },
  heal: ({ network }) => {
    network.heal();
    return true;
  },
  crash: ({ peers, coverage }, { peer: id }) => {
    const peer = peers[id - 1];
    if (peer?.process === undefined) return false;
    peer.crash();
    coverage.count("crashes");
    return true;
  },
  restart: ({ peers, coverage }, { peer: id }) => {
    const peer = peers[id - 1];
    if (peer === undefined || peer.process !== undefined) return false;
    peer.start();
    coverage.count("restarts");
    return true;
  },
  "withhold-snapshots": ({ peers }, { peer: id }) => {
    const disk = peers[id - 1]?.disk;
    if (disk !== undefined) disk.isSnapshotWithheld = !disk.isSnapshotWithheld;
    return disk !== undefined;
  },
};

/** What a peer that is up does, or what is done to it. */
const DEEDS: Partial<Record<Action["kind"], Deed>> = {
  tick: ({ features }, _action, peer, process) => {
    if (features.isPrompt) return false;
    peer.input(process, (node) => node.tick());
    return true;
  },
  ready: (_group, _action, peer, process) => {
    if (!peer.hasReadyWork(process)) return false;
    peer.handleReady(process);
    return true;
  },
  append: (_group, _action, peer, process) => peer.runAppendThread(process),
  apply: (_group, _action, peer, process) => peer.runApplyThread(process),
  "append-answer": (_group, _action, peer, process) =>
    peer.takeAnswer(process, process.appendAnswers),
  "apply-answer": (_group, _action, peer, process) =>
    peer.takeAnswer(process, process.applyAnswers),
  "snapshot-report": (_group, _action, peer, process) => {
    const report = process.reports.shift();
    if (report === undefined) return false;
    peer.input(process, (node) => node.reportSnapshot(report.to, report.isDelivered));
    return true;
  },
  propose: ({ coverage }, { a, b }, peer, process) => {
    const first = numberAsBytes(a, b % 256);
    const rest = Array.from({ length: b >> 8 }, (_, place) => numberAsBytes(a + place + 1));
    peer.input(process, (node) => {
      const refusal = node.proposeAll([first, ...rest]);
      coverage.count(refusal === undefined ? "proposals taken" : "proposals refused");
    });
    return true;
  },
  "conf-change": (group, { b }, peer, process) => {
    const { node } = process;
    if (!node.isLeader || !mayChange(group, node)) return false;
    const { change, type } = changeOf(b, node.confState, group.peers.length);
    if (node.objectionToConfChange(change) !== undefined) return false;
    peer.input(process, () => node.proposeConfChange(change, type));
    return true;
  },
  read: ({ witness }, { a }, peer, process) => {
    witness.reads.onAsked(a, peer.id, witness.commits.highest);
    peer.input(process, (node) => node.readIndex(numberAsBytes(a)));
    return true;
  },
  transfer: ({ features }, { a }, peer, process) => {
    if (features.isPrompt) return false;
    peer.input(process, (node) => node.transferLeader(a as PeerId));
    return true;
  },
  "forget-leader": (_group, _action, peer, process) => {
    peer.input(process, (node) => node.forgetLeader());
    return true;
  },
  campaign: ({ features }, _action, peer, process) => {
    if (features.isPrompt) return false;
    peer.input(process, (node) => node.campaign());
    return true;
  },
  unreachable: (_group, { a }, peer, process) => {
    peer.input(process, (node) => node.reportUnreachable(a as PeerId));
    return true;
  },
  compact: ({ coverage }, { a }, { disk }, { node }) => {
    disk.checkpoint();
    const index = Math.min(disk.applied, node.appliedIndex) - a;
    if (index < disk.firstIndex()) return false;
    coverage.count("log compactions");
    return disk.compact(index as LogIndex);
  },
};

/**
 * Where the core does not see to it, its owner must: no change while another is in the leader's log
 * that is not applied, or that the leader may not know to be committed.
 */
function mayChange({ features, witness }: Group, node: Process["node"]): boolean {
  if (features.config.disableConfChangeValidation !== true) return true;
  if (!node.hasCommittedInTerm) return false;
  for (let index = node.appliedIndex + 1; index <= node.lastIndex; index++) {
    const term = node.termAt(index as LogIndex);
    if (typeof term !== "number") return false;
    if (witness.logs.entryAt(index as LogIndex, term)?.type !== "normal") return false;
  }
  return true;
}
