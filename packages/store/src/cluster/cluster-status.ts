// All that can be seen of a cluster at one time, for people and tests.
import type { PdStatus, RegionId, Route, StoreId } from "@multiraft/pd/protocol";
import {
  type Address,
  AskError,
  type MailTotals,
  type MessageShape,
  type ReplyOf,
} from "@multiraft/runtime";
import type { LogStatus } from "../log/log-mail.ts";
import type { PeerStatus } from "../peer/peer-mail.ts";
import type { LifeStatus, StoreStatusReply } from "../registry/registry-mail.ts";
import type { GovernorStatus } from "../snapshot/governor-mail.ts";
import type { GateStatus } from "../transport/gate-mail.ts";
import type { ClusterCore, SeatView, StoreState } from "./cluster-core.ts";
import { allRoutes } from "./readiness.ts";

export type ReplicaView = {
  readonly regionId: RegionId;
  readonly life: LifeStatus;
  /** Undefined where it did not answer, or was not asked. */
  readonly peer: PeerStatus | undefined;
};

export type StoreView = {
  readonly id: StoreId;
  readonly state: StoreState;
  /** How often it was tried to open it again because one of its actors had ended. */
  readonly reopened: number;
  readonly reason: string | undefined;
  /** Undefined while it does not run, as all that follows. */
  readonly registry: StoreStatusReply | undefined;
  readonly log: LogStatus | undefined;
  readonly snapshots: GovernorStatus | undefined;
  readonly gates: readonly (GateStatus | undefined)[];
  readonly replicas: readonly ReplicaView[];
};

export type ClusterStatus = {
  readonly clusterId: string;
  readonly engine: "lmdb" | "memory";
  readonly threads: number;
  readonly stores: readonly StoreView[];
  /** In key order, as the placement driver knows them. */
  readonly regions: readonly Route[];
  readonly pd: PdStatus;
  readonly mail: MailTotals;
};

export type StatusOptions = {
  /** Asks every replica; the cost grows with their number. Default true. */
  readonly replicas?: boolean;
};

const ASK_TIMEOUT_MS = 5_000;

export async function clusterStatus(
  core: ClusterCore,
  { replicas = true }: StatusOptions,
): Promise<ClusterStatus> {
  const { clusterId, engine } = core.record;
  return {
    clusterId,
    engine,
    threads: core.system.threads,
    stores: await Promise.all(core.seats.map((seat) => storeView(core, seat, replicas))),
    regions: await allRoutes(core),
    pd: await core.askPd({ kind: "status" }),
    mail: core.system.counters(),
  };
}

async function storeView(core: ClusterCore, seat: SeatView, all: boolean): Promise<StoreView> {
  const { host, state, reopened, reason } = seat;
  const { actors } = host;
  const registry = await host.status().catch(() => undefined);
  const [log, snapshots, ...gates] = await Promise.all([
    answer(core, actors?.log, { kind: "log-status" }),
    answer(core, actors?.governor, { kind: "governor-status" }),
    ...(actors?.gates ?? []).map((gate) => answer(core, gate, { kind: "gate-status" })),
  ]);
  const replicas = await Promise.all(
    (registry?.lives ?? []).map((life) => replicaView(core, life, all)),
  );
  return { id: host.id, state, reopened, reason, registry, log, snapshots, gates, replicas };
}

async function replicaView(
  core: ClusterCore,
  life: LifeStatus,
  asked: boolean,
): Promise<ReplicaView> {
  const { regionId, address } = life;
  const peer = asked ? await answer(core, address, { kind: "peer-status" }) : undefined;
  return { regionId, life, peer };
}

/** Undefined where nobody answers: what is looked at may end while it is being looked at. */
export async function answer<To extends MessageShape, Kind extends To["kind"]>(
  { system }: ClusterCore,
  address: Address<To> | undefined,
  message: NoInfer<To> & { readonly kind: Kind },
): Promise<ReplyOf<Extract<To, { readonly kind: Kind }>> | undefined> {
  if (address === undefined) return undefined;
  try {
    return await system.ask(address, message, { timeoutMs: ASK_TIMEOUT_MS });
  } catch (error) {
    if (error instanceof AskError) return undefined;
    throw error;
  }
}
