// Threads of a store that stand still, are slow, or die alone: its log without its replicas, some of its replicas
// without the others, its registry without the log.
import type { Random } from "@multiraft/runtime";
import type { StoreSeat } from "../cluster/sim-cluster.ts";
import { drawMs, drawSeat, type FaultSite } from "./fault-site.ts";

/** Until what is left of a store is stopped and opened again: at once, or some rounds of mail later. */
const NOTICED_MS = [1, 5, 50, 400];

type Drawn = { readonly seat: StoreSeat; readonly thread: string };

export const threadFaults = {
  "pause-thread": (site: FaultSite, random: Random) => {
    const drawn = drawThread(site, random);
    if (drawn === undefined) return undefined;
    const forMs = drawMs(random);
    site.pauses.pause(drawn.thread, site.nowMs() + forMs);
    return `${drawn.thread} stands still, ${forMs} ms`;
  },
  "slow-thread": (site: FaultSite, random: Random) => {
    const drawn = drawThread(site, random);
    if (drawn === undefined) return undefined;
    const forMs = drawMs(random);
    const oneIn = 2 + random.below(30);
    site.pauses.slow(drawn.thread, oneIn);
    site.later(forMs, () => site.pauses.endSlow(drawn.thread));
    return `${drawn.thread} goes ${oneIn} times as slow, ${forMs} ms`;
  },
  /** What is left of the store goes on for a while; then it is stopped, and opened again. */
  "kill-thread": (site: FaultSite, random: Random) => {
    const drawn = drawThread(site, random);
    if (drawn === undefined || drawn.seat.hasLostThread) return undefined;
    const { seat, thread } = drawn;
    const noticedMs = NOTICED_MS[random.below(NOTICED_MS.length)] ?? 1;
    const { opened } = seat;
    site.cluster.killThread(seat.id, thread);
    site.later(noticedMs, () => {
      if (seat.opened === opened) site.crash(seat.id, "page-cache", 1);
    });
    return `${thread} dies; its store is opened again ${noticedMs} ms later`;
  },
} as const;

function drawThread(site: FaultSite, random: Random): Drawn | undefined {
  const seat = drawSeat(site, random);
  const threads = seat?.opened?.threads ?? [];
  const thread = threads[random.below(Math.max(1, threads.length))];
  return seat === undefined || thread === undefined ? undefined : { seat, thread };
}
