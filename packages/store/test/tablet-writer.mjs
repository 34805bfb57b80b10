// Commits to an lmdb tablet until its process is ended from outside.
// Index i puts `hot<i mod 50>` and `n<i>`, and deletes `n<i - 200>`: whoever reads the tablet can tell
// from its index what has to be in it. Runs on built files.

import { RealDisk } from "@multiraft/runtime";
import { openEngine } from "../dist/tablet/engine.js";

const [directory, mode] = process.argv.slice(2);
const report = (message) => process.stdout.write(`${JSON.stringify(message)}\n`);
const engine = openEngine({ kind: "lmdb", disk: new RealDisk(), directory });
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

if (mode === "commit-until-failure") await commitUntilFailure();
else await commitForever();
