// A handler of a replica that throws for no reason of its disk, with writes still on their way to a slow log: it
// is read from the log and opened again, among what its dead actor had sent.
import type { Random } from "@multiraft/runtime";
import { drawSeat, type FaultSite } from "./fault-site.ts";

/** What a replica says that was made to fail. */
export const MADE_TO_FAIL = "it was made to fail";
/** Long enough for appends to gather before the log, and for the news of the end to come among them. */
const LOG_SLOW_MS_MAX = 50;

export const replicaFaults = {
  /** Once a life: after some more failures its store would isolate it. */
  "fail-replica": (site: FaultSite, random: Random) => {
    const seat = drawSeat(site, random);
    if (seat?.opened === undefined) return undefined;
    const { shadow } = site.cluster.oracles;
    // One that is opening has appended nothing yet: no word of a log can reach it.
    const unharmed = shadow
      .runningOn(seat.host)
      .filter(({ life, region }) => region !== undefined && !seat.madeToFail.has(life));
    const victim = unharmed[random.below(Math.max(1, unharmed.length))];
    if (victim === undefined) return undefined;
    const { slot, incarnation } = seat.opened.log;
    const slowMs = 1 + random.below(LOG_SLOW_MS_MAX);
    site.pauses.pause(`${slot}.${incarnation}`, site.nowMs() + slowMs);
    seat.madeToFail.add(victim.life);
    site.later(random.below(slowMs), () => {
      const failure = { kind: "log-failed", code: "ERR_SIMULATED", message: MADE_TO_FAIL };
      site.cluster.system.tell(victim.address as never, failure);
    });
    return `region ${victim.regionId} on ${seat.host} fails, with its log ${slowMs} ms late`;
  },
} as const;
