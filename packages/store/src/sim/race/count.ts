// How many orders the table allows, counted without making one: the number of linear extensions of a
// partial order is the number of paths through its down-sets, summed up set by set. Written apart from
// the enumeration, from the table's text, so that a mistake in one does not hide in the other.
import { CRASHES, type RaceEvent, type Table } from "./table.ts";

/**
 * @param crashesMax In an order of n events, k crashes have as many places as there are multisets of
 * k gaps out of n + 1, each crash being of any kind.
 */
export function countOrders(table: Table, crashesMax: number): number {
  const extensions = countExtensions(table);
  const gaps = table.events.length + 1;
  let sum = 0;
  for (let crashes = 0; crashes <= crashesMax; crashes += 1)
    sum += extensions * multisets(gaps, crashes) * CRASHES.length ** crashes;
  return sum;
}

/** Level by level: the down-sets of k + 1 events are those of k events and one more that may come. */
export function countExtensions({ events, after }: Table): number {
  let paths = new Map<string, number>([["", 1]]);
  for (let size = 0; size < events.length; size += 1) {
    const longer = new Map<string, number>();
    for (const [key, count] of paths) {
      const done = new Set(key === "" ? [] : key.split("|"));
      for (const event of events) {
        if (done.has(event) || !(after[event] ?? []).every((earlier) => done.has(earlier)))
          continue;
        const next = keyOf([...done, event], events);
        longer.set(next, (longer.get(next) ?? 0) + count);
      }
    }
    paths = longer;
  }
  return [...paths.values()].reduce((sum, count) => sum + count, 0);
}

function keyOf(done: readonly string[], events: readonly RaceEvent[]): string {
  return events.filter((event) => done.includes(event)).join("|");
}

/** Ways to choose `size` out of `kinds`, any of them several times. */
function multisets(kinds: number, size: number): number {
  let ways = 1;
  for (let n = 1; n <= size; n += 1) ways = (ways * (kinds + n - 1)) / n;
  return ways;
}
