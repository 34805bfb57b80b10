import { setImmediate as nextRound } from "node:timers/promises";
import { ActorSystem, type Address, Sfc32 } from "@multiraft/runtime";
import { expect, test } from "vitest";
import { type TravellerMail, travellerActor } from "./fixture/traveller.mjs";

type Traveller = Address<TravellerMail>;

const THREADS = 4;
const ACTORS = 1_000;
const MESSAGES = 100_000;
/** A go makes this many hops in all. */
const GO = { kind: "go", fan: 10, hops: 9 } as const;
const KILLS = 4;
const BURST = 100;
const SEED = 20_251_122;
const LONG = { timeoutMs: 600_000 };

class Storm {
  readonly system: ActorSystem;
  readonly random = new Sfc32(SEED);
  /** Everybody there ever was: addresses of the dead stay in use. */
  readonly everybody: Traveller[] = [];
  readonly ends: string[] = [];
  asked = 0;
  settled = 0;

  constructor(system: ActorSystem) {
    this.system = system;
    system.streams.lifecycle.subscribe((event) => {
      if (event.kind === "threw") this.ends.push(event.error.message);
    });
  }

  async populate(count: number): Promise<void> {
    const spawned = Array.from({ length: count }, () =>
      this.system.spawn(travellerActor, undefined),
    );
    for (const outcome of await Promise.allSettled(spawned))
      if (outcome.status === "fulfilled") this.everybody.push(outcome.value);
  }

  pick(): Traveller {
    const picked = this.everybody[this.random.below(this.everybody.length)];
    if (picked === undefined) throw new Error("nobody is there");
    return picked;
  }

  handOutBooks(): void {
    const addresses = Array.from({ length: 200 }, () => this.pick());
    for (const address of this.everybody) this.system.tell(address, { kind: "book", addresses });
  }

  ask(): void {
    this.asked += 1;
    const settle = (): void => {
      this.settled += 1;
    };
    this.system.ask(this.pick(), { kind: "report" }, LONG).then(settle, settle);
  }

  /** All threads have answered several times over and no count has moved: nothing goes on any more. */
  async rest(): Promise<void> {
    for (let quiet = 0, before = ""; quiet < 5; ) {
      await this.system.inspect();
      await nextRound();
      const now = JSON.stringify(this.system.counters());
      quiet = now === before ? quiet + 1 : 0;
      before = now;
    }
  }
}

test("no mail is lost uncounted while actors stop and threads are killed", async () => {
  const [laneBytes, arenaBytesMax] = [2 ** 12, 2 ** 23];
  const system = await ActorSystem.start({
    threads: THREADS,
    seed: SEED,
    laneBytes,
    arenaBytesMax,
  });
  const storm = new Storm(system);
  await storm.populate(ACTORS);
  storm.handOutBooks();

  for (let round = 0, kills = 0; system.counters().sent < MESSAGES; round += 1) {
    system.tell(storm.pick(), GO);
    storm.ask();
    if (round % 10 === 0) void system.stop(storm.pick(), round % 20 === 0 ? "drain" : "now");
    if (system.counters().sent > (MESSAGES * (kills + 1)) / (KILLS + 1)) {
      kills += 1;
      // A burst into small lanes: when the thread dies, they are full both ways and more waits for room.
      for (let count = 0; count < BURST; count += 1) system.tell(storm.pick(), GO);
      await nextRound();
      await system.killThread(storm.random.below(THREADS));
      await storm.populate(ACTORS / THREADS);
      storm.handOutBooks();
    }
    if (round % 20 === 0) await nextRound();
  }
  await storm.rest();

  const { sent, delivered, dropped, inFlight } = system.counters();
  const droppedTotal = Object.values(dropped).reduce((sum, count) => sum + count, 0);
  expect(sent).toBe(delivered + droppedTotal + inFlight);
  expect(inFlight).toBe(0);
  expect(sent).toBeGreaterThanOrEqual(MESSAGES);
  expect(dropped["thread-dead"]).toBeGreaterThan(0);
  expect(storm.ends).toEqual([]);

  const reports = await system.inspect();
  for (const { cells, arenaUsedBytes, overflowBytes } of reports) {
    expect(cells.reduce((sum, cell) => sum + cell.queued, 0)).toBe(0);
    expect([arenaUsedBytes, overflowBytes]).toEqual([0, 0]);
  }
  const survivors = reports.flatMap(({ cells }) =>
    cells.map(({ address }) => address as Traveller),
  );
  const travellers = survivors.filter(({ slot }) =>
    storm.everybody.some((one) => one.slot === slot),
  );
  const accounts = await Promise.all(
    travellers.map((address) => system.ask(address, { kind: "report" }, LONG)),
  );
  for (const { asked, settled, open } of accounts) expect([settled, open]).toEqual([asked, 0]);
  while (storm.settled < storm.asked) await nextRound();
  expect(storm.settled).toBe(storm.asked);
  await system.close();
  expect(system.counters().inFlight).toBe(0);
});
