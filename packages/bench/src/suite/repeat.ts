// The repetitions of one round: first to warm up, then for the clock. Short work is repeated as often as was
// asked for; of long work a few repetitions say as much, and a suite of many cases has to end.
import { medianMeasured } from "./median.ts";
import type { Measured, OpenRound, Repetitions, RoundResult } from "./round.ts";

type Host = {
  readonly nowMs: () => number;
  /** So that no repetition pays for what another left behind. */
  readonly collect: () => void;
};

export async function repeat(
  round: OpenRound,
  { warmUps, iterations, secondsMax = Number.POSITIVE_INFINITY }: Repetitions,
  { nowMs, collect }: Host,
): Promise<RoundResult> {
  /** Whatever they take, the first is done. */
  const upTo = async (most: number, prepare: () => void): Promise<readonly Measured[]> => {
    const startedMs = nowMs();
    const done: Measured[] = [];
    while (done.length < most && nowMs() - startedMs < secondsMax * 1_000) {
      prepare();
      done.push(await round.iterate());
    }
    return done;
  };
  const warm = await upTo(warmUps, () => {});
  const timed = await upTo(iterations, collect);
  return {
    ...medianMeasured(timed),
    repeated: { warmUps: warm.length, iterations: timed.length },
  };
}
