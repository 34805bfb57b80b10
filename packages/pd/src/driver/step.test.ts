import { describe, expect, test } from "vitest";
import { type ReportOptions, report } from "../../test/fixtures.ts";
import { PEER_ID_BY_HAND_MAX } from "../operator/check-steps.ts";
import { type PdOptions, pdOptions } from "../pd-options.ts";
import {
  keyFromText,
  type OperatorStep,
  type PdMail,
  type PdStatus,
  toPeerId,
  toRegionId,
  toStoreId,
} from "../protocol/index.ts";
import type { PdEffects } from "./effects.ts";
import type { PdRecord } from "./pd-record.ts";
import { openPd } from "./pd-state.ts";
import { step } from "./step.ts";

/** A driver, what it saved last, and a clock that a test moves. */
class Fixture {
  readonly options: PdOptions;
  nowMs = 1_000;
  saved: PdRecord | undefined;
  effects: PdEffects = { save: undefined, orders: [], reply: undefined };
  #state;

  constructor(options: Partial<PdOptions> = {}) {
    this.options = pdOptions(options);
    this.#state = openPd(this.options, undefined, this.nowMs);
  }

  restart(): void {
    this.#state = openPd(this.options, this.saved, this.nowMs);
  }

  send(mail: PdMail): unknown {
    this.effects = step(this.#state, { mail, nowMs: this.nowMs, wallMs: this.nowMs });
    this.saved = this.effects.save ?? this.saved;
    return this.effects.reply?.kind === "value" ? this.effects.reply.value : undefined;
  }

  report(options: ReportOptions): PdEffects {
    this.send(report(options));
    return this.effects;
  }

  tickAfter(ms: number): PdEffects {
    this.nowMs += ms;
    this.send({ kind: "tick" });
    return this.effects;
  }

  status(): PdStatus {
    return this.send({ kind: "status" }) as PdStatus;
  }
}

const bootstrapMail = (peers = "1"): PdMail => ({
  kind: "bootstrap",
  store: { id: toStoreId(1), state: "up" },
  region: report({ peers }).region,
});

function bootstrapped(stores = 3, options: Partial<PdOptions> = {}): Fixture {
  const pd = new Fixture(options);
  pd.send(bootstrapMail());
  for (let id = 2; id <= stores; id += 1) pd.send({ kind: "put-store", storeId: toStoreId(id) });
  return pd;
}

describe("bootstrap", () => {
  test("happens once; whoever comes later is told the first region", () => {
    const pd = new Fixture();
    expect(pd.send(bootstrapMail())).toEqual({ kind: "bootstrapped" });
    const { region } = report({ peers: "1" });
    expect(pd.saved).toMatchObject({ firstRegion: region, stores: [{ id: 1, state: "up" }] });
    const other = { kind: "already-bootstrapped", region };
    expect(pd.send({ ...bootstrapMail("1 2"), kind: "bootstrap" } as PdMail)).toEqual(other);
    pd.restart();
    expect(pd.send(bootstrapMail())).toEqual(other);
  });

  test("never gives ids that the first region has", () => {
    const pd = new Fixture();
    pd.send(bootstrapMail("1 2 500"));
    expect(pd.send({ kind: "allocate-ids", count: 1 })).toEqual({ firstId: 501 });
  });

  test.each<[string, PdMail]>([
    ["not whole", { ...bootstrapMail(), region: report({ range: ["a", ""] }).region } as PdMail],
    ["without a peer on the store", { ...bootstrapMail("2 3") }],
    ["with a learner there", bootstrapMail("1l 2")],
  ])("is refused with a first region %s", (_, mail) => {
    const pd = new Fixture();
    pd.send(mail);
    expect(pd.effects.reply).toMatchObject({
      kind: "fault",
      error: { code: "ERR_MULTIRAFT_PD_REQUEST" },
    });
    expect(pd.status().isBootstrapped).toBe(false);
  });

  test("comes before any report", () => {
    const pd = new Fixture();
    pd.report({});
    expect(pd.status()).toMatchObject({
      regionCount: 0,
      rejectedHeartbeats: { "not-bootstrapped": 1 },
    });
  });
});

describe("ids and timestamps", () => {
  test("are durable in the same step in which they are given", () => {
    const pd = new Fixture();
    pd.send({ kind: "allocate-ids", count: 5_000 });
    expect(pd.effects.save?.idsEnd).toBeGreaterThan(5_000);
    pd.send({ kind: "allocate-timestamps", count: 1 });
    expect(pd.effects.save?.timestampsEndMs).toBeGreaterThan(pd.nowMs);
    pd.send({ kind: "allocate-ids", count: 1 });
    expect(pd.effects.save).toBeUndefined();
  });

  test.each([0, -1, 1.5, Number.NaN, 2 ** 40])("cannot be asked for %d at a time", (count) => {
    const pd = new Fixture();
    for (const kind of ["allocate-ids", "allocate-timestamps"] as const) {
      pd.send({ kind, count });
      expect(pd.effects).toMatchObject({ save: undefined, reply: { kind: "fault" } });
    }
  });

  test("of a split go to each new region and its peers", () => {
    const pd = bootstrapped();
    pd.report({ peers: "1", version: 4 });
    const { epoch } = report({ version: 4 }).region;
    const mail = {
      kind: "ask-split",
      regionId: toRegionId(1),
      peerCount: 2,
      newRegionCount: 2,
    } as const;
    const reply = pd.send({ ...mail, epoch });
    const { firstId } = pd.send({ kind: "allocate-ids", count: 1 }) as { firstId: number };
    const first = firstId - 6;
    expect(reply).toEqual({
      kind: "ids",
      ids: [
        { regionId: first, peerIds: [first + 1, first + 2] },
        { regionId: first + 3, peerIds: [first + 4, first + 5] },
      ],
    });
    const old = { ...epoch, version: 3 };
    expect(pd.send({ ...mail, epoch: old })).toEqual({ kind: "refused", reason: "stale-epoch" });
    pd.send({ kind: "set-scheduling", isEnabled: false });
    expect(pd.send({ ...mail, epoch })).toEqual({ kind: "refused", reason: "halted" });
    const steps = [{ kind: "split", keys: [] }] as const;
    pd.send({ kind: "add-operator", regionId: toRegionId(1), steps });
    expect(pd.send({ ...mail, epoch })).toMatchObject({ kind: "ids" });
    expect(new Fixture().send({ ...mail, epoch })).toMatchObject({ reason: "not-bootstrapped" });
  });
});

describe("stores", () => {
  test("are known after a restart, in the state they had", () => {
    const pd = bootstrapped(2);
    pd.send({ kind: "set-store-state", storeId: toStoreId(2), state: "removing" });
    pd.restart();
    expect(pd.send({ kind: "stores" })).toEqual([
      { id: 1, state: "up" },
      { id: 2, state: "removing" },
    ]);
  });

  test("can come back while they are being removed, not after", () => {
    const pd = bootstrapped(3);
    const storeId = toStoreId(3);
    pd.report({ peers: "1 3", confVer: 2 });
    pd.send({ kind: "set-store-state", storeId, state: "removing" });
    pd.tickAfter(1);
    expect(pd.send({ kind: "set-store-state", storeId, state: "up" })).toEqual({
      kind: "accepted",
    });
    pd.send({ kind: "set-store-state", storeId, state: "removing" });
    pd.report({ peers: "1", confVer: 3 });
    pd.tickAfter(1);
    expect(pd.effects.save?.stores.at(-1)).toEqual({ id: 3, state: "removed" });
    const refused = { kind: "refused", reason: "removed" };
    expect(pd.send({ kind: "set-store-state", storeId, state: "up" })).toEqual(refused);
    expect(pd.send({ kind: "put-store", storeId })).toEqual(refused);
    pd.report({ peers: "3", confVer: 4 });
    expect(pd.status().rejectedHeartbeats["removed-store"]).toBe(1);
  });

  test("that nobody knows cannot be removed", () => {
    const mail: PdMail = { kind: "set-store-state", storeId: toStoreId(9), state: "removing" };
    expect(bootstrapped().send(mail)).toEqual({ kind: "refused", reason: "unknown-store" });
  });

  test("are not called empty while a part of the key space is unknown", () => {
    const pd = bootstrapped(2);
    pd.report({ peers: "1" });
    pd.restart();
    pd.send({ kind: "set-store-state", storeId: toStoreId(2), state: "removing" });
    expect(pd.status().stores[1]?.obstacle).toBe("not-prepared");
    pd.nowMs += pd.options.preparingMaxMs;
    pd.report({ peers: "1", range: ["", "m"], version: 2 });
    pd.tickAfter(1);
    expect(pd.status().stores[1]).toMatchObject({
      state: "removing",
      obstacle: "regions-unreported",
    });
    pd.report({ id: 2, peers: "1", range: ["m", ""], version: 2 });
    pd.report({ peers: "1", range: ["", "m"], version: 2, confVer: 9 });
    pd.tickAfter(1);
    expect(pd.status().stores[1]?.state).toBe("removed");
  });

  test("that cannot be emptied say why", () => {
    const pd = bootstrapped(3);
    pd.report({ peers: "1 2 3" });
    pd.send({ kind: "set-store-state", storeId: toStoreId(3), state: "removing" });
    pd.tickAfter(1);
    expect(pd.status().stores[2]).toMatchObject({ state: "removing", obstacle: "no-store" });
    pd.send({ kind: "set-scheduling", isEnabled: false });
    expect(pd.status().stores[2]?.obstacle).toBe("scheduling-off");
  });
});

describe("signs of life", () => {
  const beat = (storeId: number, receivingSnapshots = 0): PdMail => ({
    kind: "store-heartbeat",
    storeId: toStoreId(storeId),
    regionCount: 0,
    leaderCount: 0,
    sendingSnapshots: 0,
    receivingSnapshots,
    usedBytes: 0,
  });

  test("of a store let it have replicas again, though nothing else has changed", () => {
    const pd = bootstrapped(2);
    pd.nowMs += pd.options.storeSilentMs;
    expect(pd.report({ peers: "1" }).orders).toEqual([]);
    expect(pd.tickAfter(1).orders).toEqual([]);
    expect(pd.tickAfter(1).orders).toEqual([]);
    pd.send(beat(2));
    expect(pd.tickAfter(1).orders).toHaveLength(1);
  });

  test("of a leader are signs of its store", () => {
    const pd = bootstrapped(3);
    pd.send({ kind: "set-scheduling", isEnabled: false });
    pd.nowMs += pd.options.storeSilentMs;
    pd.report({ peers: "2", range: ["", "m"], version: 2 });
    pd.send({ kind: "set-scheduling", isEnabled: true });
    const { orders } = pd.report({ id: 9, peers: "1", range: ["m", ""], version: 2 });
    expect(orders).toMatchObject([{ order: { step: { peer: { storeId: 2 } } } }]);
  });

  test("stop snapshots to a store that says it has more than it was given", () => {
    const pd = bootstrapped(2, { snapshotsPerStoreMax: 2 });
    pd.send(beat(2, 3));
    expect(pd.report({ peers: "1" }).orders).toEqual([]);
    pd.send(beat(2, 2));
    expect(pd.tickAfter(1).orders).toHaveLength(1);
  });

  test("come with ids that are not given again", () => {
    const pd = bootstrapped(1);
    pd.report({ id: 700, peers: "1 900" });
    expect(pd.send({ kind: "allocate-ids", count: 1 })).toEqual({ firstId: 901 });
  });
});

describe("look-ups", () => {
  test("find regions by key, by id and in order; the leader is known after a report", () => {
    const pd = bootstrapped();
    const { region } = report({ peers: "1" });
    const key = keyFromText("k");
    expect(pd.send({ kind: "region-by-key", key })).toEqual({ region, leader: undefined });
    pd.report({ peers: "1" });
    expect(pd.send({ kind: "region-by-key", key })).toEqual({ region, leader: 1 });
    expect(pd.send({ kind: "region-by-id", regionId: toRegionId(1) })).toEqual({
      region,
      leader: 1,
    });
    expect(pd.send({ kind: "region-by-id", regionId: toRegionId(2) })).toBeUndefined();
    const scan: PdMail = { kind: "scan-regions", startKey: key, limit: 10 };
    expect(pd.send(scan)).toEqual([{ region, leader: 1 }]);
    expect(pd.send({ ...scan, limit: 0 })).toEqual([]);
  });
});

describe("operators", () => {
  const addOn2 = { kind: "add-learner", peer: { storeId: 2, role: "learner" } };

  test("start with the report that shows the need, and go to whoever reported", () => {
    const pd = bootstrapped();
    const { orders } = pd.report({ peers: "1", term: 8 });
    expect(orders).toMatchObject([{ to: { slot: 1, incarnation: 8 }, order: { step: addOn2 } }]);
    expect(pd.report({ peers: "1", term: 8 }).orders).toEqual([]);
  });

  test("repeat their order at a bounded rate, to the newest leader", () => {
    const pd = bootstrapped();
    pd.report({ peers: "1", term: 8 });
    expect(pd.tickAfter(pd.options.orderResendMs - 1).orders).toEqual([]);
    pd.report({ peers: "1", term: 9 });
    expect(pd.tickAfter(1).orders).toMatchObject([{ to: { incarnation: 9 } }]);
  });

  test("end with their region", () => {
    const pd = bootstrapped();
    pd.report({ peers: "1" });
    pd.report({ id: 2, peers: "1 2 3", version: 2 });
    expect(pd.status()).toMatchObject({
      runningOperators: [],
      finishedOperators: { "region-gone": 1 },
    });
  });

  test("can be asked about", () => {
    const pd = bootstrapped();
    pd.report({ peers: "1 2 3" });
    const steps: OperatorStep[] = [{ kind: "transfer-leader", toPeerId: toPeerId(2) }];
    const reply = pd.send({ kind: "add-operator", regionId: toRegionId(1), steps });
    expect(pd.effects.orders).toHaveLength(1);
    const { operatorId } = reply as { operatorId: number };
    const ask = () => pd.send({ kind: "operator", operatorId });
    expect(ask()).toEqual({ kind: "running", step: 0, steps });
    pd.report({ peers: "1 2 3", leader: 2, term: 7 });
    expect(ask()).toEqual({ kind: "ended", outcome: "done" });
    expect(pd.send({ kind: "operator", operatorId: 9_999 })).toEqual({ kind: "unknown" });
  });

  test("can be cancelled, once", () => {
    const pd = bootstrapped();
    pd.report({ peers: "1 2 3" });
    const steps: OperatorStep[] = [{ kind: "split", keys: [] }];
    const reply = pd.send({ kind: "add-operator", regionId: toRegionId(1), steps });
    const { operatorId } = reply as { operatorId: number };
    const cancel: PdMail = { kind: "cancel-operator", operatorId };
    expect(pd.send(cancel)).toEqual({ kind: "ended", outcome: "cancelled" });
    expect(pd.send(cancel)).toEqual({ kind: "ended", outcome: "cancelled" });
    expect(pd.status().finishedOperators.cancelled).toBe(1);
    expect(pd.send({ ...cancel, operatorId: 9_999 })).toEqual({ kind: "unknown" });
  });

  test("outlive the split of their region, whichever half reports first", () => {
    const pd = bootstrapped();
    pd.report({ peers: "1 2 3" });
    const steps: OperatorStep[] = [{ kind: "split", keys: [keyFromText("m")] }];
    const reply = pd.send({ kind: "add-operator", regionId: toRegionId(1), steps });
    const { operatorId } = reply as { operatorId: number };
    pd.report({ id: 2, peers: "1 2 3", range: ["m", ""], version: 2 });
    expect(pd.send({ kind: "operator", operatorId })).toMatchObject({ kind: "running" });
    pd.tickAfter(1);
    pd.report({ id: 1, peers: "1 2 3", range: ["", "m"], version: 2 });
    expect(pd.send({ kind: "operator", operatorId })).toEqual({ kind: "ended", outcome: "done" });
  });

  test("end when their region has not reported for long after a split", () => {
    const pd = bootstrapped();
    pd.report({ peers: "1 2 3" });
    const steps: OperatorStep[] = [{ kind: "split", keys: [] }];
    pd.send({ kind: "add-operator", regionId: toRegionId(1), steps });
    pd.report({ id: 2, peers: "1 2 3", range: ["m", ""], version: 2 });
    pd.tickAfter(pd.options.stepTimeoutMs - 1);
    expect(pd.status().runningOperators).toHaveLength(1);
    pd.tickAfter(1);
    expect(pd.status().finishedOperators["region-gone"]).toBe(1);
  });

  test("that had been running for long outlive it, too", () => {
    const pd = bootstrapped();
    pd.send({ kind: "put-store", storeId: toStoreId(4) });
    pd.report({ peers: "1 2 3" });
    const peer = { id: toPeerId(4), storeId: toStoreId(4), role: "learner" as const };
    const steps: OperatorStep[] = [{ kind: "add-learner", peer }];
    const reply = pd.send({ kind: "add-operator", regionId: toRegionId(1), steps });
    const { operatorId } = reply as { operatorId: number };
    pd.report({ peers: "1 2 3 4l?", confVer: 2 });
    pd.tickAfter(2 * pd.options.stepTimeoutMs);
    pd.report({ id: 2, peers: "1 2 3 4l?", range: ["m", ""], version: 2, confVer: 2 });
    pd.tickAfter(1);
    expect(pd.send({ kind: "operator", operatorId })).toMatchObject({ kind: "running" });
    pd.report({ peers: "1 2 3 4l", range: ["", "m"], version: 2, confVer: 2 });
    expect(pd.send({ kind: "operator", operatorId })).toEqual({ kind: "ended", outcome: "done" });
  });

  test.each<[string, Partial<Extract<PdMail, { kind: "add-operator" }>>, string]>([
    ["of an unknown region", { regionId: toRegionId(7) }, "unknown-region"],
    ["for another epoch", { epoch: { version: 1, confVer: 2 } }, "other-epoch"],
    ["without a step", { steps: [] }, "step-count"],
    [
      "that has it already",
      { steps: [{ kind: "transfer-leader", toPeerId: toPeerId(1) }] },
      "already-leader",
    ],
  ])("by hand are refused %s", (_, changes, reason) => {
    const pd = bootstrapped();
    pd.report({ peers: "1 2 3" });
    const steps: OperatorStep[] = [{ kind: "transfer-leader", toPeerId: toPeerId(2) }];
    const mail = { kind: "add-operator", regionId: toRegionId(1), steps, ...changes } as const;
    expect(pd.send(mail)).toEqual({ kind: "refused", reason });
    expect(pd.status().runningOperators).toEqual([]);
  });

  test("by hand leave ids for those made here, also with the largest id that may be chosen", () => {
    const pd = bootstrapped(4);
    pd.report({ peers: "1 2 3" });
    const peer = {
      id: toPeerId(PEER_ID_BY_HAND_MAX),
      storeId: toStoreId(4),
      role: "learner" as const,
    };
    const steps: OperatorStep[] = [{ kind: "add-learner", peer }];
    pd.send({ kind: "add-operator", regionId: toRegionId(1), steps });
    const [running] = pd.status().runningOperators;
    pd.send({ kind: "cancel-operator", operatorId: running?.id ?? 0 });
    const { orders } = pd.report({ peers: "1 2", confVer: 2 });
    const added = orders.flatMap(({ order: { step: ordered } }) =>
      ordered.kind === "add-learner" ? [ordered.peer.id] : [],
    );
    expect(added).toHaveLength(1);
    expect(added[0]).toBeGreaterThan(PEER_ID_BY_HAND_MAX);
  });

  test("by hand are refused before the first report and beside another one", () => {
    const pd = bootstrapped();
    const steps: OperatorStep[] = [{ kind: "split", keys: [] }];
    const mail: PdMail = { kind: "add-operator", regionId: toRegionId(1), steps };
    expect(pd.send(mail)).toEqual({ kind: "refused", reason: "leader-unknown" });
    pd.report({ peers: "1 2 3" });
    expect(pd.send(mail)).toMatchObject({ kind: "accepted" });
    expect(pd.send(mail)).toEqual({ kind: "refused", reason: "operator-running" });
  });

  test("end when scheduling is switched off, also over a restart; those by hand go on", () => {
    const pd = bootstrapped();
    pd.report({ peers: "1" });
    expect(pd.status().runningOperators).toHaveLength(1);
    pd.send({ kind: "set-scheduling", isEnabled: false });
    expect(pd.status()).toMatchObject({ runningOperators: [], finishedOperators: { halted: 1 } });
    pd.restart();
    expect(pd.report({ peers: "1" }).orders).toEqual([]);
    expect(pd.tickAfter(1_000).orders).toEqual([]);
    const steps: OperatorStep[] = [{ kind: "split", keys: [] }];
    pd.send({ kind: "add-operator", regionId: toRegionId(1), steps });
    expect(pd.effects.orders).toHaveLength(1);
    pd.report({ peers: "1", version: 2 });
    pd.send({ kind: "put-store", storeId: toStoreId(2) });
    expect(pd.send({ kind: "set-scheduling", isEnabled: true })).toBeNull();
    expect(pd.tickAfter(1).orders).toMatchObject([{ order: { step: addOn2 } }]);
  });

  test("are made after a restart only when all regions are known, or after a while", () => {
    const pd = bootstrapped();
    pd.restart();
    const half: ReportOptions = { peers: "1", range: ["", "m"], version: 2 };
    for (const storeId of [toStoreId(2), toStoreId(3)]) pd.send({ kind: "put-store", storeId });
    expect(pd.report(half).orders).toEqual([]);
    expect(pd.tickAfter(1).orders).toEqual([]);
    expect(pd.status().isPrepared).toBe(false);
    pd.nowMs += pd.options.preparingMaxMs;
    for (const storeId of [toStoreId(2), toStoreId(3)]) pd.send({ kind: "put-store", storeId });
    expect(pd.tickAfter(1).orders).toMatchObject([{ order: { step: addOn2 } }]);
  });
});
