// A store that hears nothing loses a replica, is given another, and loses that as well before it ever came to be.
// What was sent to it comes late: first that the one is gone, by the word of who knows all of it, then what would
// create the other, by the word of who knew less.
import type { Peer, PeerId } from "@multiraft/pd/protocol";
import type { Random } from "@multiraft/runtime";
import type { RegistryMail } from "../../registry/registry-mail.ts";
import { mayCreate } from "../../transport/region-mail.ts";
import type { Incarnation } from "../shadow.ts";
import type { FaultSite, Moment } from "./fault-site.ts";
import { cutFor, hosts } from "./network-faults.ts";
import type { OldPiece } from "./old-mail.ts";
import { newPeerOn, orderAll, removeReplica } from "./placement-faults.ts";
import { drawParts } from "./removal-faults.ts";

/** Three changes of membership and what is sent after each. */
const DEAF_MS_MIN = 3_000;
/** A leader speaks to each of its members meanwhile. */
const SENT_MS = 300;
const CREATING_SENT_MAX = 3;

type Parts = {
  readonly leader: Incarnation;
  readonly first: Incarnation;
  readonly second: Peer;
  /** What was sent to its store for its region. */
  readonly kept: readonly OldPiece[];
};

export const removedTwiceFaults = {
  "removed-twice": (site: FaultSite, random: Random) => {
    const { leader, victim: first } = drawParts(site, random) ?? {};
    const storeId = site.cluster.seats.find(({ host }) => host === first?.host)?.id;
    const second = storeId && newPeerOn(site, storeId);
    if (leader === undefined || first === undefined || second === undefined) return undefined;
    const { regionId, peerId, host } = first;
    const deafMs = DEAF_MS_MIN + random.below(DEAF_MS_MIN);
    const others = hosts(site, false).filter((other) => other !== host);
    cutFor(site, [host], others, "both", deafMs);
    const { kept, end } = site.links.keepWhile(
      (mail) => mail.regionId === regionId && mail.toStore === second.storeId,
    );
    site.later(deafMs, end);
    const parts = { leader, first, second, kept };
    whenChanged(site, parts, [peerId, "is out"], 0, () => addSecond(site, parts));
    removeReplica(site, first);
    return `region ${regionId} removes peer ${peerId}, then ${second.id}, of which ${host} hears late`;
  },
} as const;

function addSecond(site: FaultSite, parts: Parts): void {
  const { first, second } = parts;
  whenChanged(site, parts, [second.id, "is in"], SENT_MS, () => removeSecond(site, parts));
  orderAll(site, first.regionId, { kind: "add-learner", peer: second });
}

function removeSecond(site: FaultSite, parts: Parts): void {
  const { first, second } = parts;
  whenChanged(site, parts, [second.id, "is out"], SENT_MS, () => deliverLate(site, parts));
  orderAll(site, first.regionId, { kind: "remove-peer", peerId: second.id });
}

function deliverLate(site: FaultSite, { first, second, kept }: Parts): void {
  const orders = kept.filter(
    ({ message: { mail } }) => mail.kind === "tombstone-order" && mail.to === first.peerId,
  );
  // The last is by the word of who knows most.
  const order = orders.at(-1);
  const creating = kept.filter(({ message: { mail } }) => mail.to === second.id && mayCreate(mail));
  if (order === undefined) return;
  const create = () => {
    for (const piece of creating.slice(-CREATING_SENT_MAX)) site.links.sendAgain(piece);
  };
  site.when("retire", 0, create, (at) => isEndOf(at, first));
  site.links.sendAgain(order);
}

/** Where it leads, the region is known to be with or without a peer, and `afterMs` have passed since. */
function whenChanged(
  site: FaultSite,
  { leader, first }: Parts,
  [peerId, where]: readonly [PeerId, "is in" | "is out"],
  afterMs: number,
  action: () => void,
): void {
  site.when("region-changed", afterMs, action, ({ host, message }) => {
    const { region } = message as RegistryMail & { kind: "region-changed" };
    if (host !== leader.host || region.id !== first.regionId) return false;
    return region.peers.some(({ id }) => id === peerId) === (where === "is in");
  });
}

function isEndOf({ host, message }: Moment, replica: Incarnation): boolean {
  const { tombstone } = message as RegistryMail & { kind: "retire" };
  return host === replica.host && tombstone.peerId === replica.peerId;
}
