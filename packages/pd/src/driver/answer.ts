// The questions and commands that get an answer. What is asked wrongly is a fault, and changes
// nothing; what a correct caller has to expect is a reply.
import type { ReplyOf } from "@multiraft/runtime";
import { refuseSteps } from "../operator/check-steps.ts";
import { PdError } from "../pd-error.ts";
import { toPeerId, toRegionId } from "../protocol/ids.ts";
import { EMPTY_KEY } from "../protocol/key.ts";
import type { OperatorRefusal } from "../protocol/operator.ts";
import type { PdMail, Route } from "../protocol/pd-mail.ts";
import { isEpochStale, peerOnStore, sameEpoch } from "../protocol/region.ts";
import { LOGICAL_MAX } from "../protocol/timestamp.ts";
import type { RegionEntry } from "../region-tree/region-entry.ts";
import { takeTimestamps } from "../tso/timestamp-oracle.ts";
import { noteUsedId, takeIds } from "./id-allocator.ts";
import { endOperator, startOperator } from "./operate.ts";
import type { PdState } from "./pd-state.ts";
import { lookAtGaps } from "./schedule.ts";
import type { Turn } from "./turn.ts";

type MailOf<Kind extends PdMail["kind"]> = Extract<PdMail, { readonly kind: Kind }>;
type Answer<Kind extends PdMail["kind"]> = ReplyOf<MailOf<Kind>>;

/** Far above any need of ours; a mistake must not use up the numbers. */
export const IDS_PER_REQUEST_MAX = 1_000_000;
/** Replies are messages: some 100 KiB. */
export const SCAN_REGIONS_MAX = 1_024;
export const SPLIT_REGIONS_MAX = 1_024;

export function onBootstrap(
  { state, nowMs }: Turn,
  { store, region }: MailOf<"bootstrap">,
): Answer<"bootstrap"> | PdError {
  if (state.firstRegion !== undefined)
    return { kind: "already-bootstrapped", region: state.firstRegion };
  const isWhole = region.range.start === EMPTY_KEY && region.range.end === EMPTY_KEY;
  if (!isWhole) return wrong("the first region does not hold the whole key space");
  if (peerOnStore(region, store.id)?.role !== "voter")
    return wrong("the first region has no voter on the store that brings it");
  state.stores.put(store.id, nowMs);
  for (const id of [store.id, region.id, ...region.peers.map((peer) => peer.id)])
    noteUsedId(state.ids, id);
  state.firstRegion = region;
  state.regions.begin(region);
  state.isMetaUnsaved = true;
  state.revision += 1;
  lookAtGaps(state, nowMs);
  return { kind: "bootstrapped" };
}

export function onPutStore(
  { state, nowMs }: Turn,
  { storeId }: MailOf<"put-store">,
): Answer<"put-store"> {
  const result = state.stores.put(storeId, nowMs);
  if (result === "removed") return { kind: "refused", reason: "removed" };
  if (result === "added") {
    noteUsedId(state.ids, storeId);
    state.isMetaUnsaved = true;
    state.revision += 1;
  }
  return { kind: "accepted" };
}

export function onSetStoreState(
  { state }: Turn,
  mail: MailOf<"set-store-state">,
): Answer<"set-store-state"> {
  const store = state.stores.byId(mail.storeId);
  if (store === undefined) return { kind: "refused", reason: "unknown-store" };
  if (store.state === "removed") return { kind: "refused", reason: "removed" };
  if (store.state !== mail.state) {
    state.stores.setState(store, mail.state);
    state.isMetaUnsaved = true;
    state.revision += 1;
  }
  return { kind: "accepted" };
}

export function onAllocateIds(
  { state }: Turn,
  { count }: MailOf<"allocate-ids">,
): Answer<"allocate-ids"> | PdError {
  if (!isCount(count, IDS_PER_REQUEST_MAX)) return wrong(`${count} ids asked for`);
  return { firstId: takeIds(state.ids, count) };
}

export function onAllocateTimestamps(
  { state }: Turn,
  { count }: MailOf<"allocate-timestamps">,
  wallMs: number,
): Answer<"allocate-timestamps"> | PdError {
  if (!isCount(count, LOGICAL_MAX)) return wrong(`${count} timestamps asked for`);
  return takeTimestamps(state.timestamps, count, wallMs);
}

