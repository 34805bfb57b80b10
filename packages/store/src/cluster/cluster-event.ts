// What a cluster tells whoever watches it, beside what its actor system tells.
import type { StoreId } from "@multiraft/pd/protocol";

export type ClusterEvent =
  | { readonly kind: "store-opened"; readonly storeId: StoreId }
  /** Stopped because one of its actors ended; it is opened again from its log. */
  | { readonly kind: "store-broken"; readonly storeId: StoreId; readonly reason: string }
  /** It stays down. */
  | { readonly kind: "store-failed"; readonly storeId: StoreId; readonly reason: string }
  | { readonly kind: "store-stopped"; readonly storeId: StoreId }
  | { readonly kind: "pd-opened" }
  | { readonly kind: "pd-broken"; readonly reason: string }
  | { readonly kind: "pd-failed"; readonly reason: string };
