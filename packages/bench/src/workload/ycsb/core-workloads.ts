// The six core workloads of YCSB (Cooper et al., "Benchmarking cloud serving systems with YCSB", SoCC
// 2010, table 2), with the parameters of its published property files.
export type OperationKind = "read" | "update" | "insert" | "scan" | "read-modify-write";

export type Workload = {
  readonly name: string;
  /** Shares of all operations; their sum is 1. */
  readonly mix: Readonly<Partial<Record<OperationKind, number>>>;
  /** Which records are asked for: `zipfian` is scattered over the key space, `latest` favours new ones. */
  readonly distribution: "zipfian" | "latest";
};

/** Ten fields of 100 bytes. A record is one value here, as in YCSB's bindings for plain stores. */
export const RECORD_BYTES = 1_000;
/** Records of a scan, uniform from 1 on. */
export const SCAN_RECORDS_MAX = 100;

export const CORE_WORKLOADS: readonly Workload[] = [
  // Update heavy: a session store.
  {
    name: "A",
    mix: { read: 0.5, update: 0.5 },
    distribution: "zipfian",
  },
  // Read mostly: tags of photographs.
  {
    name: "B",
    mix: { read: 0.95, update: 0.05 },
    distribution: "zipfian",
  },
  // Read only: a cache of user profiles.
  {
    name: "C",
    mix: { read: 1 },
    distribution: "zipfian",
  },
  // Read latest: status updates.
  {
    name: "D",
    mix: { read: 0.95, insert: 0.05 },
    distribution: "latest",
  },
  // Short ranges: threads of a conversation.
  {
    name: "E",
    mix: { scan: 0.95, insert: 0.05 },
    distribution: "zipfian",
  },
  // Read, modify, write: a database of users.
  {
    name: "F",
    mix: { read: 0.5, "read-modify-write": 0.5 },
    distribution: "zipfian",
  },
];

/** Not one of YCSB's: nothing but durable writes. */
export const PUTS: Workload = {
  name: "puts",
  mix: { update: 1 },
  distribution: "zipfian",
};
