// Places that a campaign is to reach at least once. What is on this list and is never seen says that the
// faults or the load have become too tame, whatever the oracles say. Seen from outside: no production
// code is marked.
import {
  OPERATOR_KINDS,
  type OperatorStep,
  type PdOrder,
  type PdStatus,
} from "@multiraft/pd/protocol";
import { DROP_REASONS } from "@multiraft/runtime";
import type { HandledMail, ManualSystem, Onlooker } from "@multiraft/runtime/testing";
import type { LogNotice } from "../../log/log-mail.ts";
import type { SnapshotRefusal } from "../../snapshot/admission.ts";
import type { WakeReason } from "../../transport/pulses.ts";
import { FAULT_NAMES } from "../faults/fault.ts";
import type { BegunFault } from "../faults/injector.ts";
import { MOMENTS } from "../faults/machine-faults.ts";
import { MADE_TO_FAIL } from "../faults/replica-faults.ts";
import type { Operation } from "../history/operation.ts";
import { recordsIn, sentRegionMail } from "../shadow.ts";

/** Kinds of mail that are a mark when they are handled, with what each is called. */
const HANDLED: Readonly<Record<string, string>> = {
  "split-applied": "a split is applied",
  "split-recorded": "the children of a split are recorded",
  initialise: "a child gets its first state",
  superseded: "a later replica ends an earlier one",
  retire: "a replica ends itself",
  "tombstone-order": "a removed replica is told so",
  "tombstone-confirm": "a leader hears that a removed replica is gone",
  "copy-request": "a child asks for its parent's data",
  "copy-refused": "a child's copy is refused",
  "snapshot-abort": "a snapshot is given up by its sender",
  "life-read": "a replica that failed is opened again",
  "log-failed": "a log fails",
  "snapshot-offer": "a snapshot is offered",
  "snapshot-chunk": "a piece of a snapshot arrives",
  sleeps: "a replica falls asleep",
  woke: "a replica wakes",
  "wake-up": "a replica is told that another is awake",
};

/** Types of Raft messages that are a mark when they are sent. */
const SENT: Readonly<Record<string, string>> = {
  MsgTimeoutNow: "a leader hands over",
  MsgPreVote: "somebody asks whether it would win",
  MsgVote: "somebody asks for votes",
};

const RECORDED: Readonly<Record<string, string>> = {
  install: "data are installed",
  tombstone: "a tombstone is written",
  truncate: "a log is truncated",
  "split-done": "a child of a split is settled",
};

const REJECTED: Readonly<Record<string, string>> = {
  MsgAppResp: "an append does not fit the follower's log",
  MsgVoteResp: "a vote is refused",
  MsgPreVoteResp: "a candidate is told that it would not win",
};

/**
 * Those that are ever said to a sender: one that gives up is told nothing, and whoever leads offers its data to
 * members of its group alone.
 */
const REFUSALS: readonly SnapshotRefusal[] = [
  "not-ready",
  "stale",
  "stale-epoch",
  "busy",
  "owes-children",
  "split-may-bring-it",
  "store-busy",
  "not-needed",
];

/**
 * Those that a simulated cluster can meet: its mailboxes are roomy, and it shuts down when all is over. A thread
 * starts some dozen actors before it dies, and uses a slot again as late as it can: `stale-incarnation` is left to
 * the race suite and to scenarios, which have a handful of slots.
 */
const DROPS = (["tombstone", "vacant", "lane-full", "thread-dead"] as const).map(
  (reason) => `mail is dropped: ${reason}`,
);

const STEPS: readonly OperatorStep["kind"][] = [
  "add-learner",
  "promote-learner",
  "remove-peer",
  "transfer-leader",
  "split",
];

const COMPARED = "two stores hold a region at one index";

const OUTCOMES = ["value", "done", "swapped", "not-swapped", "unknown", "failed"].map(
  (kind) => `an operation ends: ${kind}`,
);

