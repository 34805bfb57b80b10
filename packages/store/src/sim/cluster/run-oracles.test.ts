// The oracles of a run as a whole: each is shown what it is there for, and has to speak by its name.
import { defineActor, InvariantError, Sfc32 } from "@multiraft/runtime";
import { ManualSystem, MemoryDisk } from "@multiraft/runtime/testing";
import { afterEach, describe, expect, test, vi } from "vitest";
import { Client } from "../../client/client.ts";
import type { FaultName } from "../faults/fault.ts";
import { History } from "../history/history.ts";
import { JudgedHistory } from "./judged-history.ts";
import { drawPlan, type Plan } from "./plan.ts";
import { profileByName } from "./profile.ts";
import { wholeSchedule } from "./schedule.ts";
import { SeedRun } from "./seed-run.ts";
import type { SimCluster } from "./sim-cluster.ts";

/** Until a fault comes: by then all stores and the driver have written much. */
const FAULT_STEP = 400;

const crash = profileByName("crash");
if (crash === undefined) throw new Error("no such profile");
const plan: Plan = drawPlan(crash, new Sfc32(5));

afterEach(() => vi.restoreAllMocks());

/** @param number Says which chance the fault has. */
function runWith(name: FaultName, number = 0): SeedRun {
  const script = { delays: [], faults: [{ number, step: FAULT_STEP, name }], clients: [] };
  return new SeedRun({ seed: 1, profile: "crash", steps: 4_000, plan, script });
}

const calm = (): SeedRun => new SeedRun(wholeSchedule(12, "calm", 100));

const thrower = defineActor<{ readonly kind: "throw" }, string>({
  url: import.meta.url,
  name: "thrower",
  create: (_, what) => ({
    receive: () => {
      throw what === "invariant" ? new InvariantError("it does not hold") : new TypeError("oops");
    },
  }),
});

test.each([
  ["mistake", "no-handler-throws", "oops"],
  ["invariant", "assertion", "it does not hold"],
])("a handler that throws for a %s: %s", async (thrown, oracle, what) => {
  const run = calm();
  const { system } = run.cluster;
  system.tell(system.spawn("store-1", thrower, thrown), { kind: "throw" });
  expect((await run.run()).violation).toMatchObject({ oracle, what });
});

test("a store one of whose actors ends unasked: store-goes-on", async () => {
  const run = calm();
  const { opened } = run.cluster.seats[1] ?? {};
  if (opened !== undefined) run.cluster.system.stop(opened.governor);
  const what = expect.stringMatching(/^store-2: its governor ended/);
  expect((await run.run()).violation).toMatchObject({ oracle: "store-goes-on", what });
});

test("a client that awaits what is not simulated: only-simulated-waits", async () => {
  vi.spyOn(Client.prototype, "put").mockImplementation(() => new Promise(() => undefined));
  const what = expect.stringMatching(/^client \d awaits what is not simulated, in its put of ./);
  expect((await calm().run()).violation).toMatchObject({ oracle: "only-simulated-waits", what });
});

/** That the books of the runtime say so of mail that is lost is shown beside them. */
test("mail that is neither here nor there: sum-of-mail", async () => {
  vi.spyOn(ManualSystem.prototype, "checkMail").mockImplementation(() => {
    throw new InvariantError("counters and mailboxes differ");
  });
  const what = "counters and mailboxes differ";
  expect((await calm().run()).violation).toMatchObject({ oracle: "sum-of-mail", what });
});

test("actors that are still there when all was stopped: nothing-left", async () => {
  vi.spyOn(ManualSystem.prototype, "shutDown").mockImplementation(() => undefined);
  const what = expect.stringMatching(/^pd: pdActor \S+ is open, holds /);
  expect((await calm().run()).violation).toMatchObject({ oracle: "nothing-left", what });
});

describe("what a power cut must not leave", () => {
  test("a store without a file of its log: store-opens", async () => {
    const run = runWith("crash");
    const { cluster } = run;
    const whole = cluster.crashStore.bind(cluster);
    vi.spyOn(cluster, "crashStore").mockImplementation((id, kept) => {
      const disk = cluster.disk(id);
      whole(id, kept);
      const [segment] = disk.list("/log").filter(({ name }) => name.startsWith("segment"));
      if (segment !== undefined) disk.lose(`/log/${segment.name}`);
    });
    const what = expect.stringMatching(/^store \d does not open again: /);
    expect((await run.run()).violation).toMatchObject({ oracle: "store-opens", what });
  });

  test("a driver without its record: driver-opens", async () => {
    const run = runWith("crash-driver");
    const { cluster } = run;
    const whole = cluster.crashPd.bind(cluster);
    const disk = cluster.system.diskOf("pd");
    vi.spyOn(cluster, "crashPd").mockImplementation((kept) => {
      whole(kept);
      disk.lose("/pd/placement-driver");
    });
    const what = expect.stringMatching(/^the driver does not open again: /);
    expect((await run.run()).violation).toMatchObject({ oracle: "driver-opens", what });
  });
});

/** Files that are lost are there again before anybody opens them: who had to refuse them does not. */
function hideDamage(cluster: SimCluster): void {
  const undo: (() => void)[] = [];
  const { lose } = MemoryDisk.prototype;
  vi.spyOn(MemoryDisk.prototype, "lose").mockImplementation(function (this: MemoryDisk, path) {
    undo.push(this.keep(path));
    lose.call(this, path);
  });
  const first = (): void => {
    for (const action of undo.splice(0)) action();
  };
  const { restartStore, restartPd } = cluster;
  vi.spyOn(cluster, "restartStore").mockImplementation((id) => {
    first();
    restartStore.call(cluster, id);
  });
  vi.spyOn(cluster, "restartPd").mockImplementation(() => {
    first();
    restartPd.call(cluster);
  });
}

describe("who does not refuse what is damaged: damage-is-reported", () => {
  test.each<readonly [string, FaultName, number, RegExp]>([
    ["the driver", "lose-file-of-driver", 0, /^the driver: .*is gone, and it started$/],
    ["a log", "lose-file", 3, /is gone, and the store opened$/],
    ["a replica", "lose-file", 2, /is gone, and its replica is (live|installing)$/],
  ])("%s", async (_, name, number, said) => {
    const intact = await runWith(name, number).run();
    expect(intact.violation).toBeUndefined();
    expect(intact.faults).toHaveLength(1);
    const run = runWith(name, number);
    hideDamage(run.cluster);
    const { violation } = await run.run();
    const what = expect.stringMatching(said);
    expect(violation).toMatchObject({ oracle: "damage-is-reported", what });
  });
});

/** More writes at once than can be followed in all their orders. */
const ENTANGLED = 24;

test("keys whose histories are beyond judging: histories-decided", () => {
  const history = new History();
  const judged = new JudgedHistory(history);
  const tickets = Array.from({ length: ENTANGLED }, (_, n) =>
    history.call(n, "a", { kind: "put", value: `${n}` }),
  );
  for (const ticket of tickets) history.returned(ticket, { kind: "done" });
  expect(() => judged.end()).toThrow("1 of 1 keys were not judged");
});

test("half of them may be", () => {
  const history = new History();
  const judged = new JudgedHistory(history);
  const put = (client: number, key: string) =>
    history.call(client, key, { kind: "put", value: `${client}` });
  const tickets = Array.from({ length: ENTANGLED }, (_, n) => put(n, "a"));
  for (const ticket of [...tickets, put(ENTANGLED, "b")])
    history.returned(ticket, { kind: "done" });
  judged.end();
  expect(judged).toMatchObject({ keys: 2, undecidedKeys: 1 });
});
