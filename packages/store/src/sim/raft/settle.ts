/**
 * The end of a run: faults stop, everybody is up, and what is under way is served in turn. A group
 * that can must then elect a leader, take a new entry, and bring all its voters up to it.
 */
import { isMember } from "../../raft/index.ts";
import type { ActionKind } from "./action.ts";
import type { Group } from "./group.ts";
import type { Peer } from "./peer.ts";
import { promise } from "./violation.ts";

/** In each, every peer ticks once: many election timeouts, as seven peers may split many votes. */
export const SETTLE_ROUNDS_MAX = 500;
/** A leader that is new may refuse, or be deposed with what it took. */
const ROUNDS_BETWEEN_PROPOSALS = 8;
/** Pieces of work in a round; a group that makes more for itself livelocks. */
const ROUND_STEPS_MAX = 20_000;
/** Above the tokens of any schedule. */
const FIRST_TOKEN = 0x4000_0000;

export function settle(group: Group): void {
  calm(group);
  const goal = group.witness.commits.highest;
  for (let round = 0; round < SETTLE_ROUNDS_MAX; round++) {
    act(group, "tick-all");
    serve(group);
    if (round % ROUNDS_BETWEEN_PROPOSALS === 0) {
      act(group, "propose", group.leader?.id ?? 0, FIRST_TOKEN + round);
      serve(group);
    }
    if (!isSettled(group, goal)) continue;
    group.coverage.count("runs settled");
    return;
  }
  promise("the group goes on when it is left alone", false, () => summary(group));
}

function calm(group: Group): void {
  group.network.becomeReliable();
  for (const { id, disk } of group.peers) {
    act(group, "restart", id);
    if (disk.isSnapshotWithheld) act(group, "withhold-snapshots", id);
  }
}

function act(group: Group, kind: ActionKind, peer = 0, a = 0): boolean {
  return group.perform({ kind, peer, a, b: 0 });
}

const WORK: readonly ActionKind[] = [
  "ready",
  "append",
  "append-answer",
  "apply",
  "apply-answer",
  "snapshot-report",
];

function serve(group: Group): void {
  let steps = 0;
  for (let isBusy = true; isBusy; ) {
    isBusy = false;
    for (const { id } of group.peers)
      for (const kind of WORK)
        while (act(group, kind, id)) {
          isBusy = true;
          steps += 1;
        }
    for (
      let link = group.network.busyLink(0);
      link !== undefined;
      link = group.network.busyLink(0)
    ) {
      act(group, "deliver", link.to, link.from);
      isBusy = true;
      steps += 1;
    }
    promise(
      "the group goes on when it is left alone",
      steps <= ROUND_STEPS_MAX,
      () => "a round does not end",
    );
  }
}

function isSettled(group: Group, goal: number): boolean {
  const { leader } = group;
  const node = leader?.process?.node;
  if (leader === undefined || node === undefined) return false;
  const isDone = node.commitIndex > goal && leader.disk.applied === node.commitIndex;
  return isDone && group.peers.every((peer) => isUpToDate(peer, leader));
}

function isUpToDate(peer: Peer, leader: Peer): boolean {
  return !isMember(leader.disk.confState, peer.id) || peer.disk.applied >= leader.disk.applied;
}

/** One line a peer. */
export function summary(group: Group): string {
  return group.peers
    .map((peer) => `${peer.id}: ${JSON.stringify(peer.process?.node.status() ?? "down")}`)
    .join("\n");
}
