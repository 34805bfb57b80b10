// The operations of one workload, from a seed: the same seed asks for the same things in the same order.
import { assert, type Random, Sfc32 } from "@multiraft/runtime";
import { type OperationKind, SCAN_RECORDS_MAX, type Workload } from "./core-workloads.ts";
import { type KeyChooser, keyChooser } from "./key-chooser.ts";

export type Operation =
  | { readonly kind: Exclude<OperationKind, "scan">; readonly record: number }
  | { readonly kind: "scan"; readonly record: number; readonly recordsMax: number };

export class OperationStream {
  readonly #mix: readonly (readonly [OperationKind, number])[];
  readonly #kinds: Random;
  readonly #keys: Random;
  readonly #lengths: Random;
  readonly #chooser: KeyChooser;
  /** Records whose insertion was begun. */
  #begun: number;
  /** All records below it are there: only they are asked for. */
  #acknowledged: number;
  readonly #acknowledgedAhead = new Set<number>();

  /** @param records Loaded before, at least 1. */
  constructor(workload: Workload, records: number, seed: number) {
    assert(records >= 1, "a workload needs records");
    const random = new Sfc32(seed, `ycsb-${workload.name}`);
    this.#kinds = random.fork("kinds");
    this.#keys = random.fork("keys");
    this.#lengths = random.fork("lengths");
    this.#chooser = keyChooser(workload.distribution);
    this.#mix = Object.entries(workload.mix) as [OperationKind, number][];
    this.#begun = records;
    this.#acknowledged = records;
  }

  next(): Operation {
    const kind = this.#kind();
    if (kind === "insert") {
      this.#begun += 1;
      return { kind, record: this.#begun - 1 };
    }
    const record = this.#chooser.choose(this.#acknowledged, this.#keys);
    if (kind !== "scan") return { kind, record };
    return { kind, record, recordsMax: 1 + this.#lengths.below(SCAN_RECORDS_MAX) };
  }

  /** The insertion of `record` was acknowledged. */
  inserted(record: number): void {
    assert(record >= this.#acknowledged && record < this.#begun, "that insertion was not begun");
    this.#acknowledgedAhead.add(record);
    while (this.#acknowledgedAhead.delete(this.#acknowledged)) this.#acknowledged += 1;
  }

  /** Records that were loaded, or inserted with all before them. */
  get records(): number {
    return this.#acknowledged;
  }

  #kind(): OperationKind {
    let left = this.#kinds.unit();
    for (const [kind, share] of this.#mix) {
      left -= share;
      if (left < 0) return kind;
    }
    const last = this.#mix.at(-1);
    assert(last !== undefined, "a workload without operations");
    return last[0];
  }
}
