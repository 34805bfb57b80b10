// The integers that travel together, kept apart by the compiler. Brands are structural, so that the
// same name means the same type in every package. Given where bytes are decoded or an id is allocated.
import { assert } from "@multiraft/runtime";

export type RegionId = number & { readonly brand: "RegionId" };
export type PeerId = number & { readonly brand: "PeerId" };
export type StoreId = number & { readonly brand: "StoreId" };

function checkedId(raw: number, what: string): number {
  assert(Number.isSafeInteger(raw) && raw > 0, () => `${what} id out of range: ${raw}`);
  return raw;
}

export function toRegionId(raw: number): RegionId {
  return checkedId(raw, "region") as RegionId;
}

export function toPeerId(raw: number): PeerId {
  return checkedId(raw, "peer") as PeerId;
}

export function toStoreId(raw: number): StoreId {
  return checkedId(raw, "store") as StoreId;
}
