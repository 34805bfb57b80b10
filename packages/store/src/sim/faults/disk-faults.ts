// Disks that stop in the middle of a write, fail a sync, or are full. A store whose disk has failed it
// stops, and opens again from what was durable.
import type { Random } from "@multiraft/runtime";
import { drawMs, drawSeat, type FaultSite } from "./fault-site.ts";

const WRITES_MAX = 60;
/** More than a frame of the log mostly has: any part of it may get through. */
const TORN_BYTES_MAX = 1_024;

export const diskFaults = {
  "stop-at-write": (site: FaultSite, random: Random) => {
    const seat = drawSeat(site, random);
    if (seat === undefined) return undefined;
    const writes = random.below(WRITES_MAX);
    const tornBytes = random.below(TORN_BYTES_MAX);
    seat.hasDiskFailed = true;
    site.cluster.disk(seat.id).crashAfter(writes, { tornBytes });
    return `${seat.host}: the disk stops after ${writes} writes, ${tornBytes} bytes of the next`;
  },
  "fail-sync": (site: FaultSite, random: Random) => {
    const seat = drawSeat(site, random);
    if (seat === undefined) return undefined;
    seat.hasDiskFailed = true;
    site.cluster.disk(seat.id).failSyncs(1 + random.below(2));
    return `${seat.host}: a sync fails`;
  },
  "fill-disk": (site: FaultSite, random: Random) => {
    const seat = drawSeat(site, random);
    if (seat === undefined) return undefined;
    seat.hasDiskFailed = true;
    const disk = site.cluster.disk(seat.id);
    const forMs = drawMs(random);
    disk.fillUp();
    site.later(forMs, () => disk.makeRoom());
    return `${seat.host}: the disk is full, ${forMs} ms`;
  },
} as const;
