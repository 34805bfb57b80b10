// What a client may ask of a replica, and what it is answered. Expected failures are answers that bring
// what is needed to go on.

import type { Key, Peer, Region, RegionEpoch } from "@multiraft/pd/protocol";
import type { Asks } from "@multiraft/runtime";
import type { CompareAndSwap } from "../operation/command.ts";
import type { Pair, Write } from "../tablet/tablet.ts";

/** `version` is that of the route by which the client came. */
export type ClientRequest =
  | ({ readonly kind: "get"; readonly version: number; readonly key: Key } & Asks<ClientReply>)
  | ({
      readonly kind: "scan";
      readonly version: number;
      readonly start: Key;
      readonly end: Key;
      readonly limitPairs: number;
      readonly limitBytes: number;
    } & Asks<ClientReply>)
  | ({
      readonly kind: "write";
      readonly version: number;
      readonly writes: readonly Write[];
    } & Asks<ClientReply>)
  | ({ readonly kind: "compare-and-swap"; readonly version: number } & CompareAndSwap &
      Asks<ClientReply>)
  /** Without a key the region is cut in the middle of its data. */
  | ({
      readonly kind: "split-at";
      readonly epoch: RegionEpoch;
      readonly key: Key | undefined;
    } & Asks<ClientReply>);

export type ClientReply =
  | { readonly kind: "value"; readonly value: Uint8Array | undefined }
  /** `continueAt`: where the rest of the range begins, here or in the next region. */
  | {
      readonly kind: "pairs";
      readonly pairs: readonly Pair[];
      readonly continueAt: Key | undefined;
    }
  | { readonly kind: "written" }
  | { readonly kind: "swapped" }
  /** A compare-and-swap left `found` where it was. */
  | { readonly kind: "not-swapped"; readonly found: Uint8Array | undefined }
  | { readonly kind: "split"; readonly regions: readonly Region[] }
  | { readonly kind: "not-leader"; readonly leader: Peer | undefined }
  | { readonly kind: "epoch-mismatch"; readonly regions: readonly Region[] }
  | { readonly kind: "key-not-in-region"; readonly regions: readonly Region[] }
  | { readonly kind: "region-not-found" }
  | { readonly kind: "busy"; readonly reason: string }
  /** Larger than an entry may be. */
  | { readonly kind: "too-large"; readonly bytesMax: number }
  | { readonly kind: "refused"; readonly reason: string }
  /** Proposed, and nothing is known of what became of it: the replica's life ended. */
  | { readonly kind: "outcome-unknown" };
