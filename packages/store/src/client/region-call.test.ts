import {
  FIRST_EPOCH,
  keyFromText,
  type Region,
  toPeerId,
  toRegionId,
  toStoreId,
  WHOLE_RANGE,
} from "@multiraft/pd/protocol";
import { ActorError, AskError, type AskFailure, Sfc32, toAddress } from "@multiraft/runtime";
import { describe, expect, test } from "vitest";
import type { ClientReply } from "../peer/client-request.ts";
import type { ClientDoor } from "./client-door.ts";
import { RegionCall, type RegionRequest } from "./region-call.ts";
import { RouteCache } from "./route-cache.ts";

const PEERS = [1, 2, 3].map((id) => ({
  id: toPeerId(100 + id),
  storeId: toStoreId(id),
  role: "voter" as const,
}));
const REGION: Region = { id: toRegionId(1), range: WHOLE_RANGE, epoch: FIRST_EPOCH, peers: PEERS };
const NEWER: Region = { ...REGION, epoch: { version: 2, confVer: 1 } };
const KEY = keyFromText("key");
const PD_SLOT = 50;

type Step = ClientReply | AskFailure["reason"] | ActorError;
type Asked = { readonly store: number; readonly version: number; readonly atMs: number };

/** A cluster whose replicas answer by a script, and whose time is the waiting. */
function scripted(steps: readonly Step[]) {
  let nowMs = 0;
  const asked: Asked[] = [];
  let pdAsks = 0;
  const left = [...steps];
  const door: ClientDoor = {
    asker: {
      ask: async (to, message, { timeoutMs }) => {
        if (to.slot === PD_SLOT) {
          pdAsks += 1;
          return { region: pdAsks > 1 ? NEWER : REGION, leader: undefined } as never;
        }
        const { request } = message as unknown as { request: { version: number } };
        asked.push({ store: to.slot, version: request.version, atMs: nowMs });
        const step = left.shift();
        if (step === "timeout") nowMs += timeoutMs;
        if (step === undefined) throw new Error("asked once too often");
        if (step instanceof Error) throw step;
        if (typeof step === "string") throw askError(step);
        return step as never;
      },
    },
    pd: () => toAddress(PD_SLOT, 1),
    gatesOf: (id) => [toAddress(id, 1)],
    clock: { nowMs: () => nowMs },
    random: new Sfc32(1),
    delay: async (delayMs) => {
      nowMs += delayMs;
    },
  };
  return { door, asked, stores: () => asked.map(({ store }) => store), pdAsks: () => pdAsks };
}

function askError(reason: AskFailure["reason"]): AskError {
  const error = { name: "AskError", message: reason, code: reason, stack: undefined };
  return new AskError({ kind: "failed", reason, error: { ...error, cause: undefined } });
}

function call(door: ClientDoor, isRepeatable: boolean, changes: Partial<RegionRequest> = {}) {
  const request: RegionRequest = {
    what: "write",
    key: KEY,
    isRepeatable,
    timeoutMs: 10_000,
    deadlineMs: 10_000,
    signal: undefined,
    throwIfEnded: () => undefined,
    toRegion: ({ epoch: { version } }) => ({ kind: "write", version, writes: [] }),
    ...changes,
  };
  return new RegionCall(door, new RouteCache(), request).answer();
}

const WRITTEN: ClientReply = { kind: "written" };
const NO_LEADER: ClientReply = { kind: "not-leader", leader: undefined };
const UNKNOWN = { code: "ERR_MULTIRAFT_OUTCOME_UNKNOWN" };

