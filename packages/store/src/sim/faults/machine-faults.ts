// Machines that lose their power, processes that die, threads that stand still, clocks that are wrong.
import type { Random } from "@multiraft/runtime";
import { drawKept, drawMs, drawSeat, type FaultSite } from "./fault-site.ts";

/** Kinds of mail at whose handling much is half done. */
export const MOMENTS: readonly string[] = [
  "split-applied",
  "split-recorded",
  "initialise",
  "copy-end",
  "region-changed",
  "snapshot-end",
  "retire",
  "removed-tablets",
  "recovered",
];
const AFTER_MS = [0, 1, 5, 30];
/** Writes and syncs take turns; a name now and then. */
const DYING_WRITES_MAX = 20;

export const machineFaults = {
  crash: (site: FaultSite, random: Random) => {
    const seat = drawSeat(site, random);
    if (seat === undefined) return undefined;
    const downMs = drawMs(random);
    site.crash(seat.id, drawKept(random), downMs);
    return `${seat.host} loses its power, ${downMs} ms`;
  },
  "kill-process": (site: FaultSite, random: Random) => {
    const seat = drawSeat(site, random);
    if (seat === undefined) return undefined;
    const downMs = drawMs(random);
    site.crash(seat.id, "page-cache", downMs);
    return `the process of ${seat.host} dies, ${downMs} ms`;
  },
  /** Between a write and its sync; soon after it was opened again the machine loses its power as well. */
  "die-at-sync": (site: FaultSite, random: Random) => {
    const seat = drawSeat(site, random);
    if (seat === undefined) return undefined;
    const writes = random.below(DYING_WRITES_MAX);
    const afterMs = AFTER_MS[random.below(AFTER_MS.length)] ?? 0;
    seat.hasDiskFailed = true;
    seat.keepsPageCache = true;
    site.cluster.disk(seat.id).crashAfter(writes);
    whenRecovered(site, seat.host, afterMs, () => {
      if (seat.opened !== undefined) site.crash(seat.id, "nothing", 1);
    });
    return `the process of ${seat.host} dies after ${writes} writes and syncs, the power ${afterMs} ms after its start`;
  },
  "crash-all": (site: FaultSite, random: Random) => {
    for (const { id, opened } of site.cluster.seats)
      if (opened !== undefined) site.crash(id, drawKept(random.fork(`${id}`)), drawMs(random));
    return "all stores lose their power";
  },
  /** At a moment when much is half done. */
  "crash-at-moment": (site: FaultSite, random: Random) => {
    const kind = MOMENTS[random.below(MOMENTS.length)] ?? "retire";
    const afterMs = AFTER_MS[random.below(AFTER_MS.length)] ?? 0;
    const kept = drawKept(random);
    const downMs = drawMs(random);
    site.when(kind, afterMs, ({ host }) => {
      const seat = site.cluster.seats.find((one) => one.host === host);
      if (seat?.opened !== undefined) site.crash(seat.id, kept, downMs);
    });
    return `${afterMs} ms after the next ${kind} its store loses its power, ${downMs} ms`;
  },
  "crash-driver": (site: FaultSite, random: Random) => {
    if (!site.cluster.isPdUp) return undefined;
    const downMs = drawMs(random);
    site.crashPd(drawKept(random), downMs);
    return `the placement driver loses its power, ${downMs} ms`;
  },
  "jump-clock": (site: FaultSite, random: Random) => {
    const host = drawHost(site, random);
    if (host === undefined) return undefined;
    const byMs = drawMs(random);
    site.cluster.system.clockOf(host).jump(byMs);
    return `the clock of ${host} jumps ${byMs} ms`;
  },
  "change-rate": (site: FaultSite, random: Random) => {
    const host = drawHost(site, random);
    if (host === undefined) return undefined;
    const rate = 0.5 + random.unit() * 1.5;
    site.cluster.system.clockOf(host).setRate(rate);
    return `the clock of ${host} goes ${rate.toFixed(2)} times as fast`;
  },
  "jump-wall": (site: FaultSite, random: Random) => {
    const host = drawHost(site, random);
    if (host === undefined) return undefined;
    const byMs = (drawMs(random) - 4_000) * 10;
    site.cluster.system.clockOf(host).jumpWall(byMs);
    return `the wall clock of ${host} jumps ${byMs} ms`;
  },
  "pause-store": (site: FaultSite, random: Random) => {
    const seat = drawSeat(site, random);
    return seat === undefined ? undefined : pause(site, seat.host, random);
  },
  "pause-driver": (site: FaultSite, random: Random) => pause(site, "pd", random),
  "pause-replica": (site: FaultSite, random: Random) => {
    const seat = drawSeat(site, random);
    if (seat === undefined) return undefined;
    const replicas = site.cluster.oracles.shadow.runningOn(seat.host);
    const replica = replicas[random.below(Math.max(1, replicas.length))];
    if (replica === undefined) return undefined;
    const { slot, incarnation } = replica.address;
    return pause(site, `${slot}.${incarnation}`, random);
  },
  "slow-store": (site: FaultSite, random: Random) => {
    const seat = drawSeat(site, random);
    if (seat === undefined) return undefined;
    const forMs = drawMs(random);
    const oneIn = 2 + random.below(30);
    site.pauses.slow(seat.host, oneIn);
    site.later(forMs, () => site.pauses.endSlow(seat.host));
    return `${seat.host} goes ${oneIn} times as slow, ${forMs} ms`;
  },
} as const;

function whenRecovered(site: FaultSite, host: string, afterMs: number, action: () => void): void {
  site.when("recovered", afterMs, (at) => {
    if (at.host === host) action();
    else whenRecovered(site, host, afterMs, action);
  });
}

function drawHost(site: FaultSite, random: Random): string | undefined {
  const isPd = random.below(4) === 0 && site.cluster.isPdUp;
  return isPd ? "pd" : drawSeat(site, random)?.host;
}

function pause({ pauses, nowMs }: FaultSite, what: string, random: Random): string {
  const forMs = drawMs(random);
  pauses.pause(what, nowMs() + forMs);
  return `${what} stands still, ${forMs} ms`;
}
