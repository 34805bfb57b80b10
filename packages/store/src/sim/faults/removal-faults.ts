// A removal whose victim does not learn of it: it has the change in its log, and asks for votes while those who
// know better have no leader.
import { type Random, sameAddress } from "@multiraft/runtime";
import type { PeerMail } from "../../peer/peer-mail.ts";
import type { RegistryMail } from "../../registry/registry-mail.ts";
import type { Incarnation } from "../shadow.ts";
import { drawKept, drawMs, type FaultSite, type Moment } from "./fault-site.ts";
import { cutFor, hosts } from "./network-faults.ts";
import { drawRoute, removeReplica } from "./placement-faults.ts";

/** An election, and one after it. */
const AWAY_MS_MIN = 2_000;
/** From when another member knows of the removal until the leader goes. */
const LEADS_ON_MS_MAX = 300;

export const removalFaults = {
  "removed-candidate": (site: FaultSite, random: Random) => {
    const parts = drawParts(site, random);
    if (parts === undefined) return undefined;
    const { victim, leader } = parts;
    const deafMs = AWAY_MS_MIN + drawMs(random);
    const downMs = AWAY_MS_MIN + drawMs(random);
    const leadsOnMs = random.below(LEADS_ON_MS_MAX);
    const kept = drawKept(random);
    const others = hosts(site, false).filter((host) => host !== victim.host);
    const crashLeader = () => {
      const seat = site.cluster.seats.find(({ host }) => host === leader.host);
      if (seat?.opened !== undefined) site.crash(seat.id, kept, downMs);
    };
    const deafen = () => {
      cutFor(site, others, [victim.host], "one", deafMs);
      const isKnown = (at: Moment) => at.host !== leader.host && isWithout(at, victim);
      site.when("region-changed", leadsOnMs, crashLeader, isKnown);
    };
    removeReplica(site, victim);
    site.when("raft", 0, deafen, (at) => bringsChange(at, victim));
    return `region ${victim.regionId} removes peer ${victim.peerId}, which is deaf then, ${deafMs} ms, and loses its leader, ${downMs} ms`;
  },
} as const;

/** A leader, and one of at least two others that are to be left with it. */
export function drawParts(site: FaultSite, random: Random) {
  const { region, leader: leaderId } = drawRoute(site, random) ?? {};
  const running = site.cluster.oracles.shadow
    .allRunning()
    .filter(({ regionId }) => regionId === region?.id);
  const leader = running.find(({ peerId }) => peerId === leaderId);
  const others = running.filter((one) => one !== leader);
  const victim = others[random.below(Math.max(1, others.length))];
  if (leader === undefined || victim === undefined || others.length < 2) return undefined;
  return { leader, victim };
}

/** A change of membership arrives in its log. */
function bringsChange({ life, message }: Moment, { address }: Incarnation): boolean {
  if (!sameAddress(life, address)) return false;
  const mail = message as PeerMail & { kind: "raft" };
  return mail.message.entries.some(({ type }) => type !== "normal");
}

function isWithout({ message }: Moment, { regionId, peerId }: Incarnation): boolean {
  const { region } = message as RegistryMail & { kind: "region-changed" };
  return region.id === regionId && region.peers.every(({ id }) => id !== peerId);
}
