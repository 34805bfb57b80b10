// How every order has to end, whatever came when: the other stores go on saying what they have to say, and
// within a few ticks the store has settled on one thing. Then its tables, its log and its disk must tell
// the same, and everything must have an owner.
import { InvariantError } from "@multiraft/runtime";
import type { StoreStatusReply } from "../../registry/registry-mail.ts";
import type { RaceRun } from "./race-run.ts";
import { SCRIPTED_FAILURE } from "./race-run.ts";
import {
  CHILD,
  LATER_P,
  LATER_PAIRS,
  LATER_REGION,
  P,
  PARENT,
  PARENT_PAIRS,
  PARENT_REGION,
} from "./script.ts";
import { HOST } from "./store-under-test.ts";

/** A registry's round of reminders takes ten ticks, and a replica that failed may need two. */
const TICKS_MAX = 40;

/** @returns What is wrong; undefined when all is as it should be. */
export function endOf(run: RaceRun): string | undefined {
  run.releaseAll();
  // As late as a report can come and find another life in its place.
  if (hasSuccessor(run)) run.releaseReports();
  const stuck = untilEnd(run);
  run.releaseReports();
  return stuck ?? untilEnd(run) ?? tablesDiffer(run) ?? dataDiffer(run) ?? leftOvers(run);
}

function untilEnd(run: RaceRun): string | undefined {
  for (let tick = 0; tick < TICKS_MAX; tick += 1) {
    const missing = whatIsMissing(run);
    if (missing === undefined) return undefined;
    run.beat();
    if (!isConfirmed(run)) run.remindOfRemoval();
    run.settle();
    if (!isLaterInstalled(run.store.status())) run.offerLater();
    run.settle();
    if (whatIsMissing(run) === undefined) return undefined;
    run.store.tick();
    run.settle();
  }
  return `not within ${TICKS_MAX} ticks: ${whatIsMissing(run)}`;
}

function whatIsMissing(run: RaceRun): string | undefined {
  if (!isConfirmed(run)) return "nobody confirms that p is gone";
  const status = run.store.status();
  if (!isLaterInstalled(status)) return "p' has no data";
  if (status.pendingSplitChildren > 0) return "a child is still owed";
  const parent = status.lives.find(({ regionId }) => regionId === PARENT);
  if (parent?.region?.epoch.version !== PARENT_REGION.epoch.version) return "the parent is whole";
  return status.isReady ? undefined : "somebody is still being opened";
}

/** P' is there already. */
function hasSuccessor({ store }: RaceRun): boolean {
  const lives = store.oracles.shadow.running(HOST, CHILD);
  return lives.some(({ peerId }) => peerId === LATER_P);
}

function isConfirmed({ store }: RaceRun): boolean {
  return store.heard.some((mail) => mail.kind === "tombstone-confirm" && mail.from === P);
}

function isLaterInstalled({ lives }: StoreStatusReply): boolean {
  const child = lives.find(({ regionId }) => regionId === CHILD);
  return child?.peerId === LATER_P && child.region?.epoch.confVer === LATER_REGION.epoch.confVer;
}

/** What the registry says, what the log says, and what lies on the disk. */
function tablesDiffer({ store }: RaceRun): string | undefined {
  const { lives, tombstones, damaged } = store.status();
  const log = store.recovered();
  if (damaged.length > 0) return `damaged: ${damaged[0]?.reason}`;
  const inRegistry = lives.map((one) => [one.life, one.regionId, one.peerId, one.generation]);
  const inLog = log.lives.map((one) => [one.life, one.regionId, one.peerId, one.generation]);
  if (text(inRegistry) !== text(inLog))
    return `lives of the registry ${text(inRegistry)}, of the log ${text(inLog)}`;
  if (text(tombstones) !== text(log.tombstones)) return "tombstones differ from those of the log";
  if (log.splits.length > 0) return "the log still owes a child";
  const named = log.lives
    .filter(({ generation }) => generation > 0)
    .map((one) => `${one.regionId}_${one.life}_${one.generation}`);
  const found = store.tabletNames();
  if (text(named) !== text(found)) return `on disk ${text(found)}, in the log ${text(named)}`;
  return hasComeBack(store.heard.map(({ kind, from }) => ({ kind, from })));
}

/** Once it is confirmed that p is gone, nothing of p is heard any more. */
function hasComeBack(heard: readonly { kind: string; from: number }[]): string | undefined {
  const confirmed = heard.findIndex(({ kind, from }) => kind === "tombstone-confirm" && from === P);
  const later = heard
    .slice(confirmed + 1)
    .find(({ kind, from }) => from === P && kind !== "tombstone-confirm");
  return later && `p was gone, and then sent ${later.kind}`;
}

function dataDiffer({ store }: RaceRun): string | undefined {
  const expected = new Map<number, string>([
    [PARENT, pairsText(PARENT_PAIRS)],
    [CHILD, pairsText(LATER_PAIRS)],
  ]);
  for (const { name, meta, pairs } of store.tablets()) {
    // The parent's writes are in its log still; its tablet is as old as it likes.
    if (name.regionId === PARENT && meta.appliedIndex < PARENT_APPLIED) continue;
    const wanted = expected.get(name.regionId);
    if (wanted !== pairs.join()) return `region ${name.regionId} holds ${pairs.join()}`;
  }
  return undefined;
}

const PARENT_APPLIED = 8;

function pairsText(pairs: readonly { key: string; value: Uint8Array }[]): string {
  return pairs.map(({ key, value }) => `${key}=${Buffer.from(value).toString("hex")}`).join();
}

/** Mail is counted at every rest; what has no owner shows when everything is ended. */
function leftOvers({ store }: RaceRun): string | undefined {
  const { system } = store;
  for (const { error } of system.thrown)
    if (error instanceof InvariantError || !String(error).includes(SCRIPTED_FAILURE))
      return `thrown: ${String(error)}`;
  system.shutDown();
  const open = system.openThings();
  return open.length === 0 ? undefined : `still held at the end: ${open.join("; ")}`;
}

function text(rows: readonly unknown[]): string {
  return JSON.stringify([...rows].map((row) => JSON.stringify(row)).sort());
}
