// One page of shared words about all threads of a system: who sleeps, who may be ended, who is alive.
// Each thread has three lines of its own, so that what others poll and what it writes itself do not
// share one.
import { assert } from "../assert.ts";

/** Actor threads, the main thread, dedicated threads and job threads together. */
export const THREADS_MAX = 256;
const JOB_THREADS_MAX = 64;

const LINE_WORDS = 32;
const HEAD_WORDS = LINE_WORDS;
const WORDS_PER_THREAD = 3 * LINE_WORDS;

const AWAKE_WORD = 0;
const LISTENERS_WORD = 1;
const JOB_THREADS_WORD = 2;
// Line 0 of a thread: looked at by whoever sends to it.
const PARKED = 0;
const WANTS_ROOM = 1;
// Line 1: the word of life and death.
const LIFE = LINE_WORDS;
// Line 2: written by the thread alone.
const TURNS = 2 * LINE_WORDS;
const LIVES = 2 * LINE_WORDS + 1;
const COUNTED_AWAKE = 2 * LINE_WORDS + 2;

/**
 * The word of life and death: how many native operations of the thread are in flight, and the bit by which
 * the coordinator tells it to end. A thread that sees the bit begins no more of them, so the count falls.
 */
const END_BIT = 1 << 30;
const COUNT_MASK = END_BIT - 1;

/** Streams that threads feed only while somebody listens. */
const STREAM_BITS = { lifecycle: 1, deadLetters: 2 } as const;
export type ReportedStream = keyof typeof STREAM_BITS;

export function createBoardMemory(): SharedArrayBuffer {
  return new SharedArrayBuffer((HEAD_WORDS + THREADS_MAX * WORDS_PER_THREAD) * 4);
}

export class ThreadBoard {
  readonly memory: SharedArrayBuffer;
  readonly #words: Int32Array<SharedArrayBuffer>;

  constructor(memory: SharedArrayBuffer) {
    this.memory = memory;
    this.#words = new Int32Array(memory);
  }

  /** Before `thread` starts: whatever its predecessor left is forgotten. */
  reset(thread: number): void {
    assert(thread >= 0 && thread < THREADS_MAX, () => `no board line for thread ${thread}`);
    this.#words.fill(0, lineOf(thread), lineOf(thread) + WORDS_PER_THREAD);
    this.setParked(thread);
  }

  /** Threads that say that they are awake. A hint: whoever polls stops when there are more than cores. */
  get awakeCount(): number {
    return Atomics.load(this.#words, AWAKE_WORD);
  }

  /** Of the thread itself. That it is not parked says no more than that somebody wants it awake. */
  noteAwake(thread: number, isAwake: boolean): void {
    const word = lineOf(thread) + COUNTED_AWAKE;
    if ((this.#words[word] === 1) === isAwake) return;
    this.#words[word] = isAwake ? 1 : 0;
    Atomics.add(this.#words, AWAKE_WORD, isAwake ? 1 : -1);
  }

  /** Coordinator, of a dead thread: it may have died awake. */
  noteDead(thread: number): void {
    this.setParked(thread);
    this.noteAwake(thread, false);
  }

  isListenedTo(stream: ReportedStream): boolean {
    return (Atomics.load(this.#words, LISTENERS_WORD) & STREAM_BITS[stream]) !== 0;
  }

  setListenedTo(stream: ReportedStream, isListened: boolean): void {
    if (isListened) Atomics.or(this.#words, LISTENERS_WORD, STREAM_BITS[stream]);
    else Atomics.and(this.#words, LISTENERS_WORD, ~STREAM_BITS[stream]);
  }

  /** Job threads are not numbered by the coordinator: they take the last lines, downwards. */
  claimJobThread(): number {
    return THREADS_MAX - 1 - (Atomics.add(this.#words, JOB_THREADS_WORD, 1) % JOB_THREADS_MAX);
  }

  /** The thread will sleep unless it finds work after this. */
  setParked(thread: number): void {
    Atomics.store(this.#words, lineOf(thread) + PARKED, 1);
  }

  /** @returns True for the one caller that ends this sleep; a sender has to ring then. */
  claimWake(thread: number): boolean {
    const word = lineOf(thread) + PARKED;
    if (Atomics.load(this.#words, word) === 0) return false;
    return Atomics.compareExchange(this.#words, word, 1, 0) === 1;
  }

  isParked(thread: number): boolean {
    return Atomics.load(this.#words, lineOf(thread) + PARKED) === 1;
  }

  /** The thread parks with mail or blocks outstanding: who makes room rings. */
  setWantsRoom(thread: number, wants: boolean): void {
    Atomics.store(this.#words, lineOf(thread) + WANTS_ROOM, wants ? 1 : 0);
  }

  wantsRoom(thread: number): boolean {
    return Atomics.load(this.#words, lineOf(thread) + WANTS_ROOM) === 1;
  }

  /** @returns False when the thread is to end: it must not begin anything native. */
  tryEnterNative(thread: number): boolean {
    const word = lineOf(thread) + LIFE;
    // Counted before the bit is looked at: who has set it and then sees no count, sees none later.
    if ((Atomics.add(this.#words, word, 1) & END_BIT) === 0) return true;
    this.leaveNative(thread);
    return false;
  }

  leaveNative(thread: number): void {
    const word = lineOf(thread) + LIFE;
    const before = Atomics.sub(this.#words, word, 1);
    assert((before & COUNT_MASK) > 0, "a native operation ended that had not begun");
    if ((before & END_BIT) !== 0) Atomics.notify(this.#words, word);
  }

  /** Native operations of the thread that have begun and not returned. */
  nativeInFlight(thread: number): number {
    return Atomics.load(this.#words, lineOf(thread) + LIFE) & COUNT_MASK;
  }

  /** Coordinator: from here on the thread begins nothing native, publishes nothing, and ends itself. */
  condemn(thread: number): void {
    Atomics.or(this.#words, lineOf(thread) + LIFE, END_BIT);
  }

  isCondemned(thread: number): boolean {
    return (Atomics.load(this.#words, lineOf(thread) + LIFE) & END_BIT) !== 0;
  }

  /** Blocks the caller until nothing native of a condemned thread is in flight, or until `nowMs` is too late. */
  waitForNative(thread: number, untilMs: number, nowMs: () => number): void {
    const word = lineOf(thread) + LIFE;
    for (;;) {
      const value = Atomics.load(this.#words, word);
      const leftMs = untilMs - nowMs();
      if ((value & COUNT_MASK) === 0 || leftMs <= 0) return;
      Atomics.wait(this.#words, word, value, leftMs);
    }
  }

  /** A sign of life: turns since the start, and actors that live there. */
  noteTurn(thread: number, lives: number): void {
    const line = lineOf(thread);
    this.#words[line + TURNS] = ((this.#words[line + TURNS] ?? 0) + 1) | 0;
    this.#words[line + LIVES] = lives;
  }

  turns(thread: number): number {
    return this.#words[lineOf(thread) + TURNS] ?? 0;
  }

  lives(thread: number): number {
    return this.#words[lineOf(thread) + LIVES] ?? 0;
  }
}

function lineOf(thread: number): number {
  return HEAD_WORDS + thread * WORDS_PER_THREAD;
}
