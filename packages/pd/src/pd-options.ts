// All that can be set. A test or an embedded profile scales the times together, since their order
// is what the decisions rest on; `pdOptions` asserts it.
import { assert } from "@multiraft/runtime";

export type PdOptions = {
  /** Voters that every region should have. */
  readonly replicas: number;
  readonly tickMs: number;
  /** Snapshots that one store sends, and that one receives, at a time: as many as it takes (`tuning.snapshotsMax`). */
  readonly snapshotsPerStoreMax: number;
  /** An order is repeated no sooner than this while its step is not done. */
  readonly orderResendMs: number;
  /** Least time for a step without data; large regions get more (as in TiKV, 0.6 s per MiB). */
  readonly stepTimeoutMs: number;
  /** Least time for a step that moves a snapshot; large regions get more (6 s per MiB). */
  readonly snapshotStepTimeoutMs: number;
  /** A store not heard from for this long gets nothing new. */
  readonly storeSilentMs: number;
  /** A store not heard from for this long has lost its replicas: they are made up elsewhere. */
  readonly storeDownMs: number;
  /** A replica that its leader has not heard from for this long is lost, also on a live store. */
  readonly peerDownMs: number;
  /** After a start nothing is scheduled until all regions are known, or for this long. */
  readonly preparingMaxMs: number;
  /** Share of the average count by which two stores may differ; a difference of 1 always may. */
  readonly balanceToleranceRatio: number;
  /** Operators at a time that make up, replace and remove replicas. */
  readonly replicaOperatorsMax: number;
  readonly balanceReplicasOperatorsMax: number;
  readonly balanceLeadersOperatorsMax: number;
  readonly byHandOperatorsMax: number;
  /** Regions looked at in a tick; at 1 us each this is 1 ms. */
  readonly patrolRegionsMax: number;
};

export const DEFAULT_PD_OPTIONS: PdOptions = {
  replicas: 3,
  tickMs: 100,
  snapshotsPerStoreMax: 32,
  orderResendMs: 2_000,
  stepTimeoutMs: 60_000,
  snapshotStepTimeoutMs: 600_000,
  storeSilentMs: 20_000,
  storeDownMs: 1_800_000,
  peerDownMs: 1_800_000,
  preparingMaxMs: 300_000,
  balanceToleranceRatio: 0.05,
  replicaOperatorsMax: 256,
  balanceReplicasOperatorsMax: 64,
  balanceLeadersOperatorsMax: 16,
  byHandOperatorsMax: 1_024,
  patrolRegionsMax: 1_024,
};

const COUNTS = [
  "replicas",
  "snapshotsPerStoreMax",
  "replicaOperatorsMax",
  "balanceReplicasOperatorsMax",
  "balanceLeadersOperatorsMax",
  "byHandOperatorsMax",
  "patrolRegionsMax",
] as const;

/** The defaults with changes. @throws InvariantError when they contradict each other. */
export function pdOptions(changes: Partial<PdOptions> = {}): PdOptions {
  const options = { ...DEFAULT_PD_OPTIONS, ...changes };
  for (const name of COUNTS) {
    const count = options[name];
    assert(Number.isSafeInteger(count) && count > 0, () => `${name} out of range: ${count}`);
  }
  assert(options.tickMs > 0, "tickMs must be above 0");
  assert(options.orderResendMs < options.stepTimeoutMs, "a step must outlast one repetition");
  assert(options.stepTimeoutMs <= options.snapshotStepTimeoutMs, "snapshots take longer");
  assert(options.storeSilentMs < options.storeDownMs, "a store is silent before it is down");
  assert(options.peerDownMs > 0 && options.preparingMaxMs > 0, "times must be above 0");
  assert(options.balanceToleranceRatio >= 0, "a tolerance cannot be negative");
  return options;
}
