// The actors of one store on one host, as a store of a process has them: its log, its registry, its gate
// and what paces its snapshots. Whoever opens them says when their first steps are taken.
import type { PdMail, StoreId } from "@multiraft/pd/protocol";
import type { Address } from "@multiraft/runtime";
import type { ManualSystem } from "@multiraft/runtime/testing";
import { logActor } from "../../log/log-actor.ts";
import type { LogMail } from "../../log/log-mail.ts";
import type { PeerTuning } from "../../peer/tuning.ts";
import { registryActor } from "../../registry/registry.ts";
import type { RegistryMail } from "../../registry/registry-mail.ts";
import type { Remedies, StoreConfig } from "../../registry/store-config.ts";
import { governorActor } from "../../snapshot/governor.ts";
import type { GovernorMail } from "../../snapshot/governor-mail.ts";
import { gateActor } from "../../transport/gate.ts";
import type { GateMail } from "../../transport/gate-mail.ts";

export type OpenedStore = {
  readonly id: StoreId;
  readonly host: string;
  readonly log: Address<LogMail>;
  readonly registry: Address<RegistryMail>;
  readonly gate: Address<GateMail>;
  readonly governor: Address<GovernorMail>;
};

export type StoreSetting = {
  readonly pd: Address<PdMail>;
  readonly tuning: PeerTuning;
  readonly remedies: Remedies;
  /** Small: a simulated disk keeps its unsynced pages twice. */
  readonly segmentBytes: number;
};

export const TABLETS = "/tablets";
const CLUSTER = "world";

export function hostOf(id: StoreId): string {
  return `store-${id}`;
}

/** On an empty host, or on one that was restarted after a crash. @throws What opening the log threw. */
export function openStoreOn(system: ManualSystem, id: StoreId, setting: StoreSetting): OpenedStore {
  const { pd, tuning, remedies, segmentBytes } = setting;
  const host = hostOf(id);
  const { disk } = system.environmentOf(host);
  if (!disk.exists(TABLETS)) disk.makeDirectory(TABLETS);
  const log = system.spawn(host, logActor, { directory: "/log", options: { segmentBytes } });
  const governor = system.spawn(host, governorActor, {
    slotsMax: tuning.snapshotsMax,
    bytesPerSecond: tuning.snapshotPace === "paced" ? tuning.snapshotBytesPerSecond : undefined,
  });
  const config: StoreConfig = {
    clusterId: CLUSTER,
    storeId: id,
    threads: [],
    engine: "memory",
    tabletDirectory: TABLETS,
    log,
    pd,
    governor,
    tuning,
    remedies,
  };
  const registry = system.spawn(host, registryActor, config);
  const gate = system.spawn(host, gateActor, { storeId: id, registry });
  system.tell(registry, { kind: "gates", gates: [gate] });
  return { id, host, log, registry, gate, governor };
}

/** Every gate learns where the others are. */
export function tellDirectory(system: ManualSystem, stores: readonly OpenedStore[]): void {
  const directory = stores.map(({ id, gate }) => ({ storeId: id, gates: [gate] }));
  for (const { gate } of stores) system.tell(gate, { kind: "directory", stores: directory });
}
