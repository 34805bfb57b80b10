// A snapshot that takes for ever while the region is written on: its leader keeps the log for it, but not all.
import { expect, test } from "vitest";
import { R1, Stage } from "./stage.ts";

const LOG_BYTES_MAX = 256;

test("the log of a region is not kept without end for the sake of a snapshot, and the next one arrives", () => {
  const s = new Stage({ tuning: { logBytesMax: LOG_BYTES_MAX, logKeepEntries: 0, flushBytes: 1 } });
  s.region([1, 2]);
  const pieces = s.holdMail({ to: 3, kinds: ["snapshot-chunk"] });
  s.pdAdds(R1, 3);
  s.untilHeld(pieces);
  const before = leader();
  let bytesMax = 0;
  for (let n = 0; n < 200; n += 1) {
    s.put(R1, `key ${n}`, "value".repeat(20));
    bytesMax = Math.max(bytesMax, leader().logBytes);
  }
  // For a while it was kept whole.
  expect(bytesMax).toBeGreaterThan(8 * LOG_BYTES_MAX);
  expect(bytesMax).toBeLessThan(20 * LOG_BYTES_MAX);
  expect(leader().truncatedIndex).toBeGreaterThan(before.appliedIndex + 100);
  pieces.release();
  s.untilThere(3, R1);
  s.promiseEqual(R1);
  s.end();

  function leader() {
    const status = s.world.replica(1, R1);
    if (status === undefined) throw new Error("no leader on store 1");
    return status;
  }
});