export const MARKS: readonly string[] = [
  ...Object.values(HANDLED),
  ...Object.values(SENT),
  ...Object.values(RECORDED),
  ...Object.values(REJECTED),
  rouseMark({ reason: "silent store" }),
  ...REFUSALS.map(refusalMark),
  "a snapshot is accepted",
  "a snapshot is installed",
  ...DROPS,
  ...OUTCOMES,
  COMPARED,
  ...OPERATOR_KINDS.map(planMark),
  ...STEPS.map(orderMark),
  ...FAULT_NAMES.map(faultMark),
  ...MOMENTS.map(momentMark),
];

/** What is known when a run has ended. */
export type RanSeed = {
  readonly system: ManualSystem;
  readonly history: readonly Operation[];
  readonly faults: readonly BegunFault[];
  /** Data that were held against those of another store. */
  readonly comparisons: number;
};

export class Marks implements Onlooker {
  readonly #seen = new Set<string>();

  handling(mail: HandledMail): void {
    if (!isMadeUp(mail)) this.#see(HANDLED[mail.message.kind]);
    if (mail.message.kind === "rouse") this.#see(rouseMark(mail.message as unknown as Rouse));
    if (mail.message.kind === "pd-order") this.#seeOrder(mail.message as PdOrder);
    for (const { kind } of recordsIn(mail)) this.#see(RECORDED[kind]);
    const sent = sentRegionMail(mail);
    if (sent === undefined) return;
    if (sent.kind === "raft") {
      const { type, reject } = sent.message;
      this.#see(reject ? REJECTED[type] : SENT[type]);
    }
    if (sent.kind !== "snapshot-verdict" && sent.kind !== "snapshot-result") return;
    if (sent.refusal !== undefined) this.#see(refusalMark(sent.refusal));
    else this.#see(`a snapshot is ${sent.kind === "snapshot-verdict" ? "accepted" : "installed"}`);
  }

  /** A fault that has waited for mail of this kind finds it. */
  struck(kind: string): void {
    this.#see(momentMark(kind));
  }

  /** At every full check, while there is a driver: it counts from its own start. */
  lookAtDriver({ createdOperators }: PdStatus): void {
    for (const kind of OPERATOR_KINDS) if (createdOperators[kind] > 0) this.#see(planMark(kind));
  }

  /** At the end of a run. */
  reached({ system, history, faults, comparisons }: RanSeed): ReadonlySet<string> {
    if (comparisons > 0) this.#see(COMPARED);
    for (const { name } of faults) this.#see(faultMark(name));
    const { dropped } = system.counters();
    for (const reason of DROP_REASONS)
      if (dropped[reason] > 0) this.#see(`mail is dropped: ${reason}`);
    for (const { outcome } of history) this.#see(`an operation ends: ${outcome.kind}`);
    return new Set([...this.#seen].filter((name) => MARKS.includes(name)));
  }

  /** Those of the driver have a number; faults give some past it. */
  #seeOrder({ operatorId, step }: PdOrder): void {
    if (operatorId > 0) this.#see(orderMark(step.kind));
  }

  #see(name: string | undefined): void {
    if (name !== undefined) this.#seen.add(name);
  }
}

/** Said by a fault, and by no log. */
function isMadeUp({ message }: HandledMail): boolean {
  return (
    message.kind === "log-failed" &&
    (message as LogNotice & { kind: "log-failed" }).message === MADE_TO_FAIL
  );
}

type Rouse = { readonly reason: WakeReason };

/**
 * `new incarnation` is left to the test of pulses: replicas that are opened again hear no leader and say so to their
 * groups, which wake by that, long before one of them sleeps and has its gate beat. 570 seeds have not met it.
 */
function rouseMark({ reason }: Rouse): string {
  return `a gate wakes a replica: ${reason}`;
}

function planMark(kind: string): string {
  return `the driver plans: ${kind}`;
}

function orderMark(step: string): string {
  return `the driver's order is heard: ${step}`;
}

function faultMark(name: string): string {
  return `a fault begins: ${name}`;
}

function momentMark(kind: string): string {
  return `a fault strikes at: ${kind}`;
}

function refusalMark(refusal: string): string {
  return `a snapshot is refused: ${refusal}`;
}
