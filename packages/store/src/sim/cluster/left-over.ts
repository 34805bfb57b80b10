// What a store at rest may not have left: a tablet or a copy on its disk that no replica has, a slot that nobody
// releases. And what a cluster at rest may not have: mail that waits without end.
import type { ManualSystem } from "@multiraft/runtime/testing";
import type { LifeStatus } from "../../registry/registry-mail.ts";
import type { GovernorStatus } from "../../snapshot/governor-mail.ts";
import { formatTabletName } from "../../tablet/tablet-name.ts";
import { type OpenedStore, TABLETS } from "./open-store.ts";
import type { SimCluster } from "./sim-cluster.ts";

/** Heartbeats and answers to them, on their way or about to be handled; mostly there is nothing. */
const IN_FLIGHT_PER_REPLICA_MAX = 4;
/** Of stores, which report to the driver. */
const IN_FLIGHT_ELSE_MAX = 16;
/** No mail is as late. */
const LATER_THAN_MAIL_MS = 60_000;

/** @param lives As its registry says; they are the log's (`whole-tables`, and each start). */
export function leftOverOn(
  cluster: SimCluster,
  { id, governor }: OpenedStore,
  lives: readonly LifeStatus[],
): string | undefined {
  const owned = new Set(lives.map(tabletNameOf));
  const found = cluster
    .disk(id)
    .list(TABLETS)
    .map(({ name }) => name);
  const stray = found.find((name) => !owned.has(name));
  if (stray !== undefined) return `store ${id} has ${stray} on its disk, which is nobody's`;
  const lost = [...owned].find((name) => name !== undefined && !found.includes(name));
  if (lost !== undefined) return `store ${id} has no ${lost} on its disk`;
  const slots = cluster.look<GovernorStatus>(governor, { kind: "governor-status" });
  if (slots === undefined) return `the governor of store ${id} does not answer`;
  const { sending, receiving } = slots;
  if (sending + receiving === 0) return undefined;
  return `store ${id} has slots in use: ${sending} to send, ${receiving} to receive`;
}

/** Undefined while it has none. */
function tabletNameOf({ regionId, life, generation }: LifeStatus): string | undefined {
  return generation === 0 ? undefined : formatTabletName({ regionId, life, generation });
}

export function unhandledMail({ system }: SimCluster, replicas: number): string | undefined {
  const { inFlight } = system.counters();
  const most = IN_FLIGHT_ELSE_MAX + replicas * IN_FLIGHT_PER_REPLICA_MAX;
  return inFlight <= most ? undefined : `${inFlight} pieces of mail wait, for ${replicas} replicas`;
}

/** Every life ends. @returns What is held after that. */
export function leftAtTheEnd(system: ManualSystem): readonly string[] {
  system.shutDown();
  const open = system.openThings();
  if (open.length === 0) return open;
  // Mail that was sent before the links were good may still be on its way: it comes to nobody.
  system.advance(LATER_THAN_MAIL_MS);
  system.settle();
  return system.openThings();
}
