import { Sfc32 } from "@multiraft/runtime";
import { expect, test } from "vitest";
import type { Log } from "../../src/log/log.ts";
import { append, contentOf, openLog } from "./log-fixture.ts";
import { LogModel } from "./log-model.ts";
import { freshDisk } from "./script-run.ts";
import { EVERY_CUT } from "./watched-disk.ts";

const SEEDS = Array.from({ length: 24 }, (_, at) => at + 1);
const BATCHES = 120;
const OPTIONS = { segmentBytes: 4_096, deadRatioMax: 0.3 };

/** Ends one log of the disk, in one of the ways that lose nothing, and opens the next. */
function reopened(log: Log, disk: ReturnType<typeof freshDisk>, way: number, seed: number): Log {
  if (way === 0) log.close();
  else if (way === 1) disk.kill();
  else disk.powerCut(EVERY_CUT[way % EVERY_CUT.length] ?? "nothing", seed);
  return openLog(disk, OPTIONS);
}

test.each(SEEDS)("a log says what was appended to it, however often it ends (seed %i)", (seed) => {
  const random = new Sfc32(seed);
  const model = new LogModel(random.fork("model"));
  const disk = freshDisk();
  let log = openLog(disk, OPTIONS);
  for (let batch = 0; batch < BATCHES; batch += 1) {
    for (let left = 1 + random.below(4); left > 0; left -= 1) append(log, ...model.next());
    log.commit();
    if (random.below(4) === 0) log = reopened(log, disk, random.below(6), batch);
    expect(contentOf(log), `batch ${batch}`).toBe(model.content());
  }
  log.close();
});
