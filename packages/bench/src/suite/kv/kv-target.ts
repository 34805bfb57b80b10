// A store under the workload, ours or another: what a YCSB client asks of it.

export interface KvTarget {
  /** Linearizable. */
  read(key: string): Promise<Uint8Array | undefined>;
  /** Resolves when the value is durable on a majority. */
  write(key: string, value: Uint8Array): Promise<void>;
  /** Up to `recordsMax` values in key order, from `key` on. */
  scan(key: string, recordsMax: number): Promise<readonly Uint8Array[]>;
  /** CPU seconds of the store's own processes so far, where they are others than this one. */
  serverCpuSeconds(): number;
  close(): Promise<void>;
}
