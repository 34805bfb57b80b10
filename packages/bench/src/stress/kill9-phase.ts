// A process with a cluster is killed while it loads; it is opened again, and nothing acknowledged is lost.
import { rmSync } from "node:fs";
import { join } from "node:path";
import { KilledCluster } from "./kill9/killed-cluster.ts";
import type { Counts, Phase, Round, StressPlace } from "./phase.ts";

const KILL_AFTER_MAX = 2_000;
const QUICK_KILL_AFTER_MAX = 300;
/** Kills of one directory, each with one more store from the second on; then a new one. */
const KILLS_PER_DIRECTORY = 12;

export class Kill9Phase implements Phase {
  readonly name = "kill9";
  readonly about = "processes killed with signal 9 while they load, and opened again";
  readonly #place: StressPlace;
  #cluster: KilledCluster | undefined;
  #kills = 0;

  constructor(place: StressPlace) {
    this.#place = place;
  }

  async round(round: Round): Promise<Counts> {
    const { isQuick, signal } = this.#place;
    const random = round.random.fork("kills");
    const untilMs = performance.now() + round.loadMs;
    let kills = 0;
    let acknowledged = 0;
    let regions = 0;
    do {
      signal.throwIfAborted();
      const killAfter = 1 + random.below(isQuick ? QUICK_KILL_AFTER_MAX : KILL_AFTER_MAX);
      const killed = await this.#next().kill({ killAfter, isMoving: this.#kills % 2 === 0 });
      kills += 1;
      acknowledged += killed.acknowledged;
      regions = killed.regions;
      for (const wrong of killed.wrong) round.violate(wrong);
      if (killed.acknowledged < killAfter)
        round.violate(`${killed.acknowledged} of ${killAfter} acknowledgements are in the journal`);
      round.note(acknowledged, "acknowledged writes", `${kills} processes killed`);
    } while (performance.now() < untilMs);
    return { writes: acknowledged, kills, regions };
  }

  async keptHeapBytes(): Promise<number> {
    return 0;
  }

  async close(): Promise<void> {
    this.#cluster = undefined;
    rmSync(this.#place.directory, { recursive: true, force: true });
  }

  /** The first kill of a directory is one without moves, all others by turns. */
  #next(): KilledCluster {
    const { directory, signal } = this.#place;
    const isNew = this.#cluster === undefined || this.#kills % KILLS_PER_DIRECTORY === 0;
    this.#kills += 1;
    if (!isNew && this.#cluster !== undefined) return this.#cluster;
    rmSync(directory, { recursive: true, force: true });
    this.#cluster = new KilledCluster(join(directory, "killed"), signal);
    return this.#cluster;
  }
}
