// Run in a process of its own, in a copy of the packages: seeds of one profile, until one is violated.
// Prints a line of JSON a seed.
import { join } from "node:path";
import { argv } from "node:process";
import { pathToFileURL } from "node:url";

const [folder, profile, first, count] = argv.slice(2);
const { SeedRun, wholeSchedule } = await import(
  pathToFileURL(join(folder, "packages/store/dist/sim.js")).href
);
for (let seed = Number(first); seed < Number(first) + Number(count); seed += 1) {
  const { steps, violation } = await new SeedRun(wholeSchedule(seed, profile)).run();
  console.log(JSON.stringify({ seed, steps, violation }));
  if (violation !== undefined) break;
}
