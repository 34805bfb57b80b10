// A pace at which a piece of a snapshot waits for longer than anybody may be silent.
import { expect, test } from "vitest";
import { R1, Stage } from "./stage.ts";

test("a snapshot arrives however slow its pace is, and by its first transfer", () => {
  const s = new Stage({
    tuning: { snapshotPace: "paced", snapshotBytesPerSecond: 2, chunkBytes: 80, chunkWindow: 2 },
  });
  s.region([1, 2]);
  for (let n = 0; n < 4; n += 1) s.put(R1, `key ${n}`, "value".repeat(10));
  s.pdAdds(R1, 3);
  const startedMs = s.world.system.clock.nowMs();
  s.until("its data are in", () => s.hasData(3, R1), 4_000);
  // Several pieces of 40 s each.
  expect(s.world.system.clock.nowMs() - startedMs).toBeGreaterThan(100_000);
  expect(s.world.replica(3, R1)?.counts).not.toHaveProperty("snapshot refused: aborted");
  s.promiseEqual(R1);
  s.end();
});
