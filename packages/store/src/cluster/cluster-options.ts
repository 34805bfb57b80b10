// What a cluster may be told at its start. What has no sense is refused with what would be allowed.
import { type PdOptions, pdOptions } from "@multiraft/pd";
import { InvariantError } from "@multiraft/runtime";
import { CHUNK_BYTES_MAX, DEFAULT_TUNING, type PeerTuning } from "../peer/tuning.ts";
import { wrongOption } from "./cluster-error.ts";

export type ClusterOptions = {
  /** Made if it is absent. Without one (only with the memory engine) nothing outlives the process. */
  readonly dir?: string;
  /** At the first start; later ones find as many as there are. */
  readonly stores?: number;
  /** Actor threads, shared by all stores; default one for each core. May differ at each start. */
  readonly threads?: number;
  readonly engine?: "lmdb" | "memory";
  /** A region that grows beyond this is split. */
  readonly regionSizeBytes?: number;
  /**
   * Default `paced`: snapshots leave a store at `snapshotBytesPerSecond` at most, and at less while syncs of its
   * log are slow (`tuning.slowSyncMs`). `full`: as fast as they go.
   */
  readonly snapshotPace?: "paced" | "full";
  /** Of all snapshots that one store sends, together, while they are paced; default 100 MiB/s. */
  readonly snapshotBytesPerSecond?: number;
  readonly tuning?: Partial<PeerTuning>;
  readonly pd?: Partial<PdOptions>;
};

export type ClusterSettings = {
  readonly directory: string | undefined;
  readonly stores: number;
  readonly threads: number | undefined;
  /** Undefined: as the directory says, and lmdb for a new one. */
  readonly engine: "lmdb" | "memory" | undefined;
  readonly tuning: PeerTuning;
  readonly pd: Partial<PdOptions>;
};

/** Each store has a thread for its log, of which a system has 64; some are left for stores to come. */
export const STORES_MAX = 48;
/**
 * Those added later included; a few threads are left for logs that are opened again before theirs has gone. A store
 * beyond that would be noted, and could never be opened, nor the cluster with it.
 */
export const STORES_ADDED_MAX = 60;
const THREADS_MAX = 64;
const STORES = 3;

/** Waits that may be none at all, numbers to be kept, what may be off. */
const ZERO_ALLOWED: readonly (keyof PeerTuning)[] = [
  "splitWaitMs",
  "logKeepEntries",
  "slowSyncMs",
  "hibernateAfterMs",
];

/** Counts of ticks and of entries. */
const WHOLE: readonly (keyof PeerTuning)[] = ["heartbeatTicks", "electionTicks", "logKeepEntries"];

const NAMES: readonly (keyof ClusterOptions)[] = [
  "dir",
  "stores",
  "threads",
  "engine",
  "regionSizeBytes",
  "snapshotPace",
  "snapshotBytesPerSecond",
  "tuning",
  "pd",
];

export function toSettings(options: ClusterOptions): ClusterSettings {
  checkNames("option", options, NAMES);
  const { dir, engine, stores = STORES, threads } = options;
  checkWhole("stores", stores, 1, STORES_MAX);
  if (threads !== undefined) checkWhole("threads", threads, 1, THREADS_MAX);
  if (engine !== undefined && engine !== "lmdb" && engine !== "memory")
    throw wrongOption(`engine is "lmdb" or "memory", not ${JSON.stringify(engine)}`);
  if (dir === undefined && engine !== "memory")
    throw wrongOption('dir is needed, unless engine is "memory"');
  if (dir !== undefined && (typeof dir !== "string" || dir === ""))
    throw wrongOption("dir is the path of a directory");
  return { directory: dir, stores, threads, engine, tuning: toTuning(options), pd: toPd(options) };
}

function toTuning({ tuning = {}, ...options }: ClusterOptions): PeerTuning {
  const { regionSizeBytes, snapshotPace, snapshotBytesPerSecond } = options;
  const known = Object.keys(DEFAULT_TUNING) as (keyof PeerTuning)[];
  checkNames("tuning", tuning, known);
  const all: PeerTuning = {
    ...DEFAULT_TUNING,
    ...tuning,
    ...(regionSizeBytes === undefined ? {} : { regionSizeBytes }),
    ...(snapshotPace === undefined ? {} : { snapshotPace }),
    ...(snapshotBytesPerSecond === undefined ? {} : { snapshotBytesPerSecond }),
  };
  for (const name of known) checkTuning(name, all[name]);
  if (all.electionTicks <= all.heartbeatTicks)
    throw wrongOption("tuning.electionTicks is above tuning.heartbeatTicks");
  return all;
}

function checkTuning(name: keyof PeerTuning, value: number | string): void {
  if (name === "snapshotPace") {
    if (value === "paced" || value === "full") return;
    throw wrongOption(`snapshotPace is "paced" or "full", not ${JSON.stringify(value)}`);
  }
  if (name === "chunkBytes") return checkWhole("tuning.chunkBytes", value, 1, CHUNK_BYTES_MAX);
  const min = ZERO_ALLOWED.includes(name) ? 0 : 1;
  if (WHOLE.includes(name))
    return checkWhole(`tuning.${name}`, value, min, Number.MAX_SAFE_INTEGER);
  if (typeof value === "number" && Number.isFinite(value) && value >= min) return;
  throw wrongOption(`${name} is a number from ${min} on, not ${value}`);
}

function toPd({ pd = {} }: ClusterOptions): Partial<PdOptions> {
  checkNames("pd", pd, Object.keys(pdOptions()));
  try {
    pdOptions(pd);
  } catch (error) {
    if (!(error instanceof InvariantError)) throw error;
    throw wrongOption(`pd: ${error.message}`);
  }
  return pd;
}

function checkNames(what: string, given: object, known: readonly string[]): void {
  const unknown = Object.keys(given).find((name) => !known.includes(name));
  if (unknown === undefined) return;
  throw wrongOption(`unknown ${what} ${unknown}; there are ${known.join(", ")}`);
}

function checkWhole(name: string, value: unknown, min: number, max: number): void {
  if (typeof value === "number" && Number.isInteger(value) && value >= min && value <= max) return;
  throw wrongOption(`${name} is a whole number from ${min} to ${max}, not ${value}`);
}
