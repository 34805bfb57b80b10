// What faults are done to, and the few words they share.
import type { StoreId } from "@multiraft/pd/protocol";
import type { Random } from "@multiraft/runtime";
import type { HandledMail, KeptAtCrash } from "@multiraft/runtime/testing";
import type { SimCluster, StoreSeat } from "../cluster/sim-cluster.ts";
import type { Links } from "./links.ts";
import type { Orders } from "./orders.ts";
import type { Pauses } from "./pauses.ts";
import type { Rot } from "./rot.ts";

/** Where mail was handled that a fault has waited for. */
export type Moment = Pick<HandledMail, "host" | "life" | "from" | "message">;

export type FaultSite = {
  readonly cluster: SimCluster;
  readonly links: Links;
  readonly pauses: Pauses;
  /** What the placement driver has ordered so far. */
  readonly orders: Orders;
  /** Keys that clients use: regions are cut between them. */
  readonly keys: readonly string[];
  readonly nowMs: () => number;
  /** What a step takes: how long so much of a run is. */
  readonly stepMs: number;
  readonly rot: Rot;
  /** In simulated time; at the latest when the chaos ends. */
  readonly later: (delayMs: number, action: () => void) => void;
  /** `afterMs` from when mail of this kind, any or one that fits, is next handled; never after the chaos. */
  readonly when: (
    kind: string,
    afterMs: number,
    action: (at: Moment) => void,
    fits?: (at: Moment) => boolean,
  ) => void;
  /** Down now, up again `downMs` later. */
  readonly crash: (id: StoreId, kept: KeptAtCrash, downMs: number) => void;
  /** Down until it is restarted. */
  readonly takeDown: (id: StoreId, kept: KeptAtCrash) => void;
  /** One that is down. */
  readonly restart: (id: StoreId) => void;
  readonly restartPd: () => void;
  /** The placement driver's. Stores know it by its address: they are opened again with the new one. */
  readonly crashPd: (kept: KeptAtCrash, downMs: number) => void;
};

export function drawSeat({ cluster }: FaultSite, random: Random): StoreSeat | undefined {
  const up = cluster.seats.filter(({ opened }) => opened !== undefined);
  return up.length === 0 ? undefined : up[random.below(up.length)];
}

/** Mostly short, sometimes longer than an election, now and then longer than patience. */
export function drawMs(random: Random): number {
  const scale = [50, 300, 2_000, 8_000][random.below(4)] ?? 50;
  return 1 + random.below(scale);
}

export function drawKept(random: Random): KeptAtCrash {
  const drawn = random.below(4);
  if (drawn === 0) return "nothing";
  return drawn === 1 ? "everything" : { some: random.fork("kept") };
}
