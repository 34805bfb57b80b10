// The raft suite: the consensus core alone, in one thread, groups of three. How many proposals a second it
// commits on all three, what ticks of idle replicas cost, what memory either needs, and what a message to
// another thread costs.

import { type Case, caseOf as roundCase } from "../case.ts";
import { barsOf } from "../charts.ts";
import type { Suite } from "../suite.ts";
import type { ProposalJob, RaftJob, TickJob } from "./raft-job.ts";
import { raftMemoryRound, raftRound } from "./raft-round.ts";

type RaftSizes = {
  /** Groups in a case of many. */
  readonly groups: number;
  /** Of all groups together. */
  readonly proposals: number;
  readonly replicas: number;
  /** Ticks of every replica. */
  readonly ticks: number;
};

const QUICK: RaftSizes = { groups: 50, proposals: 12_800, replicas: 300, ticks: 1_000 };
const FULL: RaftSizes = { groups: 1_000, proposals: 256_000, replicas: 10_000, ticks: 200 };
const BATCHES = [1, 16, 256];
const PAYLOADS_BYTES = [16, 256];
/** All that they allocate, some 10 KB each when they come one by one, must fit the young space. */
const COUNTED_PROPOSALS_MAX = 25_600;
/** The rivals: the same work without consensus, in the sizes that the marks are set for. */
const PLAIN_LOGS = "three plain logs, batches of 16, 16 B";
const PLAIN_COUNTERS = "a counter in each of as many objects";

export const raftSuite: Suite = {
  about:
    "The consensus core alone, in one thread: proposals, idle ticks, memory, and messages as bytes.",
  threadCounts: "none",
  rounds: ({ isQuick }) => (isQuick ? 1 : 3),
  cases: ({ isQuick }) => {
    const sizes = isQuick ? QUICK : FULL;
    return [...proposalCases(sizes), ...tickCases(sizes), ...wireCases(sizes)];
  },
  charts: (outcomes) => [
    barsOf(outcomes, {
      title: "Proposals a second",
      says:
        "How many proposals a group of three replicas agrees on, applies and checks, by the number of " +
        "groups, of proposals handed in at once, and of bytes in each. More is better. The plain logs " +
        "take the same entries without agreeing on anything: what is left of them is the price of consensus.",
      unit: "proposals/s",
    }),
    barsOf(outcomes, {
      title: "Ticks of idle replicas a second",
      says:
        "How many replicas that have nothing to do can be told a second that time passes. More is better. " +
        "The counters are the floor: a number that grows in each of as many objects.",
      unit: "ticks/s",
    }),
    barsOf(outcomes, {
      title: "Messages to bytes and back a second",
      says:
        "How many Raft messages a second can be written as bytes and read again, as between two threads, " +
        "beside msgpackr, a general encoding. More is better.",
      unit: "messages/s",
    }),
  ],
};

function proposalCases({ groups: many, proposals }: RaftSizes): readonly Case[] {
  const sizes = [1, many].flatMap((groups) =>
    BATCHES.flatMap((batch) =>
      PAYLOADS_BYTES.map((payloadBytes) => ({ groups, proposals, batch, payloadBytes })),
    ),
  );
  const speed = sizes.map((size) =>
    caseOf(`proposals, ${nameOf(size)}`, "proposals/s", [PLAIN_LOGS], {
      kind: "proposals",
      ...size,
    }),
  );
  const memory = sizes
    .filter(({ groups, payloadBytes }) => groups === 1 && payloadBytes === PAYLOADS_BYTES[0])
    .map((size) =>
      caseOf(`allocated, ${nameOf(size)}`, "B/proposal", [], {
        kind: "proposal-bytes",
        ...size,
        proposals: Math.min(proposals, COUNTED_PROPOSALS_MAX),
      }),
    );
  const plain: ProposalJob = {
    kind: "plain-logs",
    groups: 1,
    proposals,
    batch: 16,
    payloadBytes: 16,
  };
  return [...speed, ...memory, caseOf(PLAIN_LOGS, "proposals/s", [], plain)];
}

function nameOf({ groups, batch, payloadBytes }: Omit<ProposalJob, "kind" | "proposals">): string {
  const where = groups === 1 ? "1 group" : `${groups} groups`;
  return `${where}, batches of ${batch}, ${payloadBytes} B`;
}

function tickCases({ replicas, ticks }: RaftSizes): readonly Case[] {
  const tickCase = (name: string, unit: string, rivals: readonly string[], kind: TickJob["kind"]) =>
    caseOf(name, unit, rivals, { kind, replicas, ticks });
  const rivals = [PLAIN_COUNTERS];
  return [
    tickCase("idle ticks, a third leading", "ticks/s", rivals, "idle-mixed"),
    tickCase("idle ticks, followers", "ticks/s", rivals, "idle-followers"),
    tickCase("idle ticks, leaders", "ticks/s", rivals, "idle-leaders"),
    tickCase(PLAIN_COUNTERS, "ticks/s", [], "plain-counters"),
    caseOf("heartbeats of idle groups, answered", "rounds/s", [], {
      kind: "heartbeats",
      replicas,
      // A round is a dozen messages and more: a tenth of the ticks takes as long.
      ticks: Math.ceil(ticks / 10),
    }),
    tickCase("allocated by an idle tick", "B/tick", [], "tick-bytes"),
    tickCase("memory of an idle replica", "B", [], "replica-bytes"),
  ];
}

/** What a proposal costs beside the core when its peers are on other threads. */
function wireCases({ proposals: messages }: RaftSizes): readonly Case[] {
  const sizes = [
    { name: "a heartbeat", entries: 0, payloadBytes: 0 },
    { name: "an append of 16 x 16 B", entries: 16, payloadBytes: 16 },
    { name: "an append of 16 x 256 B", entries: 16, payloadBytes: 256 },
  ];
  return sizes.flatMap(({ name, ...size }) => {
    const rival = `${name} to bytes and back, msgpackr`;
    return [
      caseOf(`${name} to bytes and back`, "messages/s", [rival], {
        kind: "wire-layout",
        messages,
        ...size,
      }),
      caseOf(rival, "messages/s", [], { kind: "wire-msgpackr", messages, ...size }),
    ];
  });
}

function caseOf(name: string, unit: string, rivals: readonly string[], job: RaftJob): Case {
  const isMemory = unit.startsWith("B");
  const figure = { key: "rate", label: "", unit, better: isMemory ? "less" : "more" } as const;
  return roundCase(YOUNG_KINDS.has(job.kind) ? raftMemoryRound : raftRound, {
    name,
    params: job,
    figures: [figure],
    // Each job warms up by itself, and some read a heap that only they have touched.
    repetitions: { warmUps: 0, iterations: 1 },
    rivals: Object.fromEntries(rivals.map((rival) => [rival, rival])),
    isRival: name === PLAIN_LOGS || name === PLAIN_COUNTERS || name.endsWith("msgpackr"),
  });
}

/** Jobs that read the size of the heap instead of the clock. */
const YOUNG_KINDS: ReadonlySet<RaftJob["kind"]> = new Set(["proposal-bytes", "tick-bytes"]);
