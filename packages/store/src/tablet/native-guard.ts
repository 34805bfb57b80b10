// Moments at which a thread must not be ended, because lmdb would take the whole process with it.
// Reproduced with lmdb 3.5.6: a thread ended in a synchronous transaction, which every opening is, or while
// it fills a large batch, for the rest of which lmdb's own thread waits, makes the process hang; ended
// while a copy goes on, it brings the process down when the copy ends. Not covered: in a turn of its own, after
// a batch is filled, lmdb begins to write it; a thread ended in that very moment can bring the process down.
import { enterNative, leaveNative } from "@multiraft/runtime";

/** Of one thread. Sections may be nested and overlap: the thread is safe to end when all were left. */
export type NativeGuard = {
  enter(): void;
  leave(): void;
};

/** That of the calling thread; on a thread that nobody ends it does nothing. */
export const THREAD_GUARD: NativeGuard = { enter: enterNative, leave: leaveNative };

export function guardedNative<Result>(guard: NativeGuard, work: () => Result): Result {
  guard.enter();
  try {
    return work();
  } finally {
    guard.leave();
  }
}
