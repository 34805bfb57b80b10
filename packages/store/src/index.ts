export { type CallOptions, TIMEOUT_MS, type WriteOptions } from "./client/call-limits.ts";
export {
  type BatchOptions,
  Client,
  type KeyValue,
  type ScanOptions,
  type SplitOptions,
  type SwapResult,
  type TextPair,
} from "./client/client.ts";
export type { Asker, ClientDoor } from "./client/client-door.ts";
export { ClientError, type ClientErrorCode } from "./client/client-error.ts";
export {
  BATCH_BYTES_MAX,
  type BatchWrite,
  type Bytes,
  type ScanRange,
  type Swap,
  textOf,
  VALUE_BYTES_MAX,
} from "./client/key-value.ts";
export { Cluster, type ClusterStreams, type WaitOptions } from "./cluster/cluster.ts";
export { ClusterError, type ClusterErrorCode } from "./cluster/cluster-error.ts";
export type { ClusterEvent } from "./cluster/cluster-event.ts";
export { type ClusterOptions, STORES_MAX } from "./cluster/cluster-options.ts";
export type {
  ClusterStatus,
  ReplicaView,
  StatusOptions,
  StoreView,
} from "./cluster/cluster-status.ts";
