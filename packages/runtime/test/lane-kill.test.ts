import { once } from "node:events";
import { setImmediate as yieldToLoop } from "node:timers/promises";
import { Worker } from "node:worker_threads";
import { expect, test } from "vitest";
import { createLane } from "../src/lane/lane-layout.ts";
import { LaneReader } from "../src/lane/lane-reader.ts";

const LANE_BYTES = 4_096;
const KILLS = 25;

type Seen = { life: number; sequence: number; records: number };

/** Takes what is visible and checks each record: whole, of the current life, and the next in order. */
function drain(reader: LaneReader, seen: Seen): void {
  reader.refresh();
  const { words, bytes } = reader.memory;
  for (let offset = reader.next(); offset >= 0; offset = reader.next()) {
    const word = offset >> 2;
    const [life, sequence, length] = [words[word + 1], words[word + 2], words[word + 3]] as [
      number,
      number,
      number,
    ];
    let sum = (life * 31 + sequence) | 0;
    for (let index = offset + 20; index < offset + length; index += 1)
      sum = (Math.imul(sum, 31) + (bytes[index] ?? 0)) | 0;
    if (sum !== words[word + 4] || life !== seen.life || sequence !== seen.sequence)
      throw new Error(`torn or reordered: life ${life}, sequence ${sequence}, length ${length}`);
    seen.sequence += 1;
    seen.records += 1;
  }
  reader.release();
}

async function runUntilKilled(
  lane: SharedArrayBuffer,
  reader: LaneReader,
  seen: Seen,
  life: number,
) {
  const url = new URL("./fixture/lane-producer.mjs", import.meta.url);
  const worker = new Worker(url, { workerData: { lane, life, batch: 1 + (life % 7) } });
  const exited = once(worker, "exit");
  seen.life = life;
  seen.sequence = 0;
  const enough = 200 + 173 * life;
  while (seen.sequence < enough) {
    drain(reader, seen);
    await yieldToLoop();
  }
  worker.terminate();
  await exited;
  drain(reader, seen);
}

test("a producer killed anywhere leaves only whole records, and its successor goes on", async () => {
  // Close to the wrap of the positions, so that each run crosses it.
  const lane = createLane(LANE_BYTES, 2 ** 32 - 64 * LANE_BYTES);
  const reader = new LaneReader(lane);
  const seen: Seen = { life: 0, sequence: 0, records: 0 };
  for (let life = 1; life <= KILLS; life += 1) await runUntilKilled(lane, reader, seen, life);
  expect(seen.records).toBeGreaterThan(KILLS * 200);
});
