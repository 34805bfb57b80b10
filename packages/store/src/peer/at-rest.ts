// Is there anything left for a replica to do? Each of its parts is asked: what was taken is committed, applied,
// answered and durable, in the log and in the tablet; no change, split, snapshot, copy or removal is under way. What
// comes back later from work that is under way would find a replica that sleeps.
import type { LogHandle } from "../log/log-handle.ts";
import type { SnapshotSender } from "../snapshot/sender.ts";
import type { ClientService } from "./client-service.ts";
import type { LifeStateName } from "./life-table.ts";
import type { PeerMail } from "./peer-mail.ts";
import type { RaftDriver } from "./raft-driver.ts";
import type { Removals } from "./removals.ts";
import type { ReplicaData } from "./replica-data.ts";

export type ReplicaParts = {
  readonly state: LifeStateName;
  readonly driver: RaftDriver<PeerMail> | undefined;
  readonly data: ReplicaData | undefined;
  readonly log: LogHandle<PeerMail>;
  readonly service: ClientService;
  readonly sender: SnapshotSender;
  readonly removals: Removals;
};

export function isAtRest(replica: ReplicaParts): boolean {
  const { state, driver, data, log, service, sender, removals } = replica;
  if (state !== "live" || driver === undefined || data === undefined) return false;
  if (!driver.node.isAtRest || !driver.isAllHandedIn || log.underWay > 0) return false;
  const isServing = service.isBusy || sender.count > 0 || data.copies.count > 0;
  const isLeaving = removals.couldForget || removals.isOutside;
  return !isServing && !isLeaving && data.upkeep.isAtRest;
}
