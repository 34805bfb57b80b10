// The door to native operations: those of a native module that must not meet the end of their thread.
// Node tells a thread that is terminated from outside so by failing its calls into V8, and a module that
// cannot throw then aborts the process; a synchronous transaction cut short leaves a lock behind. So what
// is in flight is counted, from the call to the moment in which its answer has been taken, and a thread ends
// itself when nothing is. One that is to end gets nothing more begun.
import { assert } from "../assert.ts";
import type { ThreadBoard } from "./thread-board.ts";

/** What a native operation is refused with on a thread that is to end. Nothing was done. */
export class ThreadEndingError extends Error {
  override readonly name = "ThreadEndingError";
  readonly code = "ERR_MULTIRAFT_THREAD_ENDING";
  constructor() {
    super("the thread is to end: nothing native is begun on it any more");
  }
}

type Guard = { readonly board: ThreadBoard; readonly thread: number };

// One per thread by nature: there is one thread to end. Unset on the main thread and outside a system,
// where nobody ends the thread.
let guard: Guard | undefined;
let inFlight = 0;
let onLeft: (() => void) | undefined;

/** Called once by the entry of a thread that can be ended. */
export function guardNative(board: ThreadBoard, thread: number): void {
  assert(guard === undefined, "a thread has one guard");
  guard = { board, thread };
}

/**
 * Before a native operation, synchronous or not; each one is followed by its own `leaveNative`. They may
 * overlap, but within one no other should begin, or it could be refused there.
 * @throws ThreadEndingError on a thread that is to end.
 */
export function enterNative(): void {
  if (!tryEnterNative()) throw new ThreadEndingError();
}

/** @returns False instead, for what lets something go: the end of the thread does that. */
export function tryEnterNative(): boolean {
  if (guard !== undefined && !guard.board.tryEnterNative(guard.thread)) return false;
  inFlight += 1;
  return true;
}

/** When it has returned, also by throwing; of an asynchronous one, when its answer was taken. */
export function leaveNative(): void {
  assert(inFlight > 0, "a native operation ended that had not begun");
  inFlight -= 1;
  guard?.board.leaveNative(guard.thread);
  if (inFlight === 0) onLeft?.();
}

/** Of a condemned thread, once: `tell` is called when nothing native is in flight on it, perhaps at once. */
export function whenNativeLeft(tell: () => void): void {
  assert(onLeft === undefined, "a thread ends once");
  if (inFlight === 0) tell();
  else onLeft = tell;
}
