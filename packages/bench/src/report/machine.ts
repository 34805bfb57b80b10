// The machine that figures were measured on: a figure without it says little.
import { spawnSync } from "node:child_process";
import { readFileSync, realpathSync } from "node:fs";
import { availableParallelism, cpus, loadavg, platform, release, totalmem } from "node:os";
import type { Machine } from "../suite/row.ts";

/** Of the cores, in the minute before the start: more than that is not our own start. */
const BUSY_SHARE = 0.5;
/** Of all cores while it was measured: less than rounds differ anyway. */
const STOLEN_SHARE_MAX = 0.03;

/** To be asked at the start: the load is what others did before us. @param directory Scratch space. */
export function describeMachine(directory: string): Machine {
  const [first] = cpus();
  return {
    cpu: first?.model.trim() ?? "unknown",
    cores: cpus().length,
    coresUsable: availableParallelism(),
    memoryGiB: Math.round(totalmem() / 2 ** 30),
    os: platform(),
    kernel: release(),
    node: process.version,
    v8: process.versions.v8,
    disk: diskOf(directory),
    loadAverageAtStart: Number((loadavg()[0] ?? 0).toFixed(2)),
    ...known({
      commit: commitOf(import.meta.dirname),
      governor: lineOf("/sys/devices/system/cpu/cpu0/cpufreq/scaling_governor"),
      // A container may use less than it sees: `200000 100000` are two cores, `max` all.
      cpuLimit: lineOf("/sys/fs/cgroup/cpu.max"),
      memoryLimit: lineOf("/sys/fs/cgroup/memory.max"),
    }),
  };
}

function known(facts: Readonly<Record<string, string | undefined>>): Machine {
  const told = Object.entries(facts).flatMap(([name, value]) =>
    value === undefined || value === "" ? [] : [[name, value] as const],
  );
  return Object.fromEntries(told);
}

/** Of the checkout that the code lies in, if it does; `-dirty` when it was changed since. */
function commitOf(directory: string): string | undefined {
  const args = ["describe", "--always", "--dirty", "--exclude", "*"];
  const { status, stdout } = spawnSync("git", args, { cwd: directory, encoding: "utf8" });
  return status === 0 ? stdout.trim() : undefined;
}

function lineOf(path: string): string | undefined {
  try {
    return readFileSync(path, "utf8").trim();
  } catch {
    return undefined;
  }
}

/** In some lines, below the rows: figures of a machine that had other work say little. */
export function machineText(machine: Machine): string {
  const { cpu, coresUsable, memoryGiB, node, disk, loadAverageAtStart, stolenShare } = machine;
  const text = `measured on ${coresUsable} cores of ${cpu}, ${memoryGiB} GiB, Node ${node}, ${disk}`;
  const load = Number(loadAverageAtStart);
  const stolen = Number(stolenShare ?? 0);
  const doubts = [
    ...(load > BUSY_SHARE * Number(coresUsable)
      ? [`the machine was busy when it began (load ${load}): do not quote these figures`]
      : []),
    ...(stolen > STOLEN_SHARE_MAX
      ? [
          `its host gave ${(100 * stolen).toFixed(0)} % of its cores to others: do not quote these figures`,
        ]
      : []),
  ];
  return [text, ...doubts].join("\n");
}

/** File system and device, where Linux tells them. */
function diskOf(directory: string): string {
  try {
    const mounts = readFileSync("/proc/self/mountinfo", "utf8");
    return mountOf(realpathSync(directory), mounts) ?? "unknown";
  } catch {
    return "unknown";
  }
}

/**
 * `ext4 on /dev/vda1`.
 * @param mounts As in `/proc/self/mountinfo`; of several on one place the last is the one that is seen.
 */
export function mountOf(path: string, mounts: string): string | undefined {
  let best: { readonly place: string; readonly says: string } | undefined;
  for (const line of mounts.trim().split("\n")) {
    const [own = "", more = ""] = line.split(" - ");
    const place = (own.split(" ")[4] ?? "").replaceAll("\\040", " ");
    const [type, device] = more.split(" ");
    const isAbove = path === place || path.startsWith(place === "/" ? "/" : `${place}/`);
    if (isAbove && place.length >= (best?.place.length ?? 0))
      best = { place, says: `${type} on ${device}` };
  }
  return best?.says;
}
