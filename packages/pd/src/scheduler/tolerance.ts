// How much two stores may differ before something moves. A move is made only when it brings the two
// closer, so a sequence of moves always ends and a cluster at rest stays at rest.

/**
 * The largest difference of counts that is left alone: a share of the average, and never less than 1,
 * since moving one of them would only swap the two.
 */
export function toleratedDifference(total: number, stores: number, toleranceRatio: number): number {
  return stores === 0 ? 1 : Math.max(1, Math.floor((total / stores) * toleranceRatio));
}
