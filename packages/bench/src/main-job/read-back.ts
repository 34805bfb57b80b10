// Step 4, first half: every entry is read through the client and compared with what was written.
import { type Client, textOf } from "@multiraft/store";
import type { Progress } from "../report/progress.ts";
import { ENTRIES_PER_PLACE, entriesOf, type Place } from "../workload/places.ts";
import { isNoteKey } from "./foreground.ts";
import type { Shadow } from "./shadow.ts";

export type ReadBack = {
  /** Entries that are there as they were written. */
  readonly right: number;
  /** Acknowledged writes that are not there, or not as they were written. */
  readonly lost: number;
  /** Keys that nobody wrote. */
  readonly strange: number;
  readonly userBytes: number;
};

export async function readBack(
  client: Client,
  places: readonly Place[],
  shadow: Shadow,
  progress: Progress,
  signal: AbortSignal,
): Promise<ReadBack> {
  const expected = new Map<string, Uint8Array>();
  for (const [id, place] of places.entries())
    for (const { key, value } of entriesOf(place, id)) expected.set(key, value);
  const notes = new Set(shadow.keys);
  let right = 0;
  let lost = 0;
  let strange = 0;
  let userBytes = 0;
  for await (const pair of client.scan({}, { signal, timeoutMs: 60_000 })) {
    const key = textOf(pair.key);
    userBytes += pair.key.byteLength + pair.value.byteLength;
    if (isNoteKey(key)) {
      if (!notes.delete(key)) strange += 1;
      else if (shadow.judge(key, textOf(pair.value)) === "lost") lost += 1;
      continue;
    }
    const wanted = expected.get(key);
    if (wanted === undefined) strange += 1;
    else if (Buffer.compare(wanted, pair.value) === 0) right += 1;
    expected.delete(key);
    progress.show(right, `${right.toLocaleString("en")} entries`);
  }
  progress.end(`${right.toLocaleString("en")} entries`);
  for (const key of notes) if (shadow.judge(key, undefined) === "lost") lost += 1;
  lost += places.length * ENTRIES_PER_PLACE - right;
  return { right, lost, strange, userBytes };
}
