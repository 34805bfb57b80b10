// Storms of lives that begin and end on all threads, with mail and asks to those that have ended.
import { setTimeout as sleep } from "node:timers/promises";
import { ActorSystem, type Address } from "@multiraft/runtime";
import { askJudge, type JudgeAddress, spawnJudge } from "./judge.ts";
import { keptHeapBytes } from "./kept-heap.ts";
import {
  LIVES_MAX,
  type NurseryCounts,
  type NurseryMail,
  nurseryActor,
  stormLife,
} from "./lives.ts";
import type { Counts, Phase, Round, StressPlace } from "./phase.ts";
import { comeToRest, dropsSince, imbalance } from "./rest.ts";

/**
 * For each nursery of each thread: so few that slots are given again within moments, and stale addresses
 * point at later lives.
 */
const SLOTS_PER_NURSERY = 256;
/** What a system keeps for its main thread and for dedicated ones: 65 blocks of 64. */
const OTHER_SLOTS = 65 * 64;
const SECRETS_PER_NURSERY = 2 ** 32;
const ASK_TIMEOUT_MS = 120_000;
const LOOK_MS = 100;
/** Every second round a thread dies in the middle of its storm. */
const KILL_EVERY = 2;
const SETTLE_LOOKS_MAX = 1_200;

type Nursery = { readonly address: Address<NurseryMail>; readonly thread: number };

export class LivesPhase implements Phase {
  readonly name = "lives";
  readonly about = "storms of spawns and stops, with mail and asks to lives that have ended";
  readonly #place: StressPlace;
  #system: ActorSystem | undefined;
  #judge: JudgeAddress | undefined;
  #nurseries: readonly Nursery[] = [];
  #made = 0;

  constructor(place: StressPlace) {
    this.#place = place;
  }

  async round(round: Round): Promise<Counts> {
    const system = await this.#open(round);
    const before = await this.#sum(system);
    const mailBefore = system.counters();
    const isDeadly = round.number % KILL_EVERY === 1;
    const storm = { kind: "storm", mayRefuse: isDeadly } as const;
    for (const { address } of this.#nurseries) system.tell(address, storm);
    let kills = 0;
    const startMs = performance.now();
    while (performance.now() < startMs + round.loadMs) {
      await sleep(LOOK_MS, undefined, { signal: this.#place.signal });
      if (isDeadly && kills === 0 && performance.now() > startMs + round.loadMs / 2) {
        kills += 1;
        await this.#kill(system, round);
      }
      const done = system.counters().delivered - mailBefore.delivered;
      round.note(done, "messages", `${kills} threads killed`);
    }
    const after = await this.#settle(system, round);
    const totals = await comeToRest(system, this.#place.signal);
    const wrong = imbalance(totals);
    if (wrong !== undefined) round.violate(`counters at rest: ${wrong}`);
    const orphans = await endOrphans(system, kills, round);
    if (this.#judge !== undefined) await askJudge(system, this.#judge, round.violate);
    // What a dead nursery had counted went with it.
    const since = (key: "lives" | "asks" | "staleTells" | "staleAsks") =>
      Math.max(0, after[key] - before[key]);
    return {
      lives: since("lives"),
      asks: since("asks"),
      "stale messages": since("staleTells") + since("staleAsks"),
      // Of those: to slots in which a later life was.
      "to later lives": dropsSince(mailBefore, totals)["stale-incarnation"] ?? 0,
      kills,
      orphans,
    };
  }

  async keptHeapBytes(): Promise<number> {
    return this.#system === undefined ? 0 : keptHeapBytes(this.#system);
  }

  async close(): Promise<void> {
    const system = this.#system;
    this.#system = undefined;
    this.#judge = undefined;
    this.#nurseries = [];
    await system?.close();
  }

  async #open({ seed }: Round): Promise<ActorSystem> {
    if (this.#system !== undefined) return this.#system;
    const { threads } = this.#place;
    const slotsMax = threads * threads * SLOTS_PER_NURSERY + OTHER_SLOTS;
    const system = await ActorSystem.start({ threads, seed, slotsMax });
    this.#system = system;
    this.#judge = await spawnJudge(system);
    for (let thread = 0; thread < threads; thread += 1) await this.#found(system, thread, seed);
    return system;
  }

  async #found(system: ActorSystem, thread: number, seed: number): Promise<void> {
    if (this.#judge === undefined) return;
    const firstSecret = this.#made * SECRETS_PER_NURSERY;
    this.#made += 1;
    const args = { seed, firstSecret, threads: this.#place.threads, judge: this.#judge };
    const address = await system.spawn(nurseryActor, args, { thread });
    this.#nurseries = [...this.#nurseries, { address, thread }];
  }

  async #kill(system: ActorSystem, round: Round): Promise<void> {
    const thread = round.random.fork("kill").below(this.#place.threads);
    await system.killThread(thread);
    this.#nurseries = this.#nurseries.filter((nursery) => nursery.thread !== thread);
    await this.#found(system, thread, round.seed);
    const founded = this.#nurseries.at(-1);
    if (founded !== undefined) system.tell(founded.address, { kind: "storm", mayRefuse: true });
  }

  /** Everything that was begun ends: spawns, asks, ends of lives. */
  async #settle(system: ActorSystem, round: Round): Promise<NurseryCounts> {
    for (const { address } of this.#nurseries) system.tell(address, { kind: "pause" });
    for (let look = 1; ; look += 1) {
      this.#place.signal.throwIfAborted();
      const counts = await this.#sum(system);
      if (counts.open === 0) return counts;
      if (look >= SETTLE_LOOKS_MAX) {
        round.violate(`${counts.open} spawns, asks or ends were never settled`);
        return counts;
      }
      await sleep(LOOK_MS);
    }
  }

  async #sum(system: ActorSystem): Promise<NurseryCounts> {
    const asked = this.#nurseries.map(({ address }) =>
      system.ask(address, { kind: "counts" }, { timeoutMs: ASK_TIMEOUT_MS }),
    );
    const all = await Promise.all(asked);
    const total = (key: "lives" | "asks" | "staleTells" | "staleAsks" | "open") =>
      all.reduce((sum, counts) => sum + counts[key], 0);
    return {
      lives: total("lives"),
      asks: total("asks"),
      staleTells: total("staleTells"),
      staleAsks: total("staleAsks"),
      open: total("open"),
    };
  }
}

/**
 * Lives that have not ended although all is settled. A nursery whose thread dies leaves those behind that it had not
 * told to end, or whose birth it had not heard of: nobody else knows them, so they are ended here.
 * @param kills Nurseries that died; each left no more than it may have at a time. @returns How many there were.
 */
async function endOrphans(system: ActorSystem, kills: number, round: Round): Promise<number> {
  const cells = (await system.inspect()).flatMap((report) => report.cells);
  const orphans = cells.filter(({ definition }) => definition === stormLife.name);
  const orphansMax = kills * LIVES_MAX;
  if (orphans.length > orphansMax)
    round.violate(`${orphans.length} lives have not ended, where ${orphansMax} may be left`);
  await Promise.all(orphans.map(({ address }) => system.stop(address)));
  return orphans.length;
}
