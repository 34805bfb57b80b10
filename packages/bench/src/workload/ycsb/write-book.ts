// What was written when, in the order of calls and returns: a read must not be older than a write that had
// been acknowledged before it began, and nor must what is there at the end. That is less than a proof that
// a history is linearizable, and costs nothing while it is measured.
import { type Stamp, stampOf } from "./record-value.ts";

/** A place in the order of all calls and returns. */
type Moment = number;

export class WriteBook {
  readonly #recordBytes: number;
  #now: Moment = 0;
  /** By number of the write; the end is infinite until it is acknowledged. */
  readonly #records: number[] = [];
  readonly #starts: Moment[] = [];
  readonly #ends: Moment[] = [];
  /** By record: the latest start of those writes that are acknowledged. */
  readonly #acknowledged = new Map<number, Moment>();

  /** @param recordBytes Length of every value. */
  constructor(recordBytes: number) {
    this.#recordBytes = recordBytes;
  }

  begin(record: number): Stamp {
    this.#now += 1;
    this.#records.push(record);
    this.#starts.push(this.#now);
    this.#ends.push(Number.POSITIVE_INFINITY);
    return { record, write: this.#starts.length - 1 };
  }

  acknowledge({ record, write }: Stamp): void {
    this.#now += 1;
    this.#ends[write] = this.#now;
    const start = this.#starts[write] ?? 0;
    if (start > this.floor(record)) this.#acknowledged.set(record, start);
  }

  /** To be asked before a read begins. */
  floor(record: number): Moment {
    return this.#acknowledged.get(record) ?? 0;
  }

  /** @throws Error for a value that is another record's, or older than `floor` allows. */
  checkRead(record: number, value: Uint8Array | undefined, floor: Moment): void {
    if (value === undefined) {
      if (floor > 0) throw new Error(`record ${record} is lost`);
      return;
    }
    this.checkStamp(record, stampOf(value, this.#recordBytes), floor);
  }

  /** As `checkRead`, of a value whose stamp was taken. */
  checkStamp(record: number, stamp: Stamp, floor: Moment): void {
    const end = this.#ends[stamp.write];
    if (end === undefined || this.#records[stamp.write] !== record || stamp.record !== record)
      throw new Error(`record ${record} was read, and write ${stamp.write} of another was found`);
    if (end < floor) throw new Error(`record ${record} was read as it was before a later write`);
  }

  /** All that were ever acknowledged. */
  get acknowledgedRecords(): IterableIterator<number> {
    return this.#acknowledged.keys();
  }
}
