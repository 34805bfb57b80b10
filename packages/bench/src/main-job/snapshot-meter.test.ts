import { toStoreId } from "@multiraft/pd/protocol";
import { expect, test } from "vitest";
import { SnapshotMeter } from "./snapshot-meter.ts";

type Cluster = Parameters<typeof SnapshotMeter.start>[0];
type Status = NonNullable<Awaited<ReturnType<Cluster["governorStatus"]>>>;

const NOTHING = { count: 0, userBytes: 0, streamBytes: 0, stageMs: {} };
const IDLE: Status = {
  sending: 0,
  receiving: 0,
  bytesGranted: 0,
  bytesPerSecond: undefined,
  slowSyncs: 0,
  refused: 0,
  sent: NOTHING,
  received: NOTHING,
};

/** Stores whose governors say what the test has them say. */
class Governors implements Cluster {
  readonly statuses = new Map<number, Status>();

  get stores() {
    return [...this.statuses.keys()].map(toStoreId);
  }

  async governorStatus(id: number) {
    return this.statuses.get(id);
  }

  receive(id: number, count: number, userBytes: number, syncMs: number): void {
    const received = { count, userBytes, streamBytes: 2 * userBytes, stageMs: { sync: syncMs } };
    this.statuses.set(id, { ...IDLE, received });
  }
}

test("what came before the start is not counted, in bytes no more than in time", async () => {
  const governors = new Governors();
  governors.receive(1, 5, 50e6, 400);
  governors.statuses.set(2, IDLE);
  const meter = await SnapshotMeter.start(governors);
  await meter.look();
  expect(meter.userBytes).toBe(0);
  governors.receive(1, 7, 70e6, 600);
  await meter.look();
  const { count, bytes, stagesMbPerSecond } = meter.report("full");
  expect({ count, bytes }).toEqual({ count: 2, bytes: 20e6 });
  expect(stagesMbPerSecond["sync"]).toBeCloseTo(100);
});

test("a store that came after the start counts whole, and goes on counting when it is gone", async () => {
  const governors = new Governors();
  governors.statuses.set(1, IDLE);
  const meter = await SnapshotMeter.start(governors);
  governors.receive(4, 3, 30e6, 300);
  await meter.look();
  governors.statuses.delete(4);
  await meter.look();
  expect(meter.report("full")).toMatchObject({ count: 3, bytes: 30e6 });
});

test("time streams only while somebody receives", async () => {
  const governors = new Governors();
  governors.statuses.set(1, IDLE);
  const meter = await SnapshotMeter.start(governors);
  await meter.look();
  expect(meter.streamingMs).toBe(0);
  governors.statuses.set(1, { ...IDLE, receiving: 1 });
  await meter.look();
  expect(meter.streamingMs).toBeGreaterThan(0);
});

test("a stage that took no time has no rate", async () => {
  const governors = new Governors();
  governors.statuses.set(1, IDLE);
  const meter = await SnapshotMeter.start(governors);
  governors.receive(1, 1, 1e6, 0);
  await meter.look();
  expect(meter.report("full").stagesMbPerSecond).toEqual({});
});
