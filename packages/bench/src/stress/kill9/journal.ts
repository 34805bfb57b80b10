// What a loader has tried and what was acknowledged to it, and whether what is there now fits.
import { existsSync, readFileSync } from "node:fs";

export type KeyHistory = {
  /** The last number that was acknowledged; 0 before the first. */
  acknowledged: number;
  readonly tried: Set<number>;
};

export type Journal = {
  readonly keys: ReadonlyMap<string, KeyHistory>;
  readonly acknowledged: number;
  readonly last: number;
  /** How often snapshots were seen under way. */
  readonly snapshotsSeen: number;
};

const LINE = /^(try|ack) (\d+) (.+)$/gm;

export function readJournal(path: string): Journal {
  const keys = new Map<string, KeyHistory>();
  let acknowledged = 0;
  let last = 0;
  const text = existsSync(path) ? readFileSync(path, "utf8") : "";
  for (const [, what, digits, key = ""] of text.matchAll(LINE)) {
    const number = Number(digits);
    const history = keys.get(key) ?? { acknowledged: 0, tried: new Set() };
    keys.set(key, history);
    history.tried.add(number);
    last = Math.max(last, number);
    if (what === "try") continue;
    history.acknowledged = Math.max(history.acknowledged, number);
    acknowledged += 1;
  }
  const snapshotsSeen = text.match(/^snapshots [1-9]/gm)?.length ?? 0;
  return { keys, acknowledged, last, snapshotsSeen };
}

/** What is wrong with the pairs that were found; empty when each key has what it may have. */
export function contradictions(journal: Journal, found: ReadonlyMap<string, string>): string[] {
  const wrong: string[] = [];
  for (const [key, { acknowledged, tried }] of journal.keys) {
    const number = Number(found.get(key)?.split(" ")[0] ?? 0);
    if (number < acknowledged)
      wrong.push(`${key}: ${acknowledged} was acknowledged, ${number} found`);
    if (number > 0 && !tried.has(number)) wrong.push(`${key}: ${number} was never written`);
  }
  for (const key of found.keys()) if (!journal.keys.has(key)) wrong.push(`${key}: never written`);
  return wrong;
}
