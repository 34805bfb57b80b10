/**
 * Makes a failing schedule short: takes parts out, large ones first, as long as the same promise is
 * still broken (delta debugging). What is left explains the failure, and little else.
 */

/** Replays; a long schedule with much in it takes some thousand. */
export const SHRINK_TRIALS_MAX = 20_000;

/** @param isFailing Plays a candidate from the start. It holds for `items`, and for the result. */
export function shrink<Item>(
  items: readonly Item[],
  isFailing: (candidate: readonly Item[]) => boolean,
): readonly Item[] {
  let left = items;
  let trials = 0;
  for (let part = left.length >> 1; part >= 1 && trials < SHRINK_TRIALS_MAX; ) {
    const before = left.length;
    for (let at = left.length - part; at > -part && trials < SHRINK_TRIALS_MAX; at -= part) {
      const from = Math.max(0, at);
      const candidate = [...left.slice(0, from), ...left.slice(at + part)];
      trials += 1;
      if (isFailing(candidate)) left = candidate;
    }
    // Parts that could not go alone may go now that others have gone.
    if (part > 1 || left.length === before) part >>= 1;
  }
  return left;
}
