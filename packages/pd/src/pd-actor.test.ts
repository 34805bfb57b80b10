import { type Address, type Asks, assert, defineActor } from "@multiraft/runtime";
import { ManualSystem, type MemoryDisk } from "@multiraft/runtime/testing";
import { describe, expect, test } from "vitest";
import { report } from "../test/fixtures.ts";
import { type PdArgs, pdActor } from "./pd-actor.ts";
import {
  compareTimestamps,
  type PdMail,
  type PdOrder,
  type PdStatus,
  type Timestamp,
  toStoreId,
} from "./protocol/index.ts";

const DURABLE: PdArgs = { directory: "/pd" };
const BOOTSTRAP = {
  kind: "bootstrap",
  store: { id: toStoreId(1), state: "up" },
  region: report({ peers: "1" }).region,
} as const;
const ASK_IDS = { kind: "allocate-ids", count: 400 } as const;
const ASK_TIME = { kind: "allocate-timestamps", count: 10 } as const;
const PUT_STORE_2 = { kind: "put-store", storeId: toStoreId(2) } as const;

/** A system with a driver; a disk given on goes on where another system left it. */
class Fixture {
  readonly system: ManualSystem;
  readonly disk: MemoryDisk;
  pd: Address<PdMail>;

  constructor(args: PdArgs = DURABLE, disk?: MemoryDisk) {
    this.system = new ManualSystem({ seed: 1 });
    this.disk = this.system.addHost("pd", disk === undefined ? {} : { disk });
    this.pd = this.system.spawn("pd", pdActor, args);
  }

  /** The reply, or how the ask failed. */
  ask<Reply>(mail: PdMail & Asks<Reply>): unknown {
    const handle = this.system.ask(this.pd, mail);
    this.system.settle();
    const { outcome } = handle;
    assert(outcome !== undefined, "no answer and no failure");
    return outcome.kind === "reply" ? outcome.value : outcome;
  }

  /** Power goes and comes back. */
  crash(): void {
    this.system.crashHost("pd");
    this.system.restartHost("pd");
    this.pd = this.system.spawn("pd", pdActor, DURABLE);
  }
}

describe("a driver with a directory", () => {
  test("goes on where the life before it stopped, also on a clock that is behind", () => {
    const first = new Fixture();
    first.system.advance(3_600_000);
    first.ask(BOOTSTRAP);
    const { firstId } = first.ask(ASK_IDS) as { firstId: number };
    const time = first.ask(ASK_TIME) as Timestamp;
    first.system.shutDown();
    const second = new Fixture(DURABLE, first.disk);
    expect(second.ask(BOOTSTRAP)).toMatchObject({ kind: "already-bootstrapped" });
    expect(second.ask(ASK_IDS)).toEqual({ firstId: expect.any(Number) });
    const later = second.ask(ASK_IDS) as { firstId: number };
    expect(later.firstId).toBeGreaterThanOrEqual(firstId + 400);
    expect(compareTimestamps(second.ask(ASK_TIME) as Timestamp, time)).toBeGreaterThan(0);
  });

  test("repeats nothing, wherever among its writes the power goes", () => {
    for (let writes = 0; writes < 40; writes += 1) {
      const fixture = new Fixture();
      const seenIds = [0];
      const seenTimes: Timestamp[] = [{ physicalMs: 0, logical: 0 }];
      const look = () => {
        const ids = fixture.ask(ASK_IDS) as { firstId?: number };
        if (ids.firstId !== undefined) {
          expect(ids.firstId).toBeGreaterThan(seenIds.at(-1) ?? 0);
          seenIds.push(ids.firstId + 399);
        }
        const time = fixture.ask(ASK_TIME) as Partial<Timestamp>;
        if (time.physicalMs === undefined || time.logical === undefined) return;
        const { physicalMs, logical } = time;
        const last = seenTimes.at(-1) ?? { physicalMs: 0, logical: 0 };
        expect(compareTimestamps({ physicalMs, logical }, last)).toBeGreaterThan(0);
        seenTimes.push({ physicalMs, logical });
      };
      fixture.disk.crashAfter(writes);
      for (let round = 0; round < 4; round += 1) {
        look();
        fixture.system.advance(4_000);
      }
      fixture.crash();
      look();
      expect(seenIds.length + seenTimes.length).toBeGreaterThan(3);
    }
  });

  test("answers a bootstrap only when it is durable", () => {
    for (let writes = 0; writes < 12; writes += 1) {
      const fixture = new Fixture();
      fixture.disk.crashAfter(writes);
      const reply = fixture.ask(BOOTSTRAP) as { kind: string };
      fixture.crash();
      const again = fixture.ask(BOOTSTRAP) as { kind: string };
      if (reply.kind === "bootstrapped") expect(again.kind).toBe("already-bootstrapped");
      else expect(reply).toMatchObject({ kind: "failed", reason: expect.any(String) });
    }
  });

  test("ends when a write fails, with the answer unsent, and is made anew", () => {
    const fixture = new Fixture();
    fixture.disk.failSyncs();
    expect(fixture.ask(ASK_IDS)).toMatchObject({ kind: "failed" });
    expect(fixture.system.endOf(fixture.pd)).toMatchObject({ kind: "threw" });
    fixture.pd = fixture.system.spawn("pd", pdActor, DURABLE);
    expect(fixture.ask(ASK_IDS)).toEqual({ firstId: 1 });
  });

  test("owns it until its life ends", () => {
    const { system, pd } = new Fixture();
    expect(() => system.spawn("pd", pdActor, DURABLE)).toThrow("locked");
    system.stop(pd);
    system.settle();
    const next = system.spawn("pd", pdActor, DURABLE);
    system.stop(next);
    system.settle();
    expect(system.openThings()).toEqual([]);
  });

  test("refuses what another version wrote, and lets the directory go", () => {
    const { system, disk, pd } = new Fixture();
    system.stop(pd);
    system.settle();
    disk.replaceFile("/pd/placement-driver", Buffer.from("multiraft-pd 9 1\n{}"));
    const spawn = () => system.spawn("pd", pdActor, DURABLE);
    const refusal = expect.objectContaining({ code: "ERR_MULTIRAFT_PD_VERSION" });
    expect(spawn).toThrow(refusal);
    expect(spawn).toThrow(refusal);
  });
});

