// A replica whose actor failed is never restarted in place: it is read from the log and opened
// again, as at a start, and isolated when that does not help. What the dead actor still has on its
// way to the log is shut out before the log is read.
import {
  type ActorContext,
  type Address,
  type AskOutcome,
  assert,
  type Termination,
} from "@multiraft/runtime";
import type { LogMail, RecoveredLife } from "../log/log-mail.ts";
import type { PeerOrigin } from "../peer/peer-mail.ts";
import type { TabletEngine } from "../tablet/tablet.ts";
import { addressOf, type LifeEntry } from "./life-book.ts";
import type { RegistryMail } from "./registry-mail.ts";
import { sweepLife } from "./sweep.ts";

/** More failures within the time below, and the data are bad, not the moment. */
export const REOPENINGS_MAX = 3;
const FAILURES_COUNT_MS = 600_000;
const READ_TIMEOUT_MS = 600_000;

export type ReopeningHost = {
  readonly context: ActorContext<RegistryMail>;
  readonly log: Address<LogMail>;
  readonly engine: TabletEngine;
  readonly giveUp: (entry: LifeEntry, reason: string) => void;
  readonly spawn: (entry: LifeEntry, origin: PeerOrigin) => void;
};

export class Reopening {
  readonly #host: ReopeningHost;

  constructor(host: ReopeningHost) {
    this.#host = host;
  }

  failed(entry: LifeEntry, termination: Termination): void {
    const { context, log, giveUp } = this.#host;
    const { life, state } = entry;
    const ended = addressOf(state);
    assert(ended !== undefined, "an actor failed that was not known to run");
    noteFailure(entry, context.environment.clock.nowMs());
    const why = termination.kind === "threw" ? termination.error.message : termination.kind;
    if (entry.failures > REOPENINGS_MAX) return giveUp(entry, why);
    entry.retiresAtOnce = state.kind === "retiring";
    entry.state = { kind: "admitting" };
    const ask = { kind: "read-life" as const, life, ended };
    context.request(log, ask, { timeoutMs: READ_TIMEOUT_MS }, (outcome) => ({
      kind: "life-read",
      life,
      outcome,
    }));
  }

  /** What it had reported says nothing any more: its disk may be behind that. */
  onLifeRead(entry: LifeEntry | undefined, outcome: AskOutcome<RecoveredLife | undefined>): void {
    assert(entry?.state.kind === "admitting", "a life was read that nobody opens");
    // It is the log that has failed, and of the life nothing is known: the store is to be opened again.
    if (outcome.kind === "failed")
      throw new Error(`region ${entry.regionId} is not read: ${outcome.error.message}`);
    const recovered = outcome.value;
    assert(recovered !== undefined, "a life has ended that its registry did not end");
    entry.region = undefined;
    entry.generation = recovered.generation;
    const highest = sweepLife(this.#host.engine, recovered);
    // What was swept away after an earlier failure counts as well.
    if (highest > entry.lastGeneration) entry.lastGeneration = highest;
    const { lastGeneration } = entry;
    this.#host.spawn(entry, { kind: "restart", recovered, lastGeneration });
  }
}

function noteFailure(entry: LifeEntry, nowMs: number): void {
  if (nowMs - entry.lastFailureMs > FAILURES_COUNT_MS) entry.failures = 0;
  entry.failures += 1;
  entry.lastFailureMs = nowMs;
}
