import { expect, test } from "vitest";
import { drawTimeline } from "./draw.ts";

test("lanes, bars, arrows and faults are on the page, and words cannot break it", () => {
  const page = drawTimeline({
    title: "seed 1 <storm>",
    hosts: ["store-1", "store-2"],
    bars: [
      { host: "store-1", name: "region 1, peer 101, life 1", fromMs: 0, toMs: undefined },
      { host: "store-2", name: "region 1, peer 102, life 1", fromMs: 0, toMs: 60 },
    ],
    arrows: [
      { fromHost: "store-1", toHost: "store-2", what: "MsgVote", sentMs: 10, arrivedMs: 30 },
    ],
    faults: [{ atMs: 50, name: "crash", what: "store-2 loses its power" }],
    endMs: 110,
  });
  expect(page).toContain("seed 1 &lt;storm>");
  expect(page.match(/class="lane"/g)).toHaveLength(2);
  expect(page.match(/class="bar/g)).toHaveLength(2);
  // 100 ms are drawn on 400 pixels, from the first arrow on.
  expect(page).toContain('class="mail vote" x1="90.0" y1="190" x2="170.0" y2="210"');
  expect(page).toContain("<title>store-2 loses its power</title>");
});