/** The leader of a region: keeps what it is ordered. */
function leaderActor(orders: PdOrder[]) {
  return defineActor<PdOrder, undefined>({
    url: import.meta.url,
    name: "leader",
    create: () => ({ receive: (order) => void orders.push(order) }),
  });
}

describe("a driver", () => {
  test("without a directory writes nothing", () => {
    const fixture = new Fixture({ directory: undefined });
    expect(fixture.ask(BOOTSTRAP)).toEqual({ kind: "bootstrapped" });
    expect(fixture.disk.writesSoFar).toBe(0);
  });

  test("answers a faulty request with its code, and goes on", () => {
    const fixture = new Fixture();
    expect(fixture.ask({ kind: "allocate-ids", count: 0 })).toMatchObject({
      kind: "failed",
      reason: "error",
      error: { code: "ERR_MULTIRAFT_PD_REQUEST" },
    });
    expect(
      fixture.ask({ kind: "region-by-key", key: BOOTSTRAP.region.range.start }),
    ).toBeUndefined();
    expect(fixture.ask({ kind: "status" })).toMatchObject({ isBootstrapped: false });
  });

  test("tells orders to the leader that reported, again and again, and to no other life of it", () => {
    const orders: PdOrder[] = [];
    const later: PdOrder[] = [];
    const fixture = new Fixture({ ...DURABLE, options: { orderResendMs: 1_000 } });
    const { system, pd } = fixture;
    system.addHost("store");
    const leader = system.spawn("store", leaderActor(orders), undefined);
    fixture.ask(BOOTSTRAP);
    fixture.ask(PUT_STORE_2);
    system.tell(pd, { ...report({ peers: "1" }), orders: leader });
    system.settle();
    expect(orders).toMatchObject([{ kind: "pd-order", step: { kind: "add-learner" } }]);
    system.advance(1_200);
    expect(orders).toHaveLength(2);
    system.stop(leader);
    system.advance(1_200);
    expect(orders).toHaveLength(2);
    const next = system.spawn("store", leaderActor(later), undefined);
    system.tell(pd, { ...report({ peers: "1" }), orders: next });
    system.advance(1_200);
    expect(later.length).toBeGreaterThan(0);
    expect(later[0]?.operatorId).toBe(orders[0]?.operatorId);
  });

  test("knows its stores after a crash, and waits for reports before it decides", () => {
    const orders: PdOrder[] = [];
    const fixture = new Fixture();
    fixture.system.addHost("store");
    const leader = fixture.system.spawn("store", leaderActor(orders), undefined);
    fixture.ask(BOOTSTRAP);
    fixture.ask(PUT_STORE_2);
    fixture.crash();
    const status = fixture.ask({ kind: "status" }) as PdStatus;
    expect(status).toMatchObject({ isBootstrapped: true, isPrepared: false, regionCount: 0 });
    expect(status.stores.map(({ id }) => id)).toEqual([1, 2]);
    fixture.ask(PUT_STORE_2);
    fixture.system.advance(1_000);
    expect(orders).toEqual([]);
    fixture.system.tell(fixture.pd, { ...report({ peers: "1" }), orders: leader });
    fixture.system.settle();
    expect(orders).toHaveLength(1);
  });
});
