import { expect, test } from "vitest";
import { enterNative, guardNative, leaveNative } from "./native-guard.ts";
import { createBoardMemory, ThreadBoard } from "./thread-board.ts";

// The guard belongs to the thread, and this file is run by one: the cases are one story.
test("sections nest, and only the outermost holds off the end of the thread", () => {
  enterNative();
  leaveNative();
  expect(() => leaveNative()).toThrow(/had not been entered/);

  const board = new ThreadBoard(createBoardMemory());
  guardNative(board, 3);
  expect(() => guardNative(board, 4)).toThrow(/one guard/);
  enterNative();
  enterNative();
  expect(board.tryCondemn(3)).toBe(false);
  leaveNative();
  expect(board.tryCondemn(3)).toBe(false);
  leaveNative();
  expect(board.tryCondemn(3)).toBe(true);
});
