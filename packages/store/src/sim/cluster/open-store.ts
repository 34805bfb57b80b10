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
import { governorActor, governorArgs } from "../../snapshot/governor.ts";
import type { GovernorMail } from "../../snapshot/governor-mail.ts";
import { gateActor } from "../../transport/gate.ts";
import type { GateMail } from "../../transport/gate-mail.ts";
import { pulseLimits } from "../../transport/pulses.ts";

export type OpenedStore = {
  readonly id: StoreId;
  readonly host: string;
  readonly log: Address<LogMail>;
  readonly registry: Address<RegistryMail>;
  /** The first of them. */
  readonly gate: Address<GateMail>;
  /** One a thread. */
  readonly gates: readonly Address<GateMail>[];
  /** Names of its threads, the log's last; none where the host is its only one. */
  readonly threads: readonly string[];
  readonly governor: Address<GovernorMail>;
};

export type StoreSetting = {
  readonly pd: Address<PdMail>;
  readonly tuning: PeerTuning;
  readonly remedies: Remedies;
  /** Small: a simulated disk keeps its unsynced pages twice. */
  readonly segmentBytes: number;
  /** Actor threads, beside that of the log; left out, all is on the one thread of the host. */
  readonly threads?: number;
  /** Left out: the first of its process. */
  readonly opening?: number;
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
  const names = Array.from({ length: setting.threads ?? 0 }, (_, place) => `${host}/${place}`);
  const threads = names.map((name) => system.addThread(host, name));
  const [first = host] = names;
  const home = names[id % names.length] ?? host;
  const logThread = names.length === 0 ? host : `${host}/log`;
  if (names.length > 0) system.addThread(host, logThread);
  const log = system.spawn(logThread, logActor, { directory: "/log", options: { segmentBytes } });
  const governor = system.spawn(home, governorActor, governorArgs(tuning, log));
  const config: StoreConfig = {
    clusterId: CLUSTER,
    storeId: id,
    opening: setting.opening ?? 1,
    threads,
    engine: "memory",
    tabletDirectory: TABLETS,
    log,
    pd,
    governor,
    tuning,
    remedies,
  };
  const registry = system.spawn(home, registryActor, config);
  const gateArgs = { storeId: id, registry, pulse: pulseLimits(tuning) };
  const gate = system.spawn(first, gateActor, gateArgs);
  const others = names.slice(1).map((name) => system.spawn(name, gateActor, gateArgs));
  const gates = [gate, ...others];
  system.tell(registry, { kind: "gates", gates });
  const allThreads = names.length === 0 ? [] : [...names, logThread];
  return { id, host, log, registry, gate, gates, governor, threads: allThreads };
}

/** Every gate learns where the others are. */
export function tellDirectory(system: ManualSystem, stores: readonly OpenedStore[]): void {
  const directory = stores.map(({ id, gates }) => ({ storeId: id, gates }));
  for (const { gates } of stores)
    for (const gate of gates) system.tell(gate, { kind: "directory", stores: directory });
}
