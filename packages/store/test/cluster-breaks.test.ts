// What ends while a store is being opened, stopped or opened again: each break is seen once, and leaves a
// store that runs, or one that says that it does not.
import { rmSync } from "node:fs";
import { join } from "node:path";
import type { AnyAddress } from "@multiraft/runtime";
import type { ClusterEvent } from "@multiraft/store";
import { TestCluster, type TestClusterOptions } from "@multiraft/store/testing";
import { expect, test, vi } from "vitest";
import { Directories } from "./cluster-directory-fixture.ts";

/** So often in a row a store is opened again. */
const REOPENED_MAX = 3;

type Breaks = { readonly t: TestCluster; readonly id: number; readonly events: ClusterEvent[] };

async function started(options: TestClusterOptions = {}): Promise<Breaks> {
  const t = await TestCluster.start(options);
  await t.cluster.ready();
  const events: ClusterEvent[] = [];
  t.cluster.events.cluster.subscribe((event) => events.push(event));
  return { t, id: t.storeAt(1), events };
}

function kindsOf({ events, id }: Breaks): string[] {
  return events.flatMap((event) =>
    "storeId" in event && event.storeId === id ? [event.kind] : [],
  );
}

async function untilLast(breaks: Breaks, kinds: readonly string[]): Promise<void> {
  await breaks.t.settled(
    kinds.join(", "),
    async () => kindsOf(breaks),
    (seen) => seen.join() === kinds.join(),
  );
}

async function stateOf({ t, id }: Breaks): Promise<string | undefined> {
  const { stores } = await t.cluster.status();
  return stores.find((store) => store.id === id)?.state;
}

/** The registry is asked whether it is ready, says so, and ends before anybody has heard it. */
function endAfterReady({ t, id }: Breaks, times: number): void {
  const { system } = t;
  const ask = system.ask.bind(system) as (...args: unknown[]) => Promise<unknown>;
  let left = times;
  const ended = async (to: AnyAddress, reply: Promise<unknown>) => {
    const status = (await reply) as { readonly storeId: number; readonly isReady: boolean };
    if (status.storeId !== id || !status.isReady || left === 0) return status;
    left -= 1;
    await system.stop(to);
    return status;
  };
  vi.spyOn(system, "ask").mockImplementation(((
    to: AnyAddress,
    mail: { kind: string },
    o: unknown,
  ) => (mail.kind === "store-status" ? ended(to, ask(to, mail, o)) : ask(to, mail, o))) as never);
}

/** The registry ends before it can say that it is ready. */
function endWhileOpened({ t, id }: Breaks, times: number): void {
  const { system } = t;
  const spawn = system.spawn.bind(system) as (...args: unknown[]) => Promise<AnyAddress>;
  let left = times;
  vi.spyOn(system, "spawn").mockImplementation((async (
    definition: { readonly name: string },
    args: { readonly storeId?: number },
    options: unknown,
  ) => {
    const address = await spawn(definition, args, options);
    if (definition.name !== "registryActor" || args.storeId !== id || left === 0) return address;
    left -= 1;
    await system.stop(address);
    return address;
  }) as never);
}

/** The store is stopped and opened again; the driver takes its time to hear of it. */
async function opening({ t, id }: Breaks) {
  await t.killStore(id);
  const puts = await t.holdDriverMail(["put-store"]);
  const opened = t.restartStore(id);
  await t.settled("the driver is told", puts.queued, (queued) => queued > 0);
  return { puts, opened };
}

test("a store that breaks while the driver is told of it is opened again", async () => {
  const breaks = await started();
  await using t = breaks.t;
  const { puts, opened } = await opening(breaks);
  await t.breakStore(breaks.id);
  await puts.release();
  await opened;
  await untilLast(breaks, ["store-stopped", "store-opened", "store-broken", "store-opened"]);
  expect(await t.storeStatus(breaks.id)).toMatchObject({ isReady: true });
});

test("a store that breaks with its last word while it is opened is opened again", async () => {
  const breaks = await started();
  await using t = breaks.t;
  await t.killStore(breaks.id);
  endAfterReady(breaks, 1);
  await t.restartStore(breaks.id);
  await untilLast(breaks, ["store-stopped", "store-opened", "store-broken", "store-opened"]);
  expect(await t.storeStatus(breaks.id)).toMatchObject({ isReady: true });
});

test("so is one that breaks with its last word while it is opened again", async () => {
  const breaks = await started();
  await using t = breaks.t;
  endAfterReady(breaks, 1);
  await t.breakStore(breaks.id);
  const once = ["store-broken", "store-opened"];
  await untilLast(breaks, [...once, ...once]);
  expect(await t.storeStatus(breaks.id)).toMatchObject({ isReady: true });
});

