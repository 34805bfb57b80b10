// One store under one workload: each operation is carried out and what it gives is checked at once.
import { unreachable } from "@multiraft/runtime";
import type { Workload } from "../../workload/ycsb/core-workloads.ts";
import { type Operation, OperationStream } from "../../workload/ycsb/operation-stream.ts";
import { recordKey } from "../../workload/ycsb/record-key.ts";
import { recordValue } from "../../workload/ycsb/record-value.ts";
import { ScanBook } from "../../workload/ycsb/scan-book.ts";
import { WriteBook } from "../../workload/ycsb/write-book.ts";
import type { KvTarget } from "./kv-target.ts";

/** Writes under way while the records are loaded. */
const LOADERS = 64;

export class YcsbClient {
  readonly #target: KvTarget;
  readonly #recordBytes: number;
  readonly #book: WriteBook;
  readonly #scans: ScanBook;
  readonly #keys: string[] = [];
  #stream: OperationStream | undefined;

  /** @param recordBytes Length of every value. */
  constructor(target: KvTarget, recordBytes: number) {
    this.#target = target;
    this.#recordBytes = recordBytes;
    this.#book = new WriteBook(recordBytes);
    this.#scans = new ScanBook(this.#book, recordBytes, (record) => this.#key(record));
  }

  /** Records 0 to `records` - 1 are written. */
  async load(records: number): Promise<void> {
    let next = 0;
    const loader = async () => {
      while (next < records) {
        next += 1;
        await this.#write(next - 1);
      }
    };
    await Promise.all(Array.from({ length: LOADERS }, loader));
  }

  /** From now on operations are drawn from `workload`, over the records that are there. */
  begin(workload: Workload, seed: number): void {
    this.#stream = new OperationStream(workload, this.#records(), seed);
  }

  nextOperation(): Operation {
    if (this.#stream === undefined) throw new Error("no workload was begun");
    return this.#stream.next();
  }

  /** @throws Error when what is read is not what must be there. */
  async perform(operation: Operation): Promise<void> {
    switch (operation.kind) {
      case "read":
        return this.#read(operation.record);
      case "update":
        return this.#write(operation.record);
      case "insert":
        await this.#write(operation.record);
        this.#stream?.inserted(operation.record);
        return;
      case "read-modify-write":
        await this.#read(operation.record);
        return this.#write(operation.record);
      case "scan":
        return this.#scan(operation.record, operation.recordsMax);
      default:
        unreachable(operation);
    }
  }

  /** Reads every record again. @returns How many are there. @throws Error for one that is lost or old. */
  async verify(): Promise<number> {
    const records = [...this.#book.acknowledgedRecords];
    let next = 0;
    const reader = async () => {
      for (let at = next; at < records.length; at = next) {
        next += 1;
        const record = records[at];
        if (record !== undefined) await this.#read(record);
      }
    };
    await Promise.all(Array.from({ length: LOADERS }, reader));
    return records.length;
  }

  async #read(record: number): Promise<void> {
    const floor = this.#book.floor(record);
    const value = await this.#target.read(this.#key(record));
    this.#book.checkRead(record, value, floor);
  }

  async #write(record: number): Promise<void> {
    const stamp = this.#book.begin(record);
    await this.#target.write(this.#key(record), recordValue(stamp, this.#recordBytes));
    const isFirst = this.#book.floor(record) === 0;
    this.#book.acknowledge(stamp);
    if (isFirst) this.#scans.add(record);
  }

  async #scan(record: number, recordsMax: number): Promise<void> {
    const start = this.#key(record);
    const begun = this.#scans.begin(start, recordsMax);
    this.#scans.check(begun, await this.#target.scan(start, recordsMax));
  }

  #records(): number {
    return [...this.#book.acknowledgedRecords].length;
  }

  #key(record: number): string {
    this.#keys[record] ??= recordKey(record);
    return this.#keys[record];
  }
}
