// Ids for stores, regions, peers and operators, from one sequence: never given twice, over crashes
// too. A block is durable before any of it is used, and a restart goes on after the block.
import { assert } from "@multiraft/runtime";

/** Ids made durable at a time: one small write for so many. */
export const ID_BLOCK = 1_000;

/** Ids from `nextId` on are free; those from `endId` on are not reserved yet. */
export type IdAllocator = { nextId: number; endId: number };

/** @param endId As it was durable last; 1 for the first time. */
export function openIds(endId: number): IdAllocator {
  return { nextId: endId, endId };
}

/** The first of `count` ids. `endId` may have grown: it is to be durable before they are used. */
export function takeIds(ids: IdAllocator, count: number): number {
  assert(count > 0, () => `id count out of range: ${count}`);
  const firstId = ids.nextId;
  ids.nextId += count;
  reserve(ids);
  return firstId;
}

/** Somebody chose `id` without asking (a first region made by hand): it is not given again. */
export function noteUsedId(ids: IdAllocator, id: number): void {
  assert(Number.isSafeInteger(id) && id > 0, () => `id out of range: ${id}`);
  if (id < ids.nextId) return;
  ids.nextId = id + 1;
  reserve(ids);
}

function reserve(ids: IdAllocator): void {
  if (ids.nextId > ids.endId) ids.endId = ids.nextId + ID_BLOCK;
  assert(Number.isSafeInteger(ids.endId), "ids ran out");
}
