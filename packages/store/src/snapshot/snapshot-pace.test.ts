import { describe, expect, test } from "vitest";
import { SnapshotPace } from "./snapshot-pace.ts";

const CAP = 800;
const FLOOR = 100;

const paceOf = (slowSyncMs = 10) => new SnapshotPace({ bytesPerSecondMax: CAP, slowSyncMs }, 0);

describe("the pace", () => {
  test("stays at the cap while syncs are fast", () => {
    const pace = paceOf();
    for (let nowMs = 0; nowMs < 5_000; nowMs += 100) pace.onSync(9, nowMs);
    expect(pace.bytesPerSecond(5_000)).toBe(CAP);
  });

  test("is halved by a slow sync, and by no other until that one has had its effect", () => {
    const pace = paceOf();
    pace.onSync(10, 1_000);
    expect(pace.bytesPerSecond(1_000)).toBe(CAP / 2);
    pace.onSync(500, 1_199);
    expect(pace.bytesPerSecond(1_199)).toBeCloseTo(CAP / 2 + 0.199 * 80);
    pace.onSync(500, 1_200);
    expect(pace.bytesPerSecond(1_200)).toBeCloseTo((CAP / 2 + 0.2 * 80) / 2);
  });

  test("rises by a tenth of the cap a second, and not beyond it", () => {
    const pace = paceOf();
    pace.onSync(10, 0);
    expect(pace.bytesPerSecond(1_000)).toBe(CAP / 2 + 80);
    expect(pace.bytesPerSecond(5_000)).toBe(CAP);
    expect(pace.bytesPerSecond(60_000)).toBe(CAP);
  });

  test("never falls below an eighth of the cap", () => {
    const pace = paceOf();
    for (let nowMs = 0; nowMs <= 10_000; nowMs += 200) {
      pace.onSync(Number.MAX_VALUE, nowMs);
      expect(pace.bytesPerSecond(nowMs)).toBeGreaterThanOrEqual(FLOOR);
    }
    expect(pace.bytesPerSecond(10_000)).toBe(FLOOR);
  });
});

describe("a disk that is slow by itself", () => {
  /** Syncs take as long however little is sent. @returns The bytes that were sent. */
  function run(pace: SnapshotPace, syncMs: number, seconds: number): number {
    let sent = 0;
    for (let nowMs = 0; nowMs < seconds * 1_000; nowMs += 20) {
      sent += pace.bytesPerSecond(nowMs) / 50;
      pace.onSync(syncMs, nowMs);
    }
    return sent;
  }

  test("is found out at the lowest pace, and slows snapshots down for a while only", () => {
    const pace = paceOf();
    expect(run(pace, 35, 60)).toBeGreaterThan(0.85 * 60 * CAP);
    expect(pace.slowMs).toBe(40);
    expect(pace.bytesPerSecond(60_000)).toBe(CAP);
  });

  test("is judged anew after a long pause", () => {
    const pace = paceOf();
    run(pace, 35, 60);
    pace.forget();
    expect(pace.slowMs).toBe(10);
  });
});

/** A disk whose syncs are slow while more than so much is written to it. */
test.each([150, 300, 600])(
  "of a disk that bears %d of 800, most is used, and syncs are mostly fast",
  (bears) => {
    const pace = paceOf();
    let [sent, slow] = [0, 0];
    for (let nowMs = 0; nowMs < 60_000; nowMs += 20) {
      const rate = pace.bytesPerSecond(nowMs);
      sent += rate / 50;
      if (rate > bears) slow += 1;
      pace.onSync(rate > bears ? 30 : 1, nowMs);
    }
    expect(pace.slowMs).toBe(10);
    expect(sent / 60).toBeGreaterThan(0.65 * bears);
    expect(slow / 3_000).toBeLessThan(0.05);
  },
);
