// The door to synchronous native transactions. While a thread is inside one it cannot be ended, since
// that would hang the process; a thread that is to end does not get in.
import { assert } from "../assert.ts";
import type { ThreadBoard } from "./thread-board.ts";

type Guard = { readonly board: ThreadBoard; readonly thread: number };

// One per thread by nature: there is one thread to end. Unset on the main thread and outside a system,
// where nobody ends the thread.
let guard: Guard | undefined;
let depth = 0;

/** Called once by the entry of a thread that can be ended. */
export function guardNative(board: ThreadBoard, thread: number): void {
  assert(guard === undefined, "a thread has one guard");
  guard = { board, thread };
}

/** Before a synchronous native transaction. Never returns on a thread that is to end. May be nested. */
export function enterNative(): void {
  depth += 1;
  if (guard === undefined || depth > 1) return;
  const { board, thread } = guard;
  while (!board.tryEnterNative(thread)) board.waitWhile(thread, "condemned", Infinity);
}

/** After it, also when it threw. */
export function leaveNative(): void {
  assert(depth > 0, "a native transaction was left that had not been entered");
  depth -= 1;
  if (guard === undefined || depth > 0) return;
  guard.board.leaveNative(guard.thread);
}
