// What one seed does, drawn before it begins: how large its cluster is, what its network is like, which
// faults may come and how often. The same seed and profile give the same plan.
import type { PdOptions } from "@multiraft/pd";
import type { Random } from "@multiraft/runtime";
import type { CrossingSizes } from "@multiraft/runtime/testing";
import type { PeerTuning } from "../../peer/tuning.ts";
import type { FaultName } from "../faults/fault.ts";
import { GOOD_LINKS, type LinkQuality } from "../faults/links.ts";
import { FEATURES, type Feature, type Profile } from "./profile.ts";

export type Plan = {
  readonly stores: number;
  /** Stores that the first region begins on. */
  readonly firstReplicas: number;
  readonly clients: number;
  readonly keys: number;
  readonly links: LinkQuality;
  readonly tuning: Partial<PeerTuning>;
  /** In the chaos clients ask for so long, and then for as long not at all. Left out: they ask without a break. */
  readonly lullMs?: number;
  readonly pd: Partial<PdOptions>;
  readonly isScheduling: boolean;
  readonly slotsPerHost: number;
  readonly segmentBytes: number;
  /** Actor threads of a store, beside that of its log, with lanes between them. Left out: one for all. */
  readonly threads?: number;
  readonly lanes?: CrossingSizes;
  /** Virtual time that one step takes. */
  readonly stepMs: number;
  /** Steps from one fault to the next, on average; 0: none. */
  readonly faultEverySteps: number;
  readonly faults: readonly FaultName[];
};

/**
 * Address space of a thread's slabs, as in production. Pages come into being when they are written only for
 * blocks that the allocator takes from the system itself, which glibc always does above 32 MiB: smaller ones
 * are cleared by hand, a fifth of a seed's time where threads start often.
 */
const ARENA_BYTES = 64 * 1_024 * 1_024;

const FAULTS_OF: Record<Feature, readonly FaultName[]> = {
  network: ["isolate", "leave-leader-behind", "cut-one-way", "cut-in-two", "bad-links", "old-mail"],
  crash: [
    "crash",
    "crash",
    "crash-all",
    "kill-process",
    "die-at-sync",
    "crash-at-moment",
    "crash-driver",
    "stall-disks",
    "kill-thread",
    "fail-replica",
  ],
  disk: [
    "stop-at-write",
    "fail-sync",
    "fail-tablet-sync",
    "fail-replica",
    "fill-disk",
    "flip-bit",
    "flip-bit",
    "lose-file",
    "flip-bit-of-driver",
    "lose-file-of-driver",
  ],
  clock: ["jump-clock", "change-rate", "jump-wall"],
  pauses: [
    "pause-store",
    "pause-replica",
    "slow-store",
    "pause-driver",
    "pause-thread",
    "slow-thread",
  ],
  placement: [
    "transfer-leader",
    "split",
    "strike-at-split",
    "late-child",
    "late-parent",
    "move-replica",
    "remove-replica",
    "removed-candidate",
    "removed-twice",
    "old-order",
  ],
};

export function drawPlan(profile: Profile, random: Random): Plan {
  const features = FEATURES.filter((feature) => isOn(profile, feature, random));
  const isTiny = profile.isTiny === "sometimes" ? random.below(2) === 0 : profile.isTiny;
  const has = (feature: Feature): boolean => features.includes(feature);
  // A replica can move only where there is a store without one.
  const storesMin = has("placement") ? 4 : 3;
  const stores = storesMin + random.below(profile.storesMax - storesMin + 1);
  return {
    stores,
    firstReplicas: random.below(3) === 0 ? 1 : 3,
    clients: 4 + random.below(6),
    keys: 2 + random.below(5),
    links: has("network") ? drawLinks(random) : GOOD_LINKS,
    ...withSleep(drawTuning(random, isTiny), random.fork("hibernation")),
    pd: PD_OPTIONS,
    isScheduling: has("placement") || random.below(2) === 0,
    slotsPerHost: isTiny ? 64 : 4_096,
    segmentBytes: isTiny ? 16 * 1_024 : 64 * 1_024,
    ...drawThreads(random.fork("threads"), isTiny),
    stepMs: pick(random, [0.02, 0.1, 0.5]),
    faultEverySteps: features.length === 0 ? 0 : pick(random, [100, 250, 600]),
    faults: features.flatMap((feature) => FAULTS_OF[feature]),
  };
}

/** Short enough that a run of half a minute sees them pass. */
const PD_OPTIONS: Partial<PdOptions> = {
  orderResendMs: 500,
  stepTimeoutMs: 5_000,
  snapshotStepTimeoutMs: 10_000,
  storeSilentMs: 5_000,
  storeDownMs: 15_000,
  peerDownMs: 15_000,
  preparingMaxMs: 5_000,
};

/** One in four stores is one thread: the same orders with fewer steps. */
function drawThreads(random: Random, isTiny: boolean): Pick<Plan, "threads" | "lanes"> {
  const threads = pick(random, [0, 2, 2, 3]);
  if (threads === 0) return {};
  const laneBytes = isTiny ? 1_024 : 64 * 1_024;
  const overflowBytesMax = isTiny ? 64 * 1_024 : 1_024 * 1_024;
  return { threads, lanes: { laneBytes, arenaBytes: ARENA_BYTES, overflowBytesMax } };
}

/** In every other seed groups sleep; mostly they are left alone for long enough that what happens finds them so. */
function withSleep(tuning: Partial<PeerTuning>, random: Random): Pick<Plan, "tuning" | "lullMs"> {
  if (random.below(2) === 0) return { tuning };
  const hibernateAfterMs = pick(random, [1, 200, 500, 1_000]);
  const lullMs = pick(random, [0, 2_000, 5_000, 10_000]);
  const sleeping = { tuning: { ...tuning, hibernateAfterMs } };
  return lullMs === 0 ? sleeping : { ...sleeping, lullMs };
}

function isOn(profile: Profile, feature: Feature, random: Random): boolean {
  const setting = profile.features[feature];
  return setting === "sometimes" ? random.below(2) === 0 : setting;
}

function drawLinks(random: Random): LinkQuality {
  return {
    delayMsMax: pick(random, [1, 5, 40]),
    lateOneIn: pick(random, [0, 20, 200]),
    lateMsMax: pick(random, [100, 1_000, 5_000]),
    lostOneIn: pick(random, [0, 10, 50, 500]),
    twiceOneIn: pick(random, [0, 10, 50]),
    damagedOneIn: pick(random, [0, 5, 50]),
  };
}

function drawTuning(random: Random, isTiny: boolean): Partial<PeerTuning> {
  return {
    snapshotPace: pick(random, ["full", "paced"] as const),
    splitWaitMs: pick(random, [0, 500, 3_000]),
    flushBytes: isTiny ? 64 : pick(random, [1_024, 1024 * 1024]),
    flushMs: pick(random, [20, 500]),
    // Few are kept more often than not: whoever lags then needs a snapshot.
    logKeepEntries: isTiny ? random.below(4) : pick(random, [0, 8, 64, 1_024]),
    logBytesMax: isTiny ? 512 : pick(random, [512, 4_096, 8 * 1024 * 1024]),
    chunkBytes: isTiny ? 32 : pick(random, [64, 512 * 1024]),
    chunkWindow: isTiny ? 1 : pick(random, [2, 8]),
    snapshotsMax: isTiny ? 1 : 32,
    heartbeatMs: pick(random, [500, 2_000]),
  };
}

function pick<Item>(random: Random, items: readonly Item[]): Item {
  return items[random.below(items.length)] as Item;
}
