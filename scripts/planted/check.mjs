// What has to hold before a rule is broken: its patch fits the source and is sound TypeScript, and
// the tests that must miss it are there and pass on the intact code.
import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { runProcess } from "./processes.mjs";
import { applyPatch, CORE_FOLDER, PlantedError } from "./rules.mjs";
import { runTests } from "./test-run.mjs";

export function checkPatches(root, rules) {
  for (const rule of rules) applyPatch(rule, readFileSync(join(root, rule.file), "utf8"));
}

/** As many rules at once as have no line in common: the compiler is asked few times. */
export async function checkTypes(scratch, rules) {
  const config = join(scratch.folder, "tsconfig.json");
  writeFileSync(config, JSON.stringify(TYPE_CHECK));
  for (const batch of batchesByLine(rules)) {
    scratch.plant(batch);
    const tsc = join(scratch.folder, "node_modules/.bin/tsc");
    const { status, output } = await runProcess(tsc, ["-p", config], { cwd: scratch.folder });
    scratch.restore(batch);
    if (status !== 0) throw new PlantedError(`a patch is not sound TypeScript:\n${output}`);
  }
}

/** What a patch no longer uses is no fault: only what would keep it from running as it is read. */
const TYPE_CHECK = {
  extends: "./tsconfig.base.json",
  compilerOptions: {
    noEmit: true,
    composite: false,
    declaration: false,
    declarationMap: false,
    noUnusedLocals: false,
    noUnusedParameters: false,
  },
  include: [`${CORE_FOLDER}/*.ts`],
  exclude: [`${CORE_FOLDER}/*.test.ts`],
};

/** Rules that may be broken together. */
export function batchesByLine(rules) {
  const batches = [];
  for (const rule of rules) {
    const isTaken = (other) => other.file === rule.file && other.line === rule.line;
    const batch = batches.find((rules) => !rules.some(isTaken));
    if (batch === undefined) batches.push([rule]);
    else batch.push(rule);
  }
  return batches;
}

/** @returns nothing when every catcher names tests that pass; throws with the first that does not. */
export async function checkCatchers(scratch, rules, msMax) {
  const catchers = rules.flatMap(({ name, catchers }) =>
    catchers.map((catcher) => ({ rule: name, ...catcher })),
  );
  const files = [...new Set(catchers.map(({ file }) => file))];
  const { tests, fault } = await runTests(scratch, files, undefined, msMax);
  if (fault !== undefined) throw new PlantedError(`the intact code: ${fault}`);
  for (const { rule, file, test } of catchers) {
    const named = tests.filter((each) => each.file === file && each.name.includes(test));
    if (named.length === 0) throw new PlantedError(`${rule}: ${file} has no test "${test}"`);
    const failed = named.find(({ status }) => status === "failed");
    if (failed !== undefined)
      throw new PlantedError(`${rule}: fails on the intact code: ${failed.name}`);
  }
}
