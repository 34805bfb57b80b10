import { expect, test } from "vitest";
import { enterNative, guardNative, leaveNative, whenNativeLeft } from "./native-guard.ts";
import { createBoardMemory, ThreadBoard } from "./thread-board.ts";

// The guard belongs to the thread, and this file is run by one: the cases are one story.
test("operations overlap, and the thread may end when the last of them has returned", () => {
  enterNative();
  leaveNative();
  expect(() => leaveNative()).toThrow(/had not begun/);

  const board = new ThreadBoard(createBoardMemory());
  guardNative(board, 3);
  expect(() => guardNative(board, 4)).toThrow(/one guard/);
  enterNative();
  enterNative();
  board.condemn(3);
  let endings = 0;
  whenNativeLeft(() => {
    endings += 1;
  });
  leaveNative();
  expect(() => enterNative()).toThrow(
    expect.objectContaining({ code: "ERR_MULTIRAFT_THREAD_ENDING" }),
  );
  expect([endings, board.nativeInFlight(3)]).toEqual([0, 1]);
  leaveNative();
  expect([endings, board.nativeInFlight(3)]).toEqual([1, 0]);
});
