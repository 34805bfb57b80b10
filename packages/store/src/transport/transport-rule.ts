// What the testing door may do to mail between stores: drop, hold or slow what matches.
import type { RegionId, StoreId } from "@multiraft/pd/protocol";
import type { Pulse } from "./pulses.ts";
import type { RegionMail } from "./region-mail.ts";

export type TransportRule = {
  readonly id: number;
  /** Absent fields match everything. */
  readonly match: {
    readonly fromStore?: StoreId;
    readonly toStore?: StoreId;
    readonly regionId?: RegionId;
    /** Kinds of region mail, or types of Raft messages. */
    readonly kinds?: readonly string[];
  };
  readonly action:
    | { readonly kind: "drop" | "hold" }
    | { readonly kind: "slow"; readonly delayMs: number };
};

export function ruleMatches(rule: TransportRule, mail: RegionMail): boolean {
  const { fromStore, toStore, regionId, kinds } = rule.match;
  return (
    (fromStore === undefined || fromStore === mail.fromStore) &&
    (toStore === undefined || toStore === mail.toStore) &&
    (regionId === undefined || regionId === mail.regionId) &&
    (kinds === undefined ||
      kinds.includes(mail.kind) ||
      (mail.kind === "raft" && kinds.includes(mail.message.type)))
  );
}

/** A rule for all mail between two stores is one for their pulses too. */
export function ruleMatchesPulse(rule: TransportRule, pulse: Pulse): boolean {
  const { fromStore, toStore, regionId, kinds } = rule.match;
  return (
    regionId === undefined &&
    (fromStore === undefined || fromStore === pulse.fromStore) &&
    (toStore === undefined || toStore === pulse.toStore) &&
    (kinds === undefined || kinds.includes("pulse"))
  );
}
