// Splits whose parts come in another order than usual: a child that is there, and stands still, when its parent
// goes or falls behind; a child that its group reaches before its parent's split does.
import { keyFromText, type Route, rangeContains } from "@multiraft/pd/protocol";
import type { AnyAddress, Random } from "@multiraft/runtime";
import type { PeerMail } from "../../peer/peer-mail.ts";
import type { Incarnation } from "../shadow.ts";
import { drawMs, type FaultSite, type Moment } from "./fault-site.ts";
import { cutFor, hosts } from "./network-faults.ts";
import { order, removeReplica, routesOf } from "./placement-faults.ts";

/** Who is removed may hear of it by a reminder alone, and a log is truncated some time after. */
const STILL_MS_MIN = 3_000;
/** Some hundred commands of a group: where logs are short, who missed them needs a snapshot. */
const CUT_STEPS_MIN = 2_000;
/** An election of the child and some offers of its data; less than it waits for its parent, mostly. */
const FIRST_BACK_MS_MIN = 300;
const FIRST_BACK_MS_MORE = 400;
/** Ten heartbeats, each of which may lead to an offer. */
const OTHERS_LATER_MS_MIN = 2_000;
const BLOWS = ["its parent is removed", "its parent falls behind"] as const;
/** Regions are never merged, and each takes steps of all others. */
const REGIONS_MAX = 10;
const LETTERS = 26;

export const splitFaults = {
  /** The child of a follower stands still before it has its data, and its parent is not left alone. */
  "late-child": (site: FaultSite, random: Random) => {
    const route = splitOne(site, random.fork("split"));
    if (route === undefined) return undefined;
    const blow = BLOWS[random.below(BLOWS.length)] ?? "its parent is removed";
    const forMs = STILL_MS_MIN + drawMs(random);
    const cutMs = site.stepMs * (CUT_STEPS_MIN + random.below(CUT_STEPS_MIN));
    const strike = (at: Moment) => {
      const parent = parentOf(site, at);
      standStill(site, at.life, forMs);
      if (parent !== undefined && blow === "its parent is removed") removeReplica(site, parent);
      const others = hosts(site, false).filter((host) => host !== at.host);
      if (blow === "its parent falls behind") cutFor(site, [at.host], others, "both", cutMs);
    };
    site.when("initialise", 0, strike, (at) => isFollowerOf(route, parentOf(site, at)));
    return `region ${route.region.id} splits, a child stands still, ${forMs} ms, and ${blow}`;
  },
  /**
   * Followers stand still when another replica has split: their children come by their group first. Sometimes all
   * of them do, one until shortly after: its child gets its data while nobody else can commit anything.
   */
  "late-parent": (site: FaultSite, random: Random) => {
    const route = splitOne(site, random.fork("split"));
    if (route === undefined) return undefined;
    const forMs = drawMs(random);
    const place = random.below(route.region.peers.length);
    const all = random.fork("all");
    const holdsAll = all.below(2) === 0;
    const firstMs = FIRST_BACK_MS_MIN + all.below(FIRST_BACK_MS_MORE);
    const othersMs = firstMs + OTHERS_LATER_MS_MIN + drawMs(all);
    const { shadow } = site.cluster.oracles;
    const hold = ({ from }: Moment) => {
      const first = shadow.at(from);
      const running = shadow.allRunning();
      const others = running.filter((one) => one !== first && isFollowerOf(route, one));
      const late = others[place % Math.max(1, others.length)];
      if (late === undefined) return;
      if (!holdsAll) return standStill(site, late.address, forMs);
      for (const one of others) standStill(site, one.address, one === late ? firstMs : othersMs);
    };
    site.when("split-applied", 0, hold, ({ from }) => {
      return shadow.at(from)?.regionId === route.region.id;
    });
    const who = holdsAll ? "its followers stand" : "one replica of it stands";
    const howLong = holdsAll ? `${firstMs} ms and ${othersMs} ms` : `${forMs} ms`;
    return `region ${route.region.id} splits, and ${who} still before, ${howLong}`;
  },
} as const;

/** Beside a key of the clients, where nobody has cut yet. @returns What the driver knew before. */
function splitOne(site: FaultSite, random: Random): Route | undefined {
  const routes = routesOf(site);
  const near = site.keys[random.below(site.keys.length)] ?? "m";
  const key = keyFromText(`${near}${String.fromCharCode(97 + random.below(LETTERS))}`);
  const route = routes.find(({ region }) => rangeContains(region.range, key));
  if (route === undefined || routes.length >= REGIONS_MAX) return undefined;
  order(site, route, [{ kind: "split", keys: [key] }]);
  return route;
}

/** Who is to give a child its data; undefined for other mail. */
function parentOf(site: FaultSite, { message }: Moment): Incarnation | undefined {
  const { source } = message as PeerMail & { kind: "initialise" };
  return site.cluster.oracles.shadow.at(source);
}

function isFollowerOf({ region, leader }: Route, replica: Incarnation | undefined): boolean {
  return replica?.regionId === region.id && replica.peerId !== leader;
}

function standStill(site: FaultSite, actor: AnyAddress, forMs: number): void {
  site.pauses.pause(`${actor.slot}.${actor.incarnation}`, site.nowMs() + forMs);
}
