// All-to-all mail between actors on all threads, while threads are killed and their actors replaced.
import { setTimeout as sleep } from "node:timers/promises";
import { ActorSystem, type MailTotals, type Random } from "@multiraft/runtime";
import { askJudge, type JudgeAddress, spawnJudge } from "./judge.ts";
import { keptHeapBytes } from "./kept-heap.ts";
import { mailPeer, type PeerPlace } from "./mail-peer.ts";
import { pairMismatches } from "./pair-check.ts";
import type { Counts, Phase, Round, StressPlace } from "./phase.ts";
import { comeToRest, dropsSince, imbalance } from "./rest.ts";

/** On a thread; all of it stays below 64, the number that a mailbox is sized for here. */
const PEERS_PER_THREAD = 8;
const PEERS_MAX = 64;
const ASK_TIMEOUT_MS = 120_000;
/** Between two kills: as many threads die while others are being replaced as do at ease. */
const KILL_EVERY_MS = { min: 20, max: 1_500 };
/** In every third round nobody dies, and then nothing at all may be dropped. */
const QUIET_EVERY = 3;
/** What a window of pings can never fill. */
const NEVER = ["mailbox-full", "lane-full", "expired", "shut-down"];

type Living = PeerPlace & { readonly thread: number };

export class MailPhase implements Phase {
  readonly name = "mail";
  readonly about = "numbered mail between all actors on all threads, while threads are killed";
  readonly #place: StressPlace;
  #system: ActorSystem | undefined;
  #judge: JudgeAddress | undefined;
  #living: readonly Living[] = [];
  #lives = 0;

  constructor(place: StressPlace) {
    this.#place = place;
  }

  async round(round: Round): Promise<Counts> {
    const system = await this.#open(round);
    const before = system.counters();
    this.#tellPeers(system, true);
    const kills = isQuiet(round) ? 0 : await this.#killAll(system, round);
    if (kills === 0) await this.#load(round, () => system.counters().delivered - before.delivered);
    for (const { address } of this.#living) system.tell(address, { kind: "pause" });
    const after = await comeToRest(system, this.#place.signal);
    await this.#check(system, round, before, after, kills);
    const drops = Object.values(dropsSince(before, after)).reduce((sum, count) => sum + count, 0);
    return { messages: after.delivered - before.delivered, kills, drops };
  }

  async keptHeapBytes(): Promise<number> {
    return this.#system === undefined ? 0 : keptHeapBytes(this.#system);
  }

  async close(): Promise<void> {
    const system = this.#system;
    this.#system = undefined;
    await system?.close();
  }

  async #open({ seed }: Round): Promise<ActorSystem> {
    if (this.#system !== undefined) return this.#system;
    const { threads } = this.#place;
    const system = await ActorSystem.start({ threads, seed });
    this.#system = system;
    this.#judge = await spawnJudge(system);
    const perThread = Math.max(1, Math.min(PEERS_PER_THREAD, Math.floor(PEERS_MAX / threads)));
    for (let thread = 0; thread < threads; thread += 1) await this.#settle(thread, perThread, seed);
    return system;
  }

  /** Gives a thread its peers. */
  async #settle(thread: number, count: number, seed: number): Promise<void> {
    const [system, judge] = [this.#system, this.#judge];
    if (system === undefined || judge === undefined) return;
    for (let i = 0; i < count; i += 1) {
      this.#lives += 1;
      const life = this.#lives;
      const address = await system.spawn(mailPeer, { life, seed, judge }, { thread });
      this.#living = [...this.#living, { life, address, thread }];
    }
  }

  #tellPeers(system: ActorSystem, isAtRest: boolean): void {
    const peers = this.#living.map(({ life, address }) => ({ life, address }));
    for (const { address } of this.#living)
      system.tell(address, { kind: "peers", peers, isAtRest });
  }

  /** One thread after the other, at moments of chance. @returns How many died. */
  async #killAll(system: ActorSystem, round: Round): Promise<number> {
    const { signal, threads } = this.#place;
    const random = round.random.fork("kills");
    const untilMs = performance.now() + round.loadMs;
    const startedAt = system.counters().delivered;
    let kills = 0;
    while (performance.now() < untilMs) {
      await sleep(killAfterMs(random), undefined, { signal });
      const thread = random.below(threads);
      const dead = this.#living.filter((peer) => peer.thread === thread);
      const killed = system.killThread(thread);
      kills += 1;
      this.#living = this.#living.filter((peer) => peer.thread !== thread);
      // The others go on meanwhile, and expect nothing of the dead.
      this.#tellPeers(system, false);
      await killed;
      await this.#settle(thread, dead.length, round.seed);
      this.#tellPeers(system, false);
      const done = system.counters().delivered - startedAt;
      round.note(done, "messages", `${kills} threads killed`);
    }
    return kills;
  }

  async #load(round: Round, delivered: () => number): Promise<void> {
    const untilMs = performance.now() + round.loadMs;
    while (performance.now() < untilMs) {
      await sleep(100, undefined, { signal: this.#place.signal });
      round.note(delivered(), "messages", "nobody dies");
    }
  }

  async #check(
    system: ActorSystem,
    { violate }: Round,
    before: MailTotals,
    after: MailTotals,
    kills: number,
  ): Promise<void> {
    const wrong = imbalance(after);
    if (wrong !== undefined) violate(`counters at rest: ${wrong}`);
    for (const [reason, count] of Object.entries(dropsSince(before, after)))
      if (kills === 0 || NEVER.includes(reason))
        violate(`${count} messages were dropped as ${reason}, after ${kills} kills`);
    const asked = this.#living.map(({ address }) =>
      system.ask(address, { kind: "table" }, { timeoutMs: ASK_TIMEOUT_MS }),
    );
    for (const mismatch of pairMismatches(await Promise.all(asked))) violate(mismatch);
    if (this.#judge !== undefined) await askJudge(system, this.#judge, violate);
  }
}

function isQuiet({ number }: Round): boolean {
  return number % QUIET_EVERY === QUIET_EVERY - 1;
}

function killAfterMs(random: Random): number {
  return KILL_EVERY_MS.min + random.below(KILL_EVERY_MS.max - KILL_EVERY_MS.min);
}
