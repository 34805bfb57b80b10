// From a directory to running stores: all that there are, those that a first start still owes, and the
// first region. Each step is durable before the next relies on it, so that a start that was cut off is
// gone on with.
import {
  FIRST_EPOCH,
  type Region,
  type StoreId,
  toPeerId,
  toRegionId,
  WHOLE_RANGE,
} from "@multiraft/pd/protocol";
import { pause } from "../platform/pause.ts";
import type { ClusterCore } from "./cluster-core.ts";
import { ClusterError } from "./cluster-error.ts";

const POLL_MS = 5;
const ASK_TIMEOUT_MS = 60_000;

/** @throws ClusterError; the cluster is then to be closed. */
export async function bringUp(core: ClusterCore): Promise<void> {
  await noteRemoved(core);
  await core.openStores(core.record.stores.filter(({ state }) => state !== "removed"));
  // Until the first region is there the first start has not ended.
  while (!core.record.isBootstrapped && core.record.stores.length < core.record.storesAtFirst)
    await core.addStore();
  if (!core.record.isBootstrapped) await bootstrap(core);
}

/** A store that was drained stays out, also when nobody was there to note it. */
async function noteRemoved(core: ClusterCore): Promise<void> {
  const metas = await core.askPd({ kind: "stores" });
  for (const { id, state } of metas) if (state === "removed") core.setRemoved(id);
}

async function bootstrap(core: ClusterCore): Promise<void> {
  const region = await firstRegion(core);
  const storeId = region.peers[0]?.storeId;
  const registry = storeId === undefined ? undefined : core.seat(storeId).host.actors?.registry;
  if (registry === undefined)
    throw new ClusterError("ERR_MULTIRAFT_STORE_START", `the first store, ${storeId}, is not open`);
  const limits = { timeoutMs: ASK_TIMEOUT_MS };
  await core.system.ask(registry, { kind: "bootstrap-region", region }, limits);
  await untilDurable(core, storeId, region);
  core.change({ isBootstrapped: true });
}

/** The placement driver keeps the one that was prepared first, whoever asks again. */
async function firstRegion(core: ClusterCore): Promise<Region> {
  const [first] = core.seats;
  if (first === undefined)
    throw new ClusterError("ERR_MULTIRAFT_STORE_START", "a cluster without a store");
  const { firstId } = await core.askPd({ kind: "allocate-ids", count: 2 });
  const storeId: StoreId = first.host.id;
  const region: Region = {
    id: toRegionId(firstId),
    range: WHOLE_RANGE,
    epoch: FIRST_EPOCH,
    peers: [{ id: toPeerId(firstId + 1), storeId, role: "voter" }],
  };
  const store = { id: storeId, state: "up" } as const;
  const reply = await core.askPd({ kind: "bootstrap", store, region });
  return reply.kind === "bootstrapped" ? region : reply.region;
}

/** A replica tells the registry of its region when its tablet is durable. */
async function untilDurable(
  core: ClusterCore,
  storeId: StoreId | undefined,
  { id }: Region,
): Promise<void> {
  for (;;) {
    const status = await core.seat(storeId ?? 0).host.status();
    const life = status?.lives.find(({ regionId }) => regionId === id);
    if (life?.region !== undefined) return;
    if (life?.state === "damaged" || status === undefined) {
      const reason = status?.damaged[0]?.reason ?? "its store was stopped";
      throw new ClusterError("ERR_MULTIRAFT_STORE_START", `the first region failed: ${reason}`);
    }
    await pause(POLL_MS);
  }
}
