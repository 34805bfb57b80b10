// Our own cluster in this process: three stores on one disk, each with a log that is synced before a write
// is acknowledged.
import { Cluster } from "@multiraft/store";
import type { KvTarget } from "./kv-target.ts";

export type EmbeddedOptions = {
  readonly directory: string;
  readonly stores: number;
  readonly threads: number;
};

/** A slow machine is no failure of a round. */
const TIMEOUT_MS = 60_000;

export async function startEmbedded({
  directory,
  stores,
  threads,
}: EmbeddedOptions): Promise<KvTarget> {
  const cluster = await Cluster.start({ dir: directory, stores, threads });
  await cluster.ready();
  return targetOf(cluster);
}

/** Closed with it. */
export function targetOf(cluster: Cluster): KvTarget {
  const client = cluster.client();
  const options = { timeoutMs: TIMEOUT_MS };
  return {
    read: (key) => client.get(key, options),
    write: (key, value) => client.put(key, value, options),
    scan: async (start, recordsMax) => {
      const values: Uint8Array[] = [];
      const scanned = client.scan({ start }, { ...options, limit: recordsMax });
      for await (const { value } of scanned) values.push(value);
      return values;
    },
    serverCpuSeconds: () => 0,
    close: () => cluster.close(),
  };
}
