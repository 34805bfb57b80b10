// Run in a process of its own, in a copy of the packages: seeds of one profile, until one is violated, or a
// schedule that was kept. Prints a line of JSON a seed; with minutes to shrink it in, one more.
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { argv } from "node:process";
import { pathToFileURL } from "node:url";

const MS_PER_MINUTE = 60_000;
const [folder, what, ...rest] = argv.slice(2);
const { SeedRun, shrink, wholeSchedule } = await import(
  pathToFileURL(join(folder, "packages/store/dist/sim.js")).href
);

async function runKept(path) {
  const { schedule } = JSON.parse(readFileSync(path, "utf8"));
  const { steps, violation, hash } = await new SeedRun(schedule).run();
  console.log(JSON.stringify({ seed: schedule.seed, steps, violation, hash }));
}

async function runSeeds(profile, first, count, shrinkMinutes) {
  for (let seed = first; seed < first + count; seed += 1) {
    const schedule = wholeSchedule(seed, profile);
    const { steps, violation } = await new SeedRun(schedule).run();
    console.log(JSON.stringify({ seed, steps, violation }));
    if (violation === undefined) continue;
    if (shrinkMinutes > 0) await runShrink(schedule, shrinkMinutes);
    return;
  }
}

async function runShrink(schedule, minutes) {
  const endMs = performance.now() + minutes * MS_PER_MINUTE;
  const shrunk = await shrink(schedule, { shouldStop: () => performance.now() >= endMs });
  const again = await new SeedRun(shrunk.schedule).run();
  console.log(JSON.stringify({ seed: schedule.seed, shrunk, againHash: again.hash }));
}

if (what === "kept") await runKept(rest[0]);
else await runSeeds(what, Number(rest[0]), Number(rest[1]), Number(rest[2] ?? 0));
