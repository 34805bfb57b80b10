// Ends threads in the middle of what lmdb does, round after round, in a process of its own, which lmdb
// would take with it: `node rounds.mjs MODE ROUNDS SEED`. Prints a line a round. Runs on built files.
import fs from "node:fs";
import os from "node:os";
import path from "node:path";
import { setTimeout as pause } from "node:timers/promises";
import { ActorSystem, RealDisk, Sfc32 } from "@multiraft/runtime";
import { openEngine } from "../../dist/tablet/engine.js";
import { busyActor } from "./busy-actor.mjs";
import { checkTablet, FIRST_INDEX, TABLET_NAME } from "./tablet-rule.mjs";

const [mode, rounds, seed] = [process.argv[2], Number(process.argv[3]), Number(process.argv[4])];
/** Of the wait before an end, beside the one for a first step: a few commits long. */
const MOMENT_US_MAX = { large: 60_000, spin: 1_000 };

const directory = fs.mkdtempSync(path.join(os.tmpdir(), "multiraft-endings-"));
process.on("exit", () => fs.rmSync(directory, { recursive: true, force: true }));
const random = new Sfc32(seed);
const engine = openEngine({ kind: "lmdb", disk: new RealDisk(), directory });
const epoch = { confVer: 1, version: 1 };
const region = { id: 7, range: { start: "", end: "" }, epoch, peers: [] };
const first = { appliedIndex: FIRST_INDEX, appliedTerm: 5, region, isUntrimmed: false };
(await engine.create(TABLET_NAME, first)).close();

async function waitFor(marks, steps, ended) {
  while (Atomics.load(marks, 1) < steps) {
    const termination = await Promise.race([ended, pause(1)]);
    if (termination !== undefined) throw new Error(`ended by itself: ${termination.kind}`);
  }
}

/** Finer than timers are. */
function waitUs(us) {
  Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, us / 1_000);
}

async function endOne(system) {
  const actor = await system.spawn(busyActor, directory, { thread: 0 });
  const payload = system.allocatePayload(8);
  const marks = new Int32Array(payload.bytes.buffer, payload.bytes.byteOffset, 2).fill(0);
  system.tell(actor, { kind: "work", mode }, { payload });
  await waitFor(marks, 1 + random.below(3), system.watch(actor));
  waitUs(random.below(MOMENT_US_MAX[mode] ?? 8_000));
  await system.killThread(0);
  const tablet = engine.open(TABLET_NAME);
  const index = checkTablet(tablet);
  tablet.close();
  const acknowledged = Atomics.load(marks, 0);
  if (index < acknowledged) throw new Error(`index ${index} after ${acknowledged} was durable`);
  for (const name of fs.readdirSync(directory))
    if (name !== "7_3_1") fs.rmSync(path.join(directory, name), { recursive: true });
  return index;
}

const system = await ActorSystem.start({ threads: 1 });
for (let round = 1; round <= rounds; round += 1) {
  const index = await endOne(system);
  fs.writeSync(1, `${JSON.stringify({ round, index })}\n`);
}
await system.close();
