import { expect, test } from "vitest";
import { RaceRun } from "./race-run.ts";
import type { RaceEvent } from "./table.ts";

const JOB_ENDED: readonly RaceEvent[] = [
  "message for p",
  "snapshot for p queued",
  "snapshot handled",
  "install job starts",
  "install job ends",
];

test("the split at the parent and the job of p come to the same state in either order", () => {
  const split = "split applied" as const;
  const [before, after] = [JOB_ENDED.slice(0, 4), JOB_ENDED.slice(4)];
  expect(keyAfter(...before, split, ...after)).toBe(keyAfter(...before, ...after, split));
});

test("the split before and after the vote do not", () => {
  const [vote, split] = ["message for p", "split applied"] as const;
  expect(keyAfter(vote, split)).not.toBe(keyAfter(split, vote));
});

test("an offer that waits for p as it was is told from one for p opened again", () => {
  const [vote, offer] = ["message for p", "snapshot for p queued"] as const;
  expect(keyAfter(vote, offer, "failure")).not.toBe(keyAfter(vote, "failure", offer));
});

test("after a power cut it counts what the disk has, not how it came there", () => {
  const [order, beat] = ["tombstone order for p", "message for p'"] as const;
  expect(keyAfter("message for p", "power", order)).not.toBe(keyAfter("power", order));
  expect(keyAfter(beat, "power")).not.toBe(keyAfter("power"));
});

test("mail that is refused changes nothing", () => {
  const gone = ["message for p", "tombstone order for p"] as const;
  expect(keyAfter(...gone, "snapshot for p queued", "snapshot handled")).toBe(keyAfter(...gone));
});

test("what was held and would be held makes a difference while p may come back", () => {
  const queued = ["message for p", "snapshot for p queued"] as const;
  expect(keyAfter(...queued, "power", "snapshot handled")).not.toBe(keyAfter(...queued, "power"));
});

test("names that were removed and not synced make one too", () => {
  const came = ["message for p", "split applied"] as const;
  const gone = keyAfter(...came, "tombstone order for p");
  expect(gone).not.toBe(keyAfter("tombstone order for p", ...came));
});

function keyAfter(...steps: readonly (RaceEvent | "failure" | "power")[]): string {
  const run = new RaceRun("newer");
  for (const step of steps)
    if (step === "failure") run.make({ kind: "failure" });
    else if (step === "power") run.make({ kind: "power", cut: { waiting: 0, kept: "nothing" } });
    else run.make({ kind: "event", event: step });
  return run.stateKey;
}
