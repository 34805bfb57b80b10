// What lmdb 3.5.6 must not be caught at by the end of its thread, because it would take the whole process.
// A thread that is terminated from outside has its calls into V8 fail from any moment on. lmdb's calls fail
// then before they have begun (its objects cannot be unwrapped), it tries to throw that, which fails as
// well, and aborts the process: so it is with every method of its objects, with the batch that it begins to
// write in a later turn, and with the end of a copy. And a thread that ends while it fills a batch, or in a
// synchronous transaction, which every opening is, leaves others waiting for ever.
// So every operation counts as in flight from its call until its answer has been taken.
import { enterNative, leaveNative, tryEnterNative } from "@multiraft/runtime";

/** Of one thread. Operations may overlap: the thread may end when all have left. */
export type NativeGuard = {
  /** @throws ThreadEndingError on a thread that is to end; then there is nothing to leave. */
  enter(): void;
  /** @returns False where `enter` would throw: what lets something go is left to the end of the thread. */
  tryEnter(): boolean;
  leave(): void;
};

/** That of the calling thread; on a thread that nobody ends it refuses nothing. */
export const THREAD_GUARD: NativeGuard = {
  enter: enterNative,
  tryEnter: tryEnterNative,
  leave: leaveNative,
};

export function guardedNative<Result>(guard: NativeGuard, work: () => Result): Result {
  guard.enter();
  try {
    return work();
  } finally {
    guard.leave();
  }
}

export async function guardedNativeAsync<Result>(
  guard: NativeGuard,
  work: () => Promise<Result>,
): Promise<Result> {
  guard.enter();
  try {
    return await work();
  } finally {
    guard.leave();
  }
}
