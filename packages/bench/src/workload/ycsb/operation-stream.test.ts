import { describe, expect, test } from "vitest";
import { CORE_WORKLOADS, SCAN_RECORDS_MAX, type Workload } from "./core-workloads.ts";
import { OperationStream } from "./operation-stream.ts";
import { fnvHash64, recordKey } from "./record-key.ts";

const OPERATIONS = 40_000;
const RECORDS = 1_000;

function workload(name: string): Workload {
  const found = CORE_WORKLOADS.find((one) => one.name === name);
  if (found === undefined) throw new RangeError(`no workload ${name}`);
  return found;
}

describe("the operations of a workload", () => {
  test.each(CORE_WORKLOADS)("$name has the shares that were published", ({ name, mix }) => {
    expect(Object.values(mix).reduce((sum, share) => sum + share, 0)).toBeCloseTo(1, 12);
    const stream = new OperationStream(workload(name), RECORDS, 3);
    const counts: Record<string, number> = {};
    for (let i = 0; i < OPERATIONS; i += 1) {
      const { kind } = stream.next();
      counts[kind] = (counts[kind] ?? 0) + 1;
    }
    expect(Object.keys(counts).sort()).toEqual(Object.keys(mix).sort());
    for (const [kind, share] of Object.entries(mix))
      expect((counts[kind] ?? 0) / OPERATIONS).toBeCloseTo(share, 1.7);
  });

  test("the same seed gives the same operations, another seed others", () => {
    const first = (seed: number) => {
      const stream = new OperationStream(workload("E"), RECORDS, seed);
      return Array.from({ length: 100 }, () => stream.next());
    };
    expect(first(11)).toEqual(first(11));
    expect(first(11)).not.toEqual(first(12));
  });

  test("a record is asked for only when it and all before it are there", () => {
    const stream = new OperationStream(workload("D"), 1, 5);
    const pending: number[] = [];
    for (let i = 0; i < OPERATIONS; i += 1) {
      const operation = stream.next();
      if (operation.kind === "insert") pending.push(operation.record);
      else expect(operation.record).toBeLessThan(stream.records);
      // Insertions are acknowledged in pairs, the later one first.
      if (pending.length === 2)
        for (const record of pending.splice(0).reverse()) stream.inserted(record);
    }
    expect(stream.records).toBeGreaterThan(OPERATIONS * 0.04);
    expect(() => stream.inserted(0)).toThrow(/was not begun/);
  });

  test("latest favours what was inserted last", () => {
    const stream = new OperationStream(workload("D"), RECORDS, 5);
    let newest = 0;
    let reads = 0;
    while (reads < 10_000) {
      const operation = stream.next();
      if (operation.kind === "insert") continue;
      reads += 1;
      if (operation.record >= RECORDS - 10) newest += 1;
    }
    // The ten most popular of 1,000 ranks get about 38 % of all requests.
    expect(newest / reads).toBeGreaterThan(0.3);
  });

  test("scans have 1 to 100 records", () => {
    const stream = new OperationStream(workload("E"), RECORDS, 5);
    const lengths = new Set<number>();
    for (let i = 0; i < OPERATIONS; i += 1) {
      const operation = stream.next();
      if (operation.kind === "scan") lengths.add(operation.recordsMax);
    }
    expect(lengths.size).toBe(SCAN_RECORDS_MAX);
    expect(Math.min(...lengths)).toBe(1);
    expect(Math.max(...lengths)).toBe(SCAN_RECORDS_MAX);
  });
});

describe("keys of records", () => {
  test("are FNV-1a, of one length, and scattered", () => {
    // The reference value of FNV-1a for eight zero bytes.
    expect(fnvHash64(0)).toBe(0xa8c7_f832_281a_39c5n);
    const keys = Array.from({ length: 10_000 }, (_, record) => recordKey(record));
    expect(new Set(keys).size).toBe(keys.length);
    expect(new Set(keys.map((key) => key.length))).toEqual(new Set([24]));
    expect([...keys].sort()).not.toEqual(keys);
  });
});
