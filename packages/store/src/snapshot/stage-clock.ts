// How long the stages of one transfer took. A stage begins when the one before ends; the time
// between offers and answers belongs to none.
import type { Clock } from "@multiraft/runtime";

/**
 * At the sender: `copy`, until a consistent copy is there, and `stream`, until its last piece is written
 * at the receiver. At the receiver: `receive`, until all pieces are written; `sync`, until they are
 * durable and open; `install`, until the record that names them is durable.
 */
export const SNAPSHOT_STAGES = ["copy", "stream", "receive", "sync", "install"] as const;
export type SnapshotStage = (typeof SNAPSHOT_STAGES)[number];

export type StageTimes = Readonly<Partial<Record<SnapshotStage, number>>>;

export class StageClock {
  readonly #clock: Pick<Clock, "nowMs">;
  readonly #timesMs: Partial<Record<SnapshotStage, number>> = {};
  #stage: SnapshotStage | undefined;
  #sinceMs = 0;

  constructor(clock: Pick<Clock, "nowMs">) {
    this.#clock = clock;
  }

  enter(stage: SnapshotStage): void {
    this.pause();
    this.#stage = stage;
  }

  /** What comes now belongs to no stage. */
  pause(): void {
    const nowMs = this.#clock.nowMs();
    if (this.#stage !== undefined)
      this.#timesMs[this.#stage] = (this.#timesMs[this.#stage] ?? 0) + nowMs - this.#sinceMs;
    this.#stage = undefined;
    this.#sinceMs = nowMs;
  }

  /** In milliseconds, of the stages that were entered. */
  end(): StageTimes {
    this.pause();
    return this.#timesMs;
  }
}
