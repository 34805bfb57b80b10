// The report of the main job: what `--json FILE` holds. Fields are only ever added.
import type { MachineLimits } from "../limit/machine-limits.ts";
import type { LatencyFigures } from "../report/latency.ts";

export type LatencyReport = {
  readonly reads: LatencyFigures;
  /** Those included of which nobody said how they ended. */
  readonly writes: LatencyFigures & { readonly unknown: number };
  /** More were due than may be under way: some began late, and their clocks ran. */
  readonly overrun: boolean;
};

export type RacePlay = {
  /** Where the snapshot was kept back while its receiver ended. */
  readonly heldAt: "mailbox" | "chunks" | "install";
  readonly outcome: "dropped" | "crashed" | "wrong";
  /** Why the late mail went no further. */
  readonly reason: string;
  /** Nothing of the ended life was left: slabs, files, slots. */
  readonly released: boolean;
  /** The region was placed there again and its data are right. */
  readonly restored: boolean;
  readonly steps: readonly string[];
};

export type SnapshotReport = {
  readonly count: number;
  /** Of users' keys and values, as the tablets that arrived estimate them. */
  readonly bytes: number;
  /** While at least one was under way. */
  readonly mbPerSecond: number;
  readonly pace: "full" | "paced";
  readonly streamingSeconds: number;
  /** How fast one snapshot passes each stage; several pass it at the same time. */
  readonly stagesMbPerSecond: Readonly<Record<string, number>>;
};

export type MainJobReport = {
  /** Places loaded, and the entries made of them. */
  readonly records: number;
  readonly entries: number;
  readonly entriesReadBack: number;
  /** Acknowledged writes that were not there, or not as written. */
  readonly lostWrites: number;
  /** Keys that were read and that nobody wrote. */
  readonly strangeKeys: number;
  /** Reads of the foreground client that were answered with something else than what was written. */
  readonly wrongReads: number;
  readonly regions: number;
  /** Replicas whose whole content was compared with the others of their region. */
  readonly replicasCompared: number;
  readonly replicasEqual: boolean;
  readonly snapshots: SnapshotReport;
  readonly mail: {
    readonly sent: number;
    readonly delivered: number;
    readonly dropped: number;
    readonly inFlight: number;
  };
  readonly drops: Readonly<Record<string, number>>;
  readonly race: { readonly crashed: boolean; readonly plays: readonly RacePlay[] };
  readonly latency: { readonly quiet: LatencyReport; readonly streaming: LatencyReport };
  readonly limits: MachineLimits;
};
