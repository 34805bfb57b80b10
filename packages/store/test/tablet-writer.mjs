// Commits to an lmdb tablet until it is ended from outside, as a process or as a worker thread.
// Index i puts `hot<i mod 50>` and `n<i>`, and deletes `n<i - 200>`: whoever reads the tablet can tell
// from its index what has to be in it. Runs on built files.

import { isMainThread, parentPort, workerData } from "node:worker_threads";
import { RealDisk } from "@multiraft/runtime";
import { openEngine } from "../dist/tablet/engine.js";
import { EnvironmentCache } from "../dist/tablet/environment-cache.js";

const { directory, mode } = isMainThread
  ? { directory: process.argv[2], mode: process.argv[3] }
  : workerData;
const report = (message) =>
  isMainThread
    ? process.stdout.write(`${JSON.stringify(message)}\n`)
    : parentPort.postMessage(message);

/** The first word is 0 while the thread may be ended, or how many reasons there are against it. */
const word = isMainThread ? new Int32Array(1) : workerData.word;
const guard = {
  enter: () => {
    if (Atomics.add(word, 0, 1) < 0) Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0);
  },
  leave: () => Atomics.sub(word, 0, 1),
};
const environments = new EnvironmentCache({ idleMax: 8, openMax: 16 }, guard);
const engine = openEngine({ kind: "lmdb", disk: new RealDisk(), directory, environments });
const tablet = engine.open({ regionId: 7, life: 3, generation: 1 });
const value = (index) => Buffer.from(`${index}:${"x".repeat(1_000)}`);

function apply(index) {
  const writes = [
    { kind: "put", key: `hot${index % 50}`, value: value(index) },
    { kind: "put", key: `n${index}`, value: value(index) },
    { kind: "delete", key: `n${index - 200}` },
  ];
  tablet.apply(writes, { ...tablet.meta, appliedIndex: index });
}

async function commitForever() {
  for (let index = tablet.meta.appliedIndex + 1; ; index += 1) {
    apply(index);
    if (index % 7 === 0) report({ durableIndex: await tablet.flush() });
  }
}

/** A limit on the size of files stands for a full disk. */
async function commitUntilFailure() {
  for (let index = tablet.meta.appliedIndex + 1; ; index += 1) {
    for (let n = 0; n < 50; n += 1)
      tablet.apply([{ kind: "put", key: `big${index}.${n}`, value: value(n) }], {
        ...tablet.meta,
        appliedIndex: tablet.meta.appliedIndex + 1,
      });
    try {
      report({ durableIndex: await tablet.flush() });
    } catch (error) {
      report({
        code: error.code,
        cause: error.cause?.code,
        readable: tablet.get(`big${index}.49`).length,
      });
      break;
    }
  }
  try {
    await tablet.flush();
  } catch (error) {
    report({ again: error.code, durableIndex: tablet.durableIndex });
  }
  tablet.close();
}

/** Commits so large that lmdb's thread begins before they are filled. */
async function commitLarge() {
  for (let index = tablet.meta.appliedIndex + 1; ; index += 1) {
    apply(index);
    if (index % 3_000 === 0) report({ durableIndex: await tablet.flush() });
    else if (index % 300 === 0) report({});
  }
}

/** Copies go on while commits do. */
async function copyForever() {
  const { mkdirSync } = await import("node:fs");
  commitForever();
  for (let n = 0; ; n += 1) {
    mkdirSync(`${directory}/copy${n}`);
    const copy = tablet.copyFiles(`${directory}/copy${n}`);
    report({ copying: n });
    await copy;
  }
}

if (mode === "commit-until-failure") await commitUntilFailure();
else if (mode === "copy") await copyForever();
else if (mode === "large") await commitLarge();
else await commitForever();
