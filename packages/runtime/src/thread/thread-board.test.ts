import { describe, expect, test } from "vitest";
import { createBoardMemory, THREADS_MAX, ThreadBoard } from "./thread-board.ts";

function board(): ThreadBoard {
  const made = new ThreadBoard(createBoardMemory());
  for (const thread of [0, 1]) made.reset(thread);
  return made;
}

describe("the word of life and death", () => {
  test("a condemned thread begins nothing native, and what is in flight is counted until it returns", () => {
    const words = board();
    expect([words.tryEnterNative(0), words.tryEnterNative(0)]).toEqual([true, true]);
    words.condemn(0);
    expect(words.tryEnterNative(0)).toBe(false);
    expect([words.nativeInFlight(0), words.nativeInFlight(1)]).toEqual([2, 0]);
    words.leaveNative(0);
    words.condemn(0);
    expect(words.nativeInFlight(0)).toBe(1);
    words.leaveNative(0);
    expect(words.nativeInFlight(0)).toBe(0);
    expect([words.isCondemned(0), words.isCondemned(1)]).toEqual([true, false]);
    expect(() => words.leaveNative(0)).toThrow(/had not begun/);
  });

  test("who waits for native operations is let go by the last one, or when it is too late", () => {
    const words = board();
    words.tryEnterNative(0);
    words.condemn(0);
    let nowMs = 0;
    const clock = (): number => {
      nowMs += 1;
      return nowMs;
    };
    words.waitForNative(0, 5, clock);
    expect(nowMs).toBe(5);
    words.leaveNative(0);
    words.waitForNative(0, Infinity, clock);
    expect(words.isCondemned(0)).toBe(true);
  });

  test("a successor starts free, asleep and without a past", () => {
    const words = board();
    words.condemn(0);
    words.noteTurn(0, 12);
    words.setWantsRoom(0, true);
    words.reset(0);
    expect(words.tryEnterNative(0)).toBe(true);
    expect([words.turns(0), words.lives(0), words.wantsRoom(0)]).toEqual([0, 0, false]);
    expect(words.isParked(0)).toBe(true);
  });
});

test("one of all who see a thread asleep wakes it", () => {
  const words = board();
  words.setParked(1);
  const seen = new ThreadBoard(words.memory);
  expect([seen.claimWake(1), words.claimWake(1), seen.claimWake(1)]).toEqual([true, false, false]);
});

test("a thread that died awake is not counted as awake any more, one that slept is not counted twice", () => {
  const words = board();
  words.claimWake(0);
  words.noteAwake(0, true);
  // Rung, and dead before it heard it.
  words.claimWake(1);
  for (const thread of [0, 1, 0]) words.noteDead(thread);
  expect([words.awakeCount, words.isParked(1)]).toEqual([0, true]);
});

test("streams are listened to one by one", () => {
  const words = board();
  words.setListenedTo("lifecycle", true);
  expect([words.isListenedTo("lifecycle"), words.isListenedTo("deadLetters")]).toEqual([
    true,
    false,
  ]);
  words.setListenedTo("deadLetters", true);
  words.setListenedTo("lifecycle", false);
  expect([words.isListenedTo("lifecycle"), words.isListenedTo("deadLetters")]).toEqual([
    false,
    true,
  ]);
});

test("job threads take lines of their own, and begin again when there are none left", () => {
  const words = board();
  const lines = Array.from({ length: 65 }, () => words.claimJobThread());
  expect(new Set(lines).size).toBe(64);
  expect(Math.max(...lines)).toBe(THREADS_MAX - 1);
  expect(Math.min(...lines)).toBe(THREADS_MAX - 64);
});
