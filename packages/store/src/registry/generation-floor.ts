// Where the generations of a life begin that are given after a store was opened: a name that an opening has
// given is never given by another one of the same cluster, whatever was left on disk.
//
// Proof. What is installed never falls. Opening k (1, 2, …) gives from `installed + (k - 1) * SPAN` on, fewer
// than SPAN before the life's next install, which raises what is installed to at least that. Opening k + 1
// begins SPAN above what is installed by then, and so above all of them. A cluster that is started begins anew
// with the first: no job of an earlier process is left, nor of a cluster that was closed in this process, whose
// lock is let go after them.
import { assert } from "@multiraft/runtime";
import type { Generation } from "../log/record.ts";

/** Receptions of one life between two installs, in one opening: each moves a snapshot, or begins to. */
const SPAN = 2 ** 20;

/** @returns What the first one given is above of. @param opening Of the store in its cluster's life, from 1 on. */
export function generationFloor(installed: Generation | 0, opening: number): Generation | 0 {
  assert(Number.isSafeInteger(opening) && opening > 0, "openings are counted from 1 on");
  return (installed + (opening - 1) * SPAN) as Generation | 0;
}
