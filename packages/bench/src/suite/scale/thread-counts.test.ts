import { expect, test } from "vitest";
import { threadCounts } from "./thread-counts.ts";

test.each([
  { cores: 1, counts: [1, 2] },
  { cores: 2, counts: [1, 2, 3, 4] },
  { cores: 4, counts: [1, 2, 3, 4, 6, 8] },
  { cores: 5, counts: [1, 2, 3, 4, 5, 6, 8, 10] },
  { cores: 16, counts: [1, 2, 3, 4, 6, 8, 12, 16, 24, 32] },
  { cores: 48, counts: [1, 2, 3, 4, 6, 8, 12, 16, 24, 32, 48, 64] },
  { cores: 96, counts: [1, 2, 3, 4, 6, 8, 12, 16, 24, 32, 48, 64] },
])("on $cores cores", ({ cores, counts }) => {
  expect(threadCounts(cores)).toEqual(counts);
});
