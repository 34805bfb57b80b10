import { Sfc32 } from "@multiraft/runtime";
import type { Candidate } from "@multiraft/runtime/testing";
import { expect, test } from "vitest";
import { StepNames } from "./step-names.ts";
import { type StepDelay, WaitingLine } from "./waiting-line.ts";

function candidate(what: string, at: "way" | "mailbox" = "mailbox"): Candidate {
  const to = { slot: 1, incarnation: 1 } as never;
  const common = { sequence: 0, host: "store-1", thread: "store-1", to, actor: "logActor" };
  const message = { kind: what };
  const pending = { ...common, kind: "mail", at, from: undefined, message, isAsk: false } as const;
  return { host: "store-1", thread: "store-1", actorKey: "1.1", pending };
}

function lineOf(delays: readonly StepDelay[] = []): WaitingLine {
  return new WaitingLine(new StepNames(() => undefined), delays);
}

/** New steps come in bursts; in each turn one is taken. @returns Names of what was taken, in order. */
function play(line: WaitingLine, choose: (open: readonly Candidate[]) => number): string[] {
  const open: Candidate[] = [];
  const taken: string[] = [];
  const bursts = new Sfc32(7);
  for (let turn = 0; turn < 200; turn += 1) {
    if (turn < 150)
      for (let n = bursts.below(3); n > 0; n -= 1) open.push(candidate(`mail ${turn} ${n}`));
    line.see(open);
    if (open.length === 0) continue;
    const before = [...open];
    const [one] = open.splice(choose(open), 1);
    if (one === undefined) throw new Error("nobody was chosen");
    line.passOver(before, one);
    taken.push(one.pending.kind === "mail" ? one.pending.message.kind : "");
  }
  return taken;
}

test("without delays the oldest goes first, and nobody has waited", () => {
  const line = lineOf();
  const taken = play(line, (open) => line.first(open));
  expect(line.delays).toEqual([]);
  expect(taken).toEqual(play(lineOf(), () => 0));
});

test.each([1, 2, 3, 4, 5])(
  "delays of a walk by chance lead the same way again: seed %i",
  (seed) => {
    const random = new Sfc32(seed);
    const walked = lineOf();
    const taken = play(walked, (open) => random.below(open.length));
    expect(walked.delays.length).toBeGreaterThan(20);
    const again = lineOf(walked.delays);
    expect(play(again, (open) => again.first(open))).toEqual(taken);
  },
);

test("who is delayed goes behind as many as came later", () => {
  const line = lineOf([["store-1, logActor: a #1", 2]]);
  const [a, b, c, d] = ["a", "b", "c", "d"].map((what) => candidate(what)) as [
    Candidate,
    Candidate,
    Candidate,
    Candidate,
  ];
  line.see([a, b, c, d]);
  expect(line.first([a, b, c, d])).toBe(1);
  expect(line.first([a, c, d])).toBe(1);
  expect(line.first([a, d])).toBe(0);
});

test("a delay whose step never comes moves nothing, and is left out of what was used", () => {
  const line = lineOf([
    ["store-9, logActor: append #1", 7],
    ["store-1, logActor: b #1", 3],
  ]);
  const [a, b] = [candidate("a"), candidate("b")];
  line.see([a, b]);
  expect(line.first([a, b])).toBe(0);
  expect(line.delays).toEqual([["store-1, logActor: b #1", 3]]);
});

test("steps of a kind are counted, whatever else comes between", () => {
  const names = new StepNames(({ slot }) => (slot === 1 ? 4 : undefined));
  expect(names.next(candidate("append"))).toBe("store-1, region 4: append #1");
  expect(names.next(candidate("other", "way"))).toBe("store-1, region 4: other arrives #1");
  expect(names.next(candidate("append"))).toBe("store-1, region 4: append #2");
});
