// What may follow what. Checked before a record is written, since a log that holds nonsense can
// never be opened again. A violation means that the sender's code is wrong and is asserted; mail of
// a life that has meanwhile ended is expected, says nothing any more, and is left out.
import { assert, InvariantError, unreachable } from "@multiraft/runtime";
import { type LifeImage, type LogImage, lastIndexOf } from "./log-image.ts";
import type { HardState, Life } from "./record.ts";
import type { EntryRun, ScannedRecord } from "./record-codec.ts";

/** @returns False for a record that says nothing any more. @throws InvariantError */
export function mayFollow(image: LogImage, record: ScannedRecord): boolean {
  switch (record.kind) {
    case "store-identity":
      assert(isSameStore(image, record), "the log belongs to another store");
      return true;
    case "life-block":
      assert(record.below >= image.livesBelow, "the block of lives falls");
      return true;
    case "life":
      assert(record.life > image.highestLife, () => `life ${record.life} was given before`);
      assert(record.life < image.livesBelow, () => `life ${record.life} was not reserved`);
      return true;
    case "tombstone":
      if (record.life !== undefined) checkEnd(image, record.life, record.tombstone.regionId);
      return true;
    case "split":
    case "split-done":
      return liveOrEnded(image, record.parentLife) !== undefined;
    case "hard-state":
    case "truncate":
    case "install":
      return mayFollowInLife(image, record);
    case "entries":
    case "entries-copy":
      assert(isAppended(record), "copies are written by the log alone");
      return mayFollowInLife(image, record);
    case "life-copy":
      throw new InvariantError("copies are written by the log alone");
    default:
      return unreachable(record);
  }
}

type OfLife =
  | Extract<ScannedRecord, { readonly kind: "hard-state" | "truncate" | "install" }>
  | (EntryRun & { readonly kind: "entries" });

const isAppended = (run: EntryRun): run is EntryRun & { readonly kind: "entries" } =>
  run.kind === "entries";

function mayFollowInLife(image: LogImage, record: OfLife): boolean {
  const life = liveOrEnded(image, record.life);
  if (life !== undefined) checkLife(life, record);
  return life !== undefined;
}

function checkLife(life: LifeImage, record: OfLife): void {
  switch (record.kind) {
    case "hard-state":
      checkVote(life, record.hardState);
      return;
    case "entries":
      assert(record.firstIndex > life.truncatedIndex, "entries below the truncation");
      assert(record.firstIndex <= lastIndexOf(life) + 1, "entries after a hole");
      return;
    case "truncate":
      assert(record.index >= life.truncatedIndex, "the truncation falls");
      assert(record.index <= lastIndexOf(life), "a truncation of entries that are not there");
      return;
    case "install":
      assert(record.generation > life.generation, "a generation was used before");
      assert(record.index >= life.truncatedIndex, "an install below the truncation");
      checkVote(life, record.hardState);
      return;
    default:
      unreachable(record);
  }
}

/**
 * A lower term or commit does no harm, it is not taken; a second vote in one term is never right.
 */
function checkVote({ hardState, life }: LifeImage, added: HardState): void {
  const isSecond = added.term === hardState.term && added.vote !== hardState.vote;
  assert(
    !(isSecond && added.vote !== 0 && hardState.vote !== 0),
    () => `life ${life} votes twice in term ${added.term}`,
  );
}

function checkEnd(image: LogImage, life: Life, regionId: number): void {
  const ending = liveOrEnded(image, life);
  if (ending === undefined) return;
  assert(ending.identity?.regionId === regionId, "a tombstone of another region");
  assert(!image.owesChildren(life), () => `life ${life} ends while it owes children`);
}

/** @returns Undefined once it has ended. */
function liveOrEnded(image: LogImage, life: Life): LifeImage | undefined {
  assert(life <= image.highestLife, () => `life ${life} was never admitted`);
  return image.lives.get(life);
}

function isSameStore(
  { identity }: LogImage,
  record: Extract<ScannedRecord, { readonly kind: "store-identity" }>,
): boolean {
  return (
    identity === undefined ||
    (identity.clusterId === record.clusterId && identity.storeId === record.storeId)
  );
}
