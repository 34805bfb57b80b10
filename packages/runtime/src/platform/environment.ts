// Time, chance and disk are passed in. The real implementations are in this folder; the simulated
// ones in `sim/`. Nothing else may reach for a clock, a generator or a file.
import type { Disk } from "./disk.ts";
import type { Random } from "./random.ts";

export interface Clock {
  /** Monotonic milliseconds with a fraction, from an arbitrary origin. */
  nowMs(): number;
  /** Milliseconds since the Unix epoch; may jump. */
  wallMs(): number;
}

export interface Environment {
  readonly clock: Clock;
  /** Forked by name for each user, so that one more draw in one place disturbs no other. */
  readonly random: Random;
  readonly disk: Disk;
}
