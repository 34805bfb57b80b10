// Partitions of every kind, and weather.
import type { Random } from "@multiraft/runtime";
import { drawMs, drawSeat, type FaultSite } from "./fault-site.ts";
import { oldMailFaults } from "./old-mail.ts";
import { drawRoute } from "./placement-faults.ts";

/** Longer than an election of the others. */
const LEFT_BEHIND_MS_MIN = 3_000;
const LEFT_BEHIND_RATE = 0.2;

export const networkFaults = {
  ...oldMailFaults,
  /** One store hears nobody and is heard by nobody; sometimes the placement driver is lost to it too. */
  isolate: (site: FaultSite, random: Random) => {
    const seat = drawSeat(site, random);
    if (seat === undefined) return undefined;
    const isPdLost = random.below(2) === 0;
    const others = hosts(site, isPdLost).filter((host) => host !== seat.host);
    const forMs = drawMs(random);
    cutFor(site, [seat.host], others, "both", forMs);
    return `isolate ${seat.host}${isPdLost ? ", from the driver too" : ""}, ${forMs} ms`;
  },
  /** A leader that hears nobody, and whose clock is too slow to notice: clients still find it. */
  "leave-leader-behind": (site: FaultSite, random: Random) => {
    const { leader } = drawRoute(site, random) ?? {};
    const { shadow } = site.cluster.oracles;
    const host = shadow.allRunning().find(({ peerId }) => peerId === leader)?.host;
    if (host === undefined) return undefined;
    const others = hosts(site, true).filter((other) => other !== host);
    const forMs = LEFT_BEHIND_MS_MIN + random.below(LEFT_BEHIND_MS_MIN);
    const clock = site.cluster.system.clockOf(host);
    clock.setRate(LEFT_BEHIND_RATE);
    site.later(forMs, () => clock.setRate(1));
    cutFor(site, [host], others, "both", forMs);
    return `${host} leads on, left behind, ${forMs} ms`;
  },
  "cut-one-way": (site: FaultSite, random: Random) => {
    const all = hosts(site, true);
    const from = all[random.below(all.length)] ?? "";
    const others = all.filter((host) => host !== from);
    const to = others[random.below(others.length)] ?? "";
    const forMs = drawMs(random);
    cutFor(site, [from], [to], "one", forMs);
    return `cut ${from} to ${to}, ${forMs} ms`;
  },
  "cut-in-two": (site: FaultSite, random: Random) => {
    const all = hosts(site, true);
    const left = all.filter(() => random.below(2) === 0);
    const right = all.filter((host) => !left.includes(host));
    const forMs = drawMs(random);
    cutFor(site, left, right, "both", forMs);
    return `cut ${left.join()} from ${right.join()}, ${forMs} ms`;
  },
  "bad-links": (site: FaultSite, random: Random) => {
    const before = site.links.quality;
    const forMs = drawMs(random);
    site.links.quality = {
      delayMsMax: 1 + random.below(300),
      lateOneIn: 4,
      lateMsMax: 4_000,
      lostOneIn: 2 + random.below(8),
      twiceOneIn: 2 + random.below(8),
    };
    site.later(forMs, () => {
      site.links.quality = before;
    });
    return `bad links, ${forMs} ms`;
  },
} as const;

export function hosts({ cluster }: FaultSite, withDriver: boolean): string[] {
  const stores = cluster.seats.map(({ host }) => host);
  return withDriver ? [...stores, "pd"] : stores;
}

export function cutFor(
  { links, later }: FaultSite,
  left: readonly string[],
  right: readonly string[],
  ways: "one" | "both",
  forMs: number,
): void {
  const pairs = left.flatMap((from) => right.map((to) => [from, to] as const));
  const joins = pairs.flatMap(([from, to]) =>
    ways === "one" ? [links.cut(from, to)] : [links.cut(from, to), links.cut(to, from)],
  );
  later(forMs, () => {
    for (const join of joins) join();
  });
}
