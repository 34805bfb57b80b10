import { describe, expect, test } from "vitest";
import { recordKey } from "../../workload/ycsb/record-key.ts";
import { stampOf } from "../../workload/ycsb/record-value.ts";
import type { KvTarget } from "./kv-target.ts";
import { YcsbClient } from "./ycsb-client.ts";

const BYTES = 100;
const RECORDS = 20;
const IN_ORDER = Array.from({ length: RECORDS }, (_, record) => record).sort((a, b) =>
  recordKey(a) < recordKey(b) ? -1 : 1,
);

/** Pairs in memory, whose scans may be made wrong. */
class Pairs implements KvTarget {
  readonly #pairs = new Map<string, Uint8Array>();
  spoil: (found: readonly Uint8Array[]) => readonly Uint8Array[] = (found) => found;
  /** Called while a scan is under way, before it looks. */
  meanwhile: () => Promise<void> = async () => {};

  async read(key: string) {
    return this.#pairs.get(key);
  }

  async write(key: string, value: Uint8Array) {
    this.#pairs.set(key, value);
  }

  async scan(start: string, recordsMax: number) {
    await this.meanwhile();
    const keys = [...this.#pairs.keys()].filter((key) => key >= start).sort();
    const values = keys.slice(0, recordsMax).flatMap((key) => this.#pairs.get(key) ?? []);
    return this.spoil(values);
  }

  serverCpuSeconds() {
    return 0;
  }

  async close() {}
}

async function loaded() {
  const pairs = new Pairs();
  const client = new YcsbClient(pairs, BYTES);
  await client.load(RECORDS);
  const scan = (place: number, recordsMax: number) =>
    client.perform({ kind: "scan", record: IN_ORDER[place] ?? 0, recordsMax });
  return { pairs, client, scan };
}

describe("a scan", () => {
  test.each([
    ["in the middle", 3, 5],
    ["up to the last record", 15, 5],
    ["beyond the last record", 15, 50],
  ])("%s is taken as it is", async (_, place, recordsMax) => {
    const { scan } = await loaded();
    await scan(place, recordsMax);
  });

  test.each<[string, (found: readonly Uint8Array[]) => readonly Uint8Array[], RegExp]>([
    ["is short", (found) => found.slice(0, -1), /missing in a scan that found 4/],
    ["finds nothing", () => [], /missing in a scan that found 0/],
    ["has a hole", (found) => found.filter((_, at) => at !== 2), /missing/],
    ["begins late", (found) => found.slice(1), /missing/],
    ["goes backwards", (found) => found.toReversed(), /missing|ascend/],
    ["repeats itself", (found) => found.flatMap((one) => [one, one]).slice(0, 5), /ascend/],
    ["is too long", (found) => [...found, ...found], /a scan of 5 gave 10/],
  ])("that %s is noticed", async (_, spoil, says) => {
    const { pairs, scan } = await loaded();
    pairs.spoil = spoil;
    await expect(scan(3, 5)).rejects.toThrow(says);
  });

  test("that is full may still have a hole", async () => {
    const { pairs, scan } = await loaded();
    const all = await pairs.scan(recordKey(IN_ORDER[3] ?? 0), 6);
    pairs.spoil = () => all.filter((_, at) => at !== 2);
    await expect(scan(3, 5)).rejects.toThrow(`record ${IN_ORDER[5]} is missing`);
  });

  test("that ends before the last record is short, though nobody asked for so many", async () => {
    const { pairs, scan } = await loaded();
    pairs.spoil = (found) => found.slice(0, -1);
    await expect(scan(15, 50)).rejects.toThrow(`record ${IN_ORDER[19]} is missing`);
  });

  test("that shows one record as it was before an acknowledged write is noticed", async () => {
    const { pairs, client, scan } = await loaded();
    const old = await pairs.scan(recordKey(IN_ORDER[3] ?? 0), 5);
    const record = stampOf(old[2] ?? new Uint8Array(), BYTES).record;
    await client.perform({ kind: "update", record });
    await scan(3, 5);
    pairs.spoil = () => old;
    await expect(scan(3, 5)).rejects.toThrow(/before a later write/);
  });

  test("may find or miss what is inserted while it is under way", async () => {
    const { pairs, client, scan } = await loaded();
    const inserted = [RECORDS, RECORDS + 1, RECORDS + 2, RECORDS + 3].filter(
      (record) => recordKey(record) > recordKey(IN_ORDER[0] ?? 0),
    );
    const insert = () => client.perform({ kind: "insert", record: inserted.pop() ?? 0 });
    pairs.meanwhile = insert;
    await scan(0, 100);
    pairs.meanwhile = async () => {};
    const before = await pairs.scan(recordKey(IN_ORDER[0] ?? 0), 100);
    pairs.meanwhile = insert;
    pairs.spoil = () => before;
    await scan(0, 100);
    // And from now on it must find it.
    pairs.meanwhile = async () => {};
    await expect(scan(0, 100)).rejects.toThrow(/is missing/);
  });
});