/** A region that is to be split by an operator may be, also while scheduling is off. */
export function onAskSplit(
  { state }: Turn,
  mail: MailOf<"ask-split">,
): Answer<"ask-split"> | PdError {
  const { regionId, epoch, peerCount, newRegionCount } = mail;
  if (!isCount(newRegionCount, SPLIT_REGIONS_MAX) || !isCount(peerCount, SPLIT_REGIONS_MAX))
    return wrong(`${newRegionCount} regions of ${peerCount} peers asked for`);
  if (state.firstRegion === undefined) return { kind: "refused", reason: "not-bootstrapped" };
  const known = state.regions.byId(regionId);
  if (known !== undefined && isEpochStale(epoch, known.region.epoch))
    return { kind: "refused", reason: "stale-epoch" };
  if (!state.isSchedulingEnabled && state.operators.byRegion(regionId) === undefined)
    return { kind: "refused", reason: "halted" };
  const perRegion = 1 + peerCount;
  const firstId = takeIds(state.ids, newRegionCount * perRegion);
  const ids = Array.from({ length: newRegionCount }, (_, region) => {
    const at = firstId + region * perRegion;
    const peerIds = Array.from({ length: peerCount }, (_, peer) => toPeerId(at + 1 + peer));
    return { regionId: toRegionId(at), peerIds };
  });
  return { kind: "ids", ids };
}

export function onScanRegions(
  { state }: Turn,
  { startKey, limit }: MailOf<"scan-regions">,
): Answer<"scan-regions"> {
  const bounded = Math.max(0, Math.min(limit, SCAN_REGIONS_MAX));
  const entries = state.regions.scan(startKey, bounded);
  return entries.map(({ region, leader }) => ({ region, leader }));
}

export function routeOf(entry: RegionEntry | undefined): Route | undefined {
  return entry === undefined ? undefined : { region: entry.region, leader: entry.leader };
}

export function onAddOperator(turn: Turn, mail: MailOf<"add-operator">): Answer<"add-operator"> {
  const { state } = turn;
  const entry = state.regions.byId(mail.regionId);
  if (entry === undefined) return { kind: "refused", reason: "unknown-region" };
  const reason = refuseOperator(state, entry, mail);
  if (reason !== undefined) return { kind: "refused", reason };
  for (const step of mail.steps)
    if (step.kind === "add-learner") noteUsedId(state.ids, step.peer.id);
  const plan = { kind: "by-hand", steps: mail.steps } as const;
  const operator = startOperator(turn, entry, plan);
  return { kind: "accepted", operatorId: operator.id };
}

export function onCancelOperator(
  { state }: Turn,
  { operatorId }: MailOf<"cancel-operator">,
): Answer<"cancel-operator"> {
  const operator = state.operators.byId(operatorId);
  if (operator !== undefined) endOperator(state, operator, "cancelled");
  return state.operators.progress(operatorId);
}

function refuseOperator(
  state: PdState,
  { region, leader }: RegionEntry,
  { epoch, steps }: MailOf<"add-operator">,
): OperatorRefusal | undefined {
  if (leader === undefined) return "leader-unknown";
  if (epoch !== undefined && !sameEpoch(epoch, region.epoch)) return "other-epoch";
  if (state.operators.byRegion(region.id) !== undefined) return "operator-running";
  if (state.operators.runningIn("by-hand") >= state.options.byHandOperatorsMax)
    return "too-many-operators";
  return refuseSteps(region, leader, steps, state.stores);
}

export function onSetScheduling(
  { state }: Turn,
  { isEnabled }: MailOf<"set-scheduling">,
): Answer<"set-scheduling"> {
  if (state.isSchedulingEnabled === isEnabled) return null;
  state.isSchedulingEnabled = isEnabled;
  state.isMetaUnsaved = true;
  state.revision += 1;
  if (isEnabled) return null;
  for (const operator of state.operators.running)
    if (operator.kind !== "by-hand") endOperator(state, operator, "halted");
  return null;
}

function isCount(count: number, max: number): boolean {
  return Number.isSafeInteger(count) && count > 0 && count <= max;
}

function wrong(message: string): PdError {
  return new PdError("ERR_MULTIRAFT_PD_REQUEST", message);
}