test("a store of which the driver could not be told is not left half open", async () => {
  const breaks = await started();
  await using t = breaks.t;
  const { opened } = await opening(breaks);
  const refused = expect(opened).rejects.toThrow();
  await t.breakDriver();
  await refused;
  expect(await t.storeStatus(breaks.id)).toBeUndefined();
  await t.settled(
    "the driver is there again",
    async () => breaks.events.map(({ kind }) => kind),
    (kinds) => kinds.includes("pd-opened"),
  );
  await t.restartStore(breaks.id);
  expect(await stateOf(breaks)).toBe("running");
});

test("however often the driver was opened again, a store has its own tries", async () => {
  const breaks = await started();
  await using t = breaks.t;
  const again: string[] = [];
  for (let time = 0; time < REOPENED_MAX; time += 1) {
    await t.breakDriver();
    again.push("store-broken", "store-opened");
    await untilLast(breaks, again);
  }
  await t.breakStore(breaks.id);
  await untilLast(breaks, [...again, "store-broken", "store-opened"]);
});

test("a store that is to be stopped when it breaks stays stopped", async () => {
  const breaks = await started();
  await using t = breaks.t;
  // Whatever is to be done with stores stands in a row behind this one.
  const { puts, opened } = await opening({ ...breaks, id: t.storeAt(2) });
  const stopped = t.killStore(breaks.id);
  await t.breakStore(breaks.id);
  await untilLast(breaks, ["store-broken"]);
  await puts.release();
  await Promise.all([opened, stopped]);
  // Behind whatever the break has put into the row.
  await t.killStore(t.storeAt(2));
  expect(kindsOf(breaks)).toEqual(["store-broken", "store-stopped"]);
  expect(await stateOf(breaks)).toBe("stopped");
  expect(await t.storeStatus(breaks.id)).toBeUndefined();
});

test("a store that is wanted before it was opened again is opened once", async () => {
  const breaks = await started();
  await using t = breaks.t;
  const { puts, opened } = await opening({ ...breaks, id: t.storeAt(2) });
  const stopped = t.killStore(breaks.id);
  const wanted = t.restartStore(breaks.id);
  await t.breakStore(breaks.id);
  await untilLast(breaks, ["store-broken"]);
  await puts.release();
  await Promise.all([opened, stopped, wanted]);
  await t.killStore(t.storeAt(2));
  expect(kindsOf(breaks)).toEqual(["store-broken", "store-stopped", "store-opened"]);
  expect(await t.storeStatus(breaks.id)).toMatchObject({ isReady: true });
});

test("a store that breaks once more while it is opened again is tried until the bound", async () => {
  const breaks = await started();
  await using t = breaks.t;
  endWhileOpened(breaks, REOPENED_MAX - 1);
  await t.breakStore(breaks.id);
  await untilLast(breaks, ["store-broken", "store-opened"]);
  const { stores } = await t.cluster.status();
  const seen = stores.find((store) => store.id === breaks.id);
  expect(seen).toMatchObject({ state: "running", reopened: REOPENED_MAX });
});

test("and no further", async () => {
  const breaks = await started();
  await using t = breaks.t;
  endWhileOpened(breaks, REOPENED_MAX);
  await t.breakStore(breaks.id);
  await untilLast(breaks, ["store-broken", "store-failed"]);
  const { stores } = await t.cluster.status();
  const seen = stores.find((store) => store.id === breaks.id);
  expect(seen).toMatchObject({ state: "failed", reopened: REOPENED_MAX });
});

test("a store that has failed is opened again when that is asked, and may break again as often", async () => {
  const breaks = await started();
  await using t = breaks.t;
  endWhileOpened(breaks, REOPENED_MAX);
  await t.breakStore(breaks.id);
  await untilLast(breaks, ["store-broken", "store-failed"]);
  await t.cluster.reopenStore(breaks.id);
  expect(await stateOf(breaks)).toBe("running");
  // One that runs is left alone.
  await t.cluster.reopenStore(breaks.id);
  await t.breakStore(breaks.id);
  const twice = ["store-opened", "store-broken", "store-opened"];
  await untilLast(breaks, ["store-broken", "store-failed", ...twice]);
  await t.killStore(breaks.id);
  const refused = { code: "ERR_MULTIRAFT_CLUSTER_REFUSED" };
  await expect(t.cluster.reopenStore(breaks.id)).rejects.toMatchObject(refused);
});

test("a store that has lost its files is not tried again", async () => {
  const directories = new Directories();
  const dir = directories.make();
  try {
    const breaks = await started({ dir });
    await using t = breaks.t;
    const { puts, opened } = await opening({ ...breaks, id: t.storeAt(2) });
    await t.breakStore(breaks.id);
    await untilLast(breaks, ["store-broken"]);
    rmSync(join(dir, `store-${breaks.id}`, "log"), { recursive: true });
    await puts.release();
    await opened;
    await untilLast(breaks, ["store-broken", "store-failed"]);
    const { stores } = await t.cluster.status();
    const seen = stores.find((store) => store.id === breaks.id);
    expect(seen).toMatchObject({ state: "failed", reopened: 1 });
  } finally {
    directories.removeAll();
  }
});
