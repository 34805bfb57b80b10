// The raft suite: the consensus core alone, in one thread, groups of three. How many proposals a second it
// commits on all three, what ticks of idle replicas cost, what memory either needs, and what a message to
// another thread costs. Each round runs in a fresh process, so that no case meets the heap or the compiled
// code of another.
import { execFile } from "node:child_process";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";
import { alternate, type Case } from "../alternate.ts";
import type { Round, Row } from "../row.ts";
import { HEAP_FLAGS } from "./heap.ts";
import type { JobResult, ProposalJob, RaftJob, TickJob } from "./raft-job.ts";

export type RaftOptions = {
  /** Groups in a case of many. */
  readonly groups: number;
  /** Of all groups together. */
  readonly proposals: number;
  readonly replicas: number;
  /** Ticks of every replica. */
  readonly ticks: number;
  readonly rounds: number;
};

const ENTRY = fileURLToPath(new URL("./raft-round-entry.js", import.meta.url));
const BATCHES = [1, 16, 256];
const PAYLOADS_BYTES = [16, 256];
/** All that they allocate, some 10 KB each when they come one by one, must fit the young space. */
const COUNTED_PROPOSALS_MAX = 25_600;
/** The rivals: the same work without consensus, in the sizes that the marks are set for. */
const PLAIN_LOGS = "three plain logs, batches of 16, 16 B";
const PLAIN_COUNTERS = "a counter in each of as many objects";

export function raftSuite(
  options: RaftOptions,
  announce: (name: string, done: number, total: number) => void,
): Promise<readonly Row[]> {
  const cases = [...proposalCases(options), ...tickCases(options), ...wireCases(options)];
  return alternate(cases, options.rounds, announce, 0);
}

function proposalCases({ groups: many, proposals }: RaftOptions): readonly Case[] {
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

function tickCases({ replicas, ticks }: RaftOptions): readonly Case[] {
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
function wireCases({ proposals: messages }: RaftOptions): readonly Case[] {
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
  const { kind: _kind, ...params } = job;
  return { name, params, unit, rivals, run: () => runInProcess(job) };
}

async function runInProcess(job: RaftJob): Promise<Round> {
  const flags = MEMORY_KINDS.has(job.kind) ? HEAP_FLAGS : ["--expose-gc"];
  const args = [...flags, ENTRY, JSON.stringify(job)];
  const { stdout } = await promisify(execFile)(process.execPath, args);
  return JSON.parse(stdout) as JobResult;
}

/** Jobs that read the size of the heap instead of the clock. */
const MEMORY_KINDS: ReadonlySet<RaftJob["kind"]> = new Set(["proposal-bytes", "tick-bytes"]);
