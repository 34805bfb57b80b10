// Who may come into being on this store, decided in one place whatever asked: a Raft message, a
// split, a restart. Pure: the registry acts on the verdict.
import type { PeerId, RegionEpoch, RegionId } from "@multiraft/pd/protocol";
import type { Tombstone } from "../log/record.ts";
import { type AdmissionRefusal, refusedBy } from "./tombstone.ts";

export type Candidate = {
  readonly regionId: RegionId;
  readonly peerId: PeerId;
  readonly epoch: RegionEpoch;
};

/** What the store has of the region now. */
export type Incumbent = {
  readonly peerId: PeerId;
  /** Epoch of what it is known to have applied; of its creation while it is uninitialized. */
  readonly epoch: RegionEpoch;
};

export type Verdict =
  | { readonly kind: "admit" }
  /** There is exactly this replica: deliver to it. */
  | { readonly kind: "deliver" }
  /** A later replica of the region is meant: the incumbent has to end first. */
  | { readonly kind: "supersede" }
  | {
      readonly kind: "refuse";
      readonly reason: AdmissionRefusal | "peer-is-older" | "epoch-behind-incumbent";
    };

export function admission(
  candidate: Candidate,
  incumbent: Incumbent | undefined,
  tombstone: Tombstone | undefined,
): Verdict {
  if (incumbent !== undefined && candidate.peerId === incumbent.peerId) return { kind: "deliver" };
  if (incumbent !== undefined && candidate.peerId < incumbent.peerId)
    return { kind: "refuse", reason: "peer-is-older" };
  const reason =
    tombstone === undefined ? undefined : refusedBy(tombstone, candidate.peerId, candidate.epoch);
  if (reason !== undefined) return { kind: "refuse", reason };
  if (incumbent === undefined) return { kind: "admit" };
  // A larger id is evidence only from somebody who knows at least as much of the membership.
  return candidate.epoch.confVer < incumbent.epoch.confVer
    ? { kind: "refuse", reason: "epoch-behind-incumbent" }
    : { kind: "supersede" };
}
