// Step 1: every record and its index entries, through the public client, while regions split under it.
import type { BatchWrite, Client } from "@multiraft/store";
import type { Progress } from "../report/progress.ts";
import { ENTRIES_PER_PLACE, entriesOf, type Place } from "../workload/places.ts";

/** Places of one batch: about 80 KB of entries. */
const BATCH_PLACES = 200;
/** Batches under way: one is encoded while others wait for their sync. */
const BATCHES_UNDER_WAY = 8;
/** A batch must outlive the splits that it meets. */
const TIMEOUT_MS = 60_000;

export async function loadEntries(
  client: Client,
  places: readonly Place[],
  progress: Progress,
  signal: AbortSignal,
): Promise<void> {
  let next = 0;
  let entries = 0;
  const loader = async () => {
    while (next < places.length) {
      const batch = batchFrom(places, next);
      next += BATCH_PLACES;
      // Twice does no harm: the same value under the same key, and nobody else writes it.
      await client.batch(batch, {
        acrossRegions: "split",
        retryUnknown: true,
        timeoutMs: TIMEOUT_MS,
        signal,
      });
      entries += batch.length;
      progress.show(entries, `${entries.toLocaleString("en")} entries`);
    }
  };
  await Promise.all(Array.from({ length: BATCHES_UNDER_WAY }, loader));
  progress.end(`${(places.length * ENTRIES_PER_PLACE).toLocaleString("en")} entries`);
}

function batchFrom(places: readonly Place[], first: number): BatchWrite[] {
  return places
    .slice(first, first + BATCH_PLACES)
    .flatMap((place, i) => entriesOf(place, first + i))
    .map(({ key, value }) => ({ put: key, value }));
}
