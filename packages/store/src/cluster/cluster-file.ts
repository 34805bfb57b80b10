// The file that says what a directory is: which cluster, which stores. Small, text, with a checksum, and
// replaced as a whole. Invariant: what it says of a store is true before anything relies on it.
import { type StoreId, toStoreId } from "@multiraft/pd/protocol";
import { crc32c } from "@node-rs/crc32";
import { ClusterError } from "./cluster-error.ts";

/**
 * `new`: its directory may be half made. `opened`: its log names it, so that a directory without that
 * log has lost something. `removed`: drained, its directory may go.
 */
export type StoreEntry = {
  readonly id: StoreId;
  readonly state: "new" | "opened" | "removed";
};

export type ClusterRecord = {
  readonly clusterId: string;
  readonly engine: "lmdb" | "memory";
  /** How many stores the first start was to make; it may have been interrupted. */
  readonly storesAtFirst: number;
  /** The first region is on its store for good: it is never made again. */
  readonly isBootstrapped: boolean;
  readonly stores: readonly StoreEntry[];
};

const FORMAT = 1;

export function encodeClusterFile(record: ClusterRecord): Uint8Array {
  const body = { format: FORMAT, ...record };
  const text = JSON.stringify({ ...body, checksum: checksumOf(body) }, undefined, 2);
  return Buffer.from(`${text}\n`, "utf8");
}

/** @throws ClusterError for another version, and for anything that was not written so. */
export function decodeClusterFile(bytes: Uint8Array, path: string): ClusterRecord {
  const parsed = parse(bytes, path);
  const { format, checksum, ...rest } = parsed;
  if (format !== FORMAT) {
    if (!Number.isSafeInteger(format)) throw damaged(path, "it has no format version");
    const message = `${path} has format ${format}, this version reads ${FORMAT}`;
    throw new ClusterError("ERR_MULTIRAFT_CLUSTER_VERSION", message);
  }
  if (checksum !== checksumOf({ format, ...rest })) throw damaged(path, "its checksum differs");
  // The checksum was made by `encodeClusterFile`, so the rest has its shape.
  const record = rest as unknown as ClusterRecord;
  return {
    ...record,
    stores: record.stores.map(({ id, state }) => ({ id: toStoreId(id), state })),
  };
}

function parse(bytes: Uint8Array, path: string): Record<string, unknown> {
  try {
    const parsed: unknown = JSON.parse(Buffer.from(bytes).toString("utf8"));
    if (typeof parsed === "object" && parsed !== null) return { ...parsed };
  } catch (cause) {
    throw damaged(path, "it is no JSON", { cause });
  }
  throw damaged(path, "it is no object");
}

function checksumOf(body: object): number {
  return crc32c(JSON.stringify(body));
}

function damaged(path: string, what: string, options?: ErrorOptions): ClusterError {
  const message = `${path} is damaged: ${what}`;
  return new ClusterError("ERR_MULTIRAFT_CLUSTER_DAMAGED", message, options);
}
