// All that a gate takes.

import type { PeerId, RegionId, StoreId } from "@multiraft/pd/protocol";
import type { Address, Asks } from "@multiraft/runtime";
import type { Life } from "../log/record.ts";
import type { ClientReply, ClientRequest } from "../peer/client-request.ts";
import type { PeerMail } from "../peer/peer-mail.ts";
import type { Pulse } from "./pulses.ts";
import type { RegionMail } from "./region-mail.ts";
import type { TransportRule } from "./transport-rule.ts";

/** The gates of a store, one a thread, in thread order. */
export type StoreGates = {
  readonly storeId: StoreId;
  readonly gates: readonly Address<GateMail>[];
};

export type GateMail =
  /** From a replica of this store, to another store. A payload goes along. */
  | { readonly kind: "send"; readonly mail: RegionMail }
  /** From another store's gate. */
  | { readonly kind: "receive"; readonly mail: RegionMail }
  /** From a client; answered by the replica, or by the gate when there is none. */
  | ({
      readonly kind: "client";
      readonly regionId: RegionId;
      readonly request: ClientRequest;
    } & Asks<ClientReply>)
  /** From the registry alone: who is at a region's address now. */
  | {
      readonly kind: "route";
      readonly regionId: RegionId;
      readonly peerId: PeerId;
      readonly life: Life;
      readonly address: Address<PeerMail>;
    }
  | { readonly kind: "unroute"; readonly regionId: RegionId; readonly life: Life }
  // For those who sleep.
  /** From a replica of this store: it stops its ticks as soon as it is told that it is watched over. */
  | {
      readonly kind: "sleeps";
      readonly regionId: RegionId;
      readonly life: Life;
      readonly replica: Address<PeerMail>;
      /** Which of its sleeps. */
      readonly sleep: number;
      /** Of the other replicas of its group. */
      readonly stores: readonly StoreId[];
    }
  | { readonly kind: "woke"; readonly regionId: RegionId; readonly life: Life }
  /** From another store's gate. */
  | ({ readonly kind: "pulse" } & Pulse)
  /** Own mail: the next pulses are due, or the next few are to be woken. */
  | { readonly kind: "beat" }
  | { readonly kind: "rouse" }
  /** All stores that can be reached; replaces what was known. */
  | { readonly kind: "directory"; readonly stores: readonly StoreGates[] }
  // Testing: what a network may do, scripted.
  | ({ readonly kind: "set-rule"; readonly rule: TransportRule } & Asks<null>)
  | ({
      readonly kind: "end-rule";
      readonly ruleId: number;
      readonly held: "deliver" | "drop";
    } & Asks<{ readonly held: number }>)
  | ({ readonly kind: "gate-status" } & Asks<GateStatus>)
  /** Mail delayed by a rule is due. */
  | { readonly kind: "due" };

export type GateStatus = {
  readonly routes: number;
  readonly sleeping: number;
  readonly heldByRule: Readonly<Record<number, number>>;
  /** Mail that went no further, by reason. */
  readonly drops: Readonly<Record<string, number>>;
};
