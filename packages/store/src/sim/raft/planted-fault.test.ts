// Faults that are planted beside the core: each is found, its schedule shrunk, and the shrunk schedule
// replayed to the same hash.
import { describe, expect, test } from "vitest";
import { type Message, makeMessage, NO_PEER } from "../../raft/index.ts";
import { Disk } from "./disk.ts";
import { findViolation, type RaftViolation, replayLines } from "./find-violation.ts";
import type { Sabotage } from "./sabotage.ts";
import { run } from "./simulate.ts";

const SEEDS_MAX = 300;
const STEPS = 2_000;

function firstFound(sabotage: Sabotage): RaftViolation {
  for (let seed = 1; seed <= SEEDS_MAX; seed++) {
    if (run(seed, STEPS, sabotage).violation === undefined) continue;
    const found = findViolation(seed, STEPS, sabotage);
    if (found !== undefined) return found;
  }
  throw new Error("the fault was not found");
}

class ForgetsVotes extends Disk {
  override crash(forgetsApplied: boolean): void {
    super.crash(forgetsApplied);
    this.hardState = { ...this.hardState, vote: NO_PEER };
  }
}

function changed(message: Message, fields: Partial<Message>): Message {
  return makeMessage({ ...message, ...fields });
}

/** With what may break first. */
const FAULTS: readonly (readonly [string, Sabotage, readonly RaftViolation["invariant"][]])[] = [
  [
    "a disk that forgets the vote in a crash",
    { makeDisk: (first) => new ForgetsVotes(first) },
    ["terms and votes never go back"],
  ],
  [
    "a refused vote that is granted on the way",
    {
      rewrite: (message) =>
        message.type === "MsgVoteResp" && message.reject
          ? changed(message, { reject: false })
          : message,
    },
    ["promises follow durability"],
  ],
  [
    "answers that leave before what they promise is written",
    { answersEarly: true },
    ["promises follow durability"],
  ],
  [
    "acknowledgements that say one entry more than there is",
    {
      rewrite: (message) =>
        message.type === "MsgAppResp" && !message.reject && message.index > 1
          ? changed(message, { index: (message.index + 1) as Message["index"] })
          : message,
    },
    ["promises follow durability"],
  ],
  [
    "heartbeats that tell of too much",
    {
      rewrite: (message) =>
        message.type === "MsgHeartbeat"
          ? changed(message, { commit: (message.commit + 1) as Message["commit"] })
          : message,
    },
    ["the core's own assertions hold", "commits are backed by a quorum"],
  ],
  [
    "read requests that are confirmed with the index before",
    {
      rewrite: (message) =>
        message.type === "MsgReadIndexResp"
          ? changed(message, { index: (message.index - 1) as Message["index"] })
          : message,
    },
    ["reads are linearizable"],
  ],
  [
    "granted votes that are refused on the way",
    {
      rewrite: (message) =>
        message.type === "MsgVoteResp" || message.type === "MsgPreVoteResp"
          ? changed(message, { reject: true })
          : message,
    },
    ["the group goes on when it is left alone"],
  ],
];

describe.each(FAULTS)("%s", (_name, sabotage, invariants) => {
  test("is found, shrunk and replayed to the same hash", () => {
    const found = firstFound(sabotage);
    expect(invariants).toContain(found.invariant);
    expect(found.schedule.length).toBeLessThan(found.step / 2);
    const again = replayLines(found.seed, found.schedule, sabotage);
    expect(again.hash).toBe(found.hash);
    expect(again.violation?.invariant).toBe(found.invariant);
    // Without the fault the very same schedule breaks nothing.
    expect(replayLines(found.seed, found.schedule).violation).toBeUndefined();
  });
});
