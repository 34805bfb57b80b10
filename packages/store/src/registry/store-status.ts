// What a registry shows of itself, for people, tests and the placement driver.
import type { StoreId } from "@multiraft/pd/protocol";
import type { Tombstone } from "../log/record.ts";
import { addressOf, type LifeEntry } from "./life-book.ts";
import type { LifeStatus, StoreStatusReply } from "./registry-mail.ts";

export type StatusParts = {
  readonly storeId: StoreId;
  readonly isIdentified: boolean;
  readonly entries: readonly LifeEntry[];
  readonly tombstones: readonly Tombstone[];
  readonly pendingSplitChildren: number;
  readonly refusals: ReadonlyMap<string, number>;
};

export function storeStatus(parts: StatusParts): StoreStatusReply {
  const { storeId, isIdentified, entries, tombstones, pendingSplitChildren, refusals } = parts;
  const damaged = entries.flatMap(({ regionId, state }) =>
    state.kind === "damaged" ? [{ regionId, reason: state.reason }] : [],
  );
  return {
    storeId,
    isReady: isIdentified && entries.every(({ state }) => state.kind !== "admitting"),
    lives: entries.map(lifeStatus),
    tombstones,
    pendingSplitChildren,
    damaged,
    refusals: Object.fromEntries(refusals),
  };
}

function lifeStatus(entry: LifeEntry): LifeStatus {
  const { life, regionId, peerId, state, region, generation } = entry;
  const address = addressOf(state);
  return { life, regionId, peerId, state: state.kind, region, generation, address };
}
