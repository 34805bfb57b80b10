// Disks that stop in the middle of a write, fail a sync, or are full. A store whose disk has failed it
// stops, and opens again from what was durable.
import type { Random } from "@multiraft/runtime";
import { TABLETS } from "../cluster/open-store.ts";
import type { StoreSeat } from "../cluster/sim-cluster.ts";
import { drawKept, drawMs, drawSeat, type FaultSite } from "./fault-site.ts";

const WRITES_MAX = 60;
/** More than a frame of the log mostly has: any part of it may get through. */
const TORN_BYTES_MAX = 1_024;

export const diskFaults = {
  /** Syncs take long, of one store or of all; some lose their power before the syncs come back. */
  "stall-disks": (site: FaultSite, random: Random) => {
    const one = drawSeat(site, random);
    const isAll = random.below(2) === 0;
    const forMs = drawMs(random);
    const seats = site.cluster.seats.filter((seat) => isAll || seat === one);
    for (const { opened } of seats)
      if (opened !== undefined)
        site.pauses.pause(`${opened.log.slot}.${opened.log.incarnation}`, site.nowMs() + forMs);
    const isCrash = random.below(2) === 0;
    if (isCrash) site.later(forMs - 1, () => crashThose(site, seats, random.fork("crash")));
    const end = isCrash ? "; then the power goes" : "";
    return `syncs of ${isAll ? "all stores" : one?.host} take ${forMs} ms${end}`;
  },
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
  /** Its log goes on: a replica fails alone, and is opened again from that. */
  "fail-tablet-sync": (site: FaultSite, random: Random) => {
    const seat = drawSeat(site, random);
    if (seat === undefined) return undefined;
    seat.hasDiskFailed = true;
    site.cluster.disk(seat.id).failSyncs(1 + random.below(2), `${TABLETS}/`);
    return `${seat.host}: a sync of a tablet fails`;
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
  /** Of what was synced, while the store is down. */
  "flip-bit": (site: FaultSite, random: Random) => site.rot.strike(site, "flip", random),
  "lose-file": (site: FaultSite, random: Random) => site.rot.strike(site, "lose", random),
  "flip-bit-of-driver": (site: FaultSite, random: Random) =>
    site.rot.strikeDriver(site, "flip", random),
  "lose-file-of-driver": (site: FaultSite, random: Random) =>
    site.rot.strikeDriver(site, "lose", random),
} as const;

function crashThose(site: FaultSite, seats: readonly StoreSeat[], random: Random): void {
  for (const { id, opened } of seats) {
    const own = random.fork(`${id}`);
    if (opened !== undefined) site.crash(id, drawKept(own), drawMs(own));
  }
}
