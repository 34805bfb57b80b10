// The numbers of a replica that a user may set, with their defaults and reasons.

export type PeerTuning = {
  /** Base of all Raft timing. */
  readonly tickMs: number;
  /** In ticks, as in etcd: heartbeats go out every `heartbeatTicks`. */
  readonly heartbeatTicks: number;
  readonly electionTicks: number;
  /** How often a leader reports its region, unless something changed. */
  readonly heartbeatMs: number;
  /** A region whose data grow beyond this is split. */
  readonly regionSizeBytes: number;
  /** Buffered writes that make a commit of the tablet worth its sync. */
  readonly flushBytes: number;
  /** Buffered writes older than this are committed however few they are. */
  readonly flushMs: number;
  /** Log entries kept behind the applied index, for followers that lag. */
  readonly logKeepEntries: number;
  /** Beyond this a lagging follower gets a snapshot instead of the log. */
  readonly logBytesMax: number;
  /** How long a replica that a split may still bring up refuses snapshots (TiKV: 34 s, for 10 GiB). */
  readonly splitWaitMs: number;
  /** A piece of a snapshot; fits one slab. */
  readonly chunkBytes: number;
  /** Pieces of a stream under way at once: hides the round trip, bounds memory. */
  readonly chunkWindow: number;
  /** Snapshots under way at once in each direction of a store (TiKV: 32). */
  readonly snapshotsMax: number;
  /** `paced` holds snapshots back for the sake of everyone else; `full` does not. */
  readonly snapshotPace: "paced" | "full";
  /** Of all paced snapshots that a store sends, together (TiKV: 100 MiB/s). */
  readonly snapshotBytesPerSecond: number;
  /** A sync of the log that takes so long slows down the paced snapshots that its store sends; 0: none does. */
  readonly slowSyncMs: number;
  /**
   * A group in which nothing happened for so long stops its ticks and heartbeats until something does; 0: none
   * does. Its stores beat for all of them together (TiKV: hibernate-regions).
   */
  readonly hibernateAfterMs: number;
};

/** Of one slab, in which a piece travels: a larger one could never be sent. */
export const CHUNK_BYTES_MAX = 1024 * 1024;

export const DEFAULT_TUNING: PeerTuning = {
  tickMs: 100,
  heartbeatTicks: 2,
  electionTicks: 10,
  heartbeatMs: 2_000,
  regionSizeBytes: 64 * 1024 * 1024,
  flushBytes: 1024 * 1024,
  flushMs: 500,
  logKeepEntries: 1_024,
  logBytesMax: 8 * 1024 * 1024,
  splitWaitMs: 3_000,
  chunkBytes: CHUNK_BYTES_MAX,
  chunkWindow: 8,
  snapshotsMax: 32,
  snapshotPace: "paced",
  snapshotBytesPerSecond: 100 * 1024 * 1024,
  slowSyncMs: 10,
  hibernateAfterMs: 0,
};
