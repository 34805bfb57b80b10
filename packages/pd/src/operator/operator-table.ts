// The running operators, at most one a region, and how those before them ended. Every operator ends
// exactly once; its influence on the expected counts ends with it.
import { assert } from "@multiraft/runtime";
import type { RegionId } from "../protocol/ids.ts";
import {
  OPERATOR_KINDS,
  OPERATOR_OUTCOMES,
  type OperatorKind,
  type OperatorOutcome,
  type OperatorProgress,
} from "../protocol/operator.ts";
import type { RegionEntry } from "../region-tree/region-entry.ts";
import { ExpectedCounts } from "../view/expected-counts.ts";
import { influenceOf } from "./influence-of.ts";
import { type LimitGroup, limitGroup, type Operator, type Plan } from "./operator.ts";

/** Ended operators that can still be asked about: minutes of a busy cluster, some 100 KiB. */
export const ENDED_OPERATORS_KEPT = 1_024;

export class OperatorTable {
  readonly expected = new ExpectedCounts();
  readonly created = zeroes<OperatorKind>(OPERATOR_KINDS);
  readonly ended = zeroes<OperatorOutcome>(OPERATOR_OUTCOMES);
  readonly #byRegion = new Map<RegionId, Operator>();
  /** In the order of creation. */
  readonly #byId = new Map<number, Operator>();
  readonly #outcomes = new Map<number, OperatorOutcome>();
  readonly #running: Record<LimitGroup, number> = {
    replica: 0,
    "balance-replicas": 0,
    "balance-leaders": 0,
    "by-hand": 0,
  };

  /** In the order of creation. A copy: operators may end while it is walked. */
  get running(): readonly Operator[] {
    return [...this.#byId.values()];
  }

  runningIn(group: LimitGroup): number {
    return this.#running[group];
  }

  byRegion(regionId: RegionId): Operator | undefined {
    return this.#byRegion.get(regionId);
  }

  byId(id: number): Operator | undefined {
    return this.#byId.get(id);
  }

  progress(id: number): OperatorProgress {
    const operator = this.#byId.get(id);
    if (operator !== undefined)
      return { kind: "running", step: operator.step, steps: operator.steps };
    const outcome = this.#outcomes.get(id);
    return outcome === undefined ? { kind: "unknown" } : { kind: "ended", outcome };
  }

  start(id: number, plan: Plan, entry: RegionEntry, nowMs: number): Operator {
    const { id: regionId, epoch } = entry.region;
    assert(!this.#byRegion.has(regionId), () => `region ${regionId} has an operator already`);
    const operator: Operator = {
      ...plan,
      id,
      regionId,
      epoch,
      step: 0,
      stepStartedMs: nowMs,
      unreportedMs: undefined,
      lastSentMs: undefined,
      influences: [],
    };
    this.#byRegion.set(regionId, operator);
    this.#byId.set(id, operator);
    this.#running[limitGroup(plan.kind)] += 1;
    this.created[plan.kind] += 1;
    this.refreshInfluence(operator, entry);
    return operator;
  }

  /** After every report of its region. */
  refreshInfluence(operator: Operator, entry: RegionEntry): void {
    this.expected.subtract(operator.influences);
    operator.influences = influenceOf(operator, entry);
    this.expected.add(operator.influences);
  }

  end(operator: Operator, outcome: OperatorOutcome): void {
    assert(this.#byId.delete(operator.id), () => `operator ${operator.id} ended twice`);
    this.#byRegion.delete(operator.regionId);
    this.#running[limitGroup(operator.kind)] -= 1;
    this.expected.subtract(operator.influences);
    this.ended[outcome] += 1;
    this.#outcomes.set(operator.id, outcome);
    if (this.#outcomes.size <= ENDED_OPERATORS_KEPT) return;
    for (const oldest of this.#outcomes.keys()) {
      this.#outcomes.delete(oldest);
      break;
    }
  }
}

function zeroes<Name extends string>(names: readonly Name[]): Record<Name, number> {
  return Object.fromEntries(names.map((name) => [name, 0])) as Record<Name, number>;
}
