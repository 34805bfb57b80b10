// What the actors of a store have handed to its log: what of it somebody was told is durable, and what a
// notice of the log covers, by content and not by number.
import type { AnyAddress } from "@multiraft/runtime";
import type { LogRecord } from "../../log/record.ts";

/** Two appends of one sender, say, that one notice covers. */
type HandedIn = { readonly checksum: number; readonly records: readonly LogRecord[] };

export class HandedInAppends {
  /** By sender, number by number. */
  readonly #waiting = new Map<string, Map<number, HandedIn>>();
  /** By life, or region for a tombstone without one: sums of what was promised. */
  readonly #promised = new Map<string, Set<number>>();

  note(sender: AnyAddress, number: number, append: HandedIn): void {
    const own = this.#waiting.get(keyOf(sender)) ?? new Map<number, HandedIn>();
    own.set(number, append);
    this.#waiting.set(keyOf(sender), own);
  }

  coveredBy(sender: AnyAddress, last: number): readonly HandedIn[] {
    const own = this.#waiting.get(keyOf(sender)) ?? [];
    return [...own].filter(([number]) => number <= last).map(([, append]) => append);
  }

  /** The sender is told that everything up to `last` is durable. */
  promise(sender: AnyAddress, last: number): void {
    const own = this.#waiting.get(keyOf(sender));
    for (const [number, { checksum, records }] of own ?? []) {
      if (number > last) continue;
      own?.delete(number);
      for (const record of records) this.#take(record, checksum);
    }
  }

  /** Nobody will be told of what was on its way. */
  powerCut(): void {
    this.#waiting.clear();
  }

  /** Of what may still be broken, in an order of its own. */
  get promised(): string {
    const lines = [...this.#promised].map(([of, sums]) => `${of}: ${[...sums].sort().join()}`);
    return lines.sort().join("; ");
  }

  /** Whatever was promised of a life is over with its tombstone, which is a promise itself. */
  #take(record: LogRecord, checksum: number): void {
    const of = strandInLog(record) ?? "store";
    const sums = record.kind === "tombstone" ? undefined : this.#promised.get(of);
    this.#promised.set(of, (sums ?? new Set()).add(checksum));
  }
}

/** Whose affair a record is; undefined: the whole store's. */
export function strandInLog(record: LogRecord): string | undefined {
  if ("life" in record && record.life !== undefined) return `life ${record.life}`;
  if ("parentLife" in record) return `life ${record.parentLife}`;
  return record.kind === "tombstone" ? `region ${record.tombstone.regionId}` : undefined;
}

function keyOf({ slot, incarnation }: AnyAddress): string {
  return `${slot}.${incarnation}`;
}