describe("a call", () => {
  test("follows a hint at once, and asks a replica it was sent back to only after a pause", async () => {
    const hint = (i: number): ClientReply => ({ kind: "not-leader", leader: PEERS[i] });
    const { door, asked, stores } = scripted([hint(2), hint(0), hint(2), WRITTEN]);
    await call(door, false);
    expect(stores()).toEqual([1, 3, 1, 3]);
    const times = asked.map(({ atMs }) => atMs);
    expect(times[1]).toBe(times[0]);
    expect(times[2]).toBeGreaterThan(times[1] ?? 0);
  });

  test("goes round the replicas, then asks the placement driver again", async () => {
    const { door, stores, pdAsks } = scripted([NO_LEADER, NO_LEADER, NO_LEADER, WRITTEN]);
    await call(door, false);
    expect(stores()).toEqual([1, 2, 3, 1]);
    expect(pdAsks()).toBe(2);
  });

  test.each(["epoch-mismatch", "key-not-in-region"] as const)(
    "takes the regions of the answer %s",
    async (kind) => {
      const { door, asked, pdAsks } = scripted([{ kind, regions: [NEWER] }, WRITTEN]);
      await call(door, false);
      expect(asked.map(({ version }) => version)).toEqual([1, 2]);
      expect(pdAsks()).toBe(1);
    },
  );

  test.each([
    "tombstone",
    "stale-incarnation",
    "vacant",
    "mailbox-full",
    "lane-full",
    "expired",
  ] as const)("sends a write again that nobody has seen: %s", async (reason) => {
    const { door, stores } = scripted([reason, WRITTEN]);
    expect((await call(door, false)).kind).toBe("written");
    expect(stores()).toEqual([1, 2]);
  });

  test("waits while its process has too much under way: nothing was sent then", async () => {
    const full = new ActorError("ERR_MULTIRAFT_OWN_MAIL_FULL", "more than 2 things under way");
    const { door, asked } = scripted([full, full, WRITTEN]);
    expect((await call(door, false)).kind).toBe("written");
    expect(asked.map(({ store }) => store)).toEqual([1, 1, 1]);
    expect(asked.at(-1)?.atMs).toBeGreaterThan(0);
  });

  test.each(["timeout", "thread-dead", "error", { kind: "outcome-unknown" }] as const)(
    "never sends a write again of which nobody knows what became of it: %j",
    async (step) => {
      const { door, stores } = scripted([step, WRITTEN]);
      await expect(call(door, false)).rejects.toMatchObject(UNKNOWN);
      expect(stores()).toEqual([1]);
    },
  );

  test.each(["timeout", "thread-dead", "error", { kind: "outcome-unknown" }] as const)(
    "sends what may be repeated again: %j",
    async (step) => {
      const { door, stores } = scripted([step, WRITTEN]);
      expect((await call(door, true)).kind).toBe("written");
      expect(stores()).toEqual([1, 2]);
    },
  );

  test("gives up at its deadline and says what it was told last", async () => {
    const busy: ClientReply = { kind: "busy", reason: "proposals" };
    const { door, asked } = scripted(Array.from({ length: 1_000 }, () => busy));
    const ending = call(door, false, { timeoutMs: 2_000, deadlineMs: 2_000 });
    await expect(ending).rejects.toMatchObject({ code: "ERR_MULTIRAFT_CLIENT_TIMEOUT" });
    await expect(ending).rejects.toThrow('write at "key" was not done in 2000 ms; at last: busy');
    // Doubling from 4 ms to 250 ms: a bounded number of questions, the last near the deadline.
    expect(asked.length).toBeLessThan(25);
    expect(asked.at(-1)?.atMs).toBeGreaterThan(1_700);
  });

  describe("that may be repeated, after an attempt of which nobody knows", () => {
    const timing = { timeoutMs: 500, deadlineMs: 500 };
    const busy: ClientReply = { kind: "busy", reason: "proposals" };
    const read = ({ epoch: { version } }: Region) => ({ kind: "get", version, key: KEY }) as const;

    test.each<[string, Step]>([
      ["has no time left", busy],
      ["is refused", { kind: "refused", reason: "no" }],
    ])("does not say that nothing was done when it %s", async (_, then) => {
      const { door } = scripted([{ kind: "outcome-unknown" }, ...Array<Step>(100).fill(then)]);
      const ending = call(door, true, timing);
      await expect(ending).rejects.toMatchObject(UNKNOWN);
      await expect(ending).rejects.toThrow(/may or may not have taken effect.*; then: write at/);
      await expect(ending).rejects.toHaveProperty("cause.name", "ClientError");
    });

    test("says so of a read, which has no effect", async () => {
      const { door } = scripted(["thread-dead", ...Array<Step>(100).fill(busy)]);
      const ending = call(door, true, { ...timing, toRegion: read });
      await expect(ending).rejects.toMatchObject({ code: "ERR_MULTIRAFT_CLIENT_TIMEOUT" });
    });
  });

  test.each([
    [{ kind: "refused", reason: "nothing to split" }, /nothing to split/],
    [{ kind: "too-large", bytesMax: 10 }, /up to 10 bytes/],
  ] as const)("does not repeat what is refused: %j", async (reply, message) => {
    const { door, stores } = scripted([reply]);
    const ending = call(door, true);
    await expect(ending).rejects.toMatchObject({ code: "ERR_MULTIRAFT_REFUSED" });
    await expect(ending).rejects.toThrow(message);
    expect(stores()).toEqual([1]);
  });

  test("ends with the signal's reason between two attempts", async () => {
    const { door } = scripted([NO_LEADER, NO_LEADER]);
    const controller = new AbortController();
    const reason = new Error("enough");
    const delay = async () => controller.abort(reason);
    const throwIfEnded = () => controller.signal.throwIfAborted();
    const ending = call({ ...door, delay }, false, { throwIfEnded });
    await expect(ending).rejects.toBe(reason);
  });
});
