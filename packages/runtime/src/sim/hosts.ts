// All hosts of a manual system and their threads: started, crashed, killed and started again. Whoever dies is let
// go of by everybody before anything else happens.
import { assert } from "../assert.ts";
import type { Random } from "../platform/random.ts";
import type { MemoryRoutingTable } from "../routing/memory-routing-table.ts";
import type { Agenda } from "./agenda.ts";
import { Crossing, type CrossingSizes } from "./crossing.ts";
import { HostClock } from "./host-clock.ts";
import { type HostPlace, ManualHost, type ManualWorld } from "./manual-host.ts";
import type { KeptAtCrash, MemoryDisk } from "./memory-disk.ts";
import { isOnTheWay } from "./pending.ts";
import type { VirtualClock } from "./virtual-clock.ts";

export type HostsOptions = {
  readonly agenda: Agenda;
  readonly routing: MemoryRoutingTable;
  readonly clock: VirtualClock;
  readonly random: Random;
  readonly world: ManualWorld;
};

export class Hosts {
  /** By thread number, all there ever were. */
  readonly threads: ManualHost[] = [];
  /** Those of them that live. */
  alive: readonly ManualHost[] = [];
  readonly #o: HostsOptions;
  /** By name of their threads, the living and the last of those that died. */
  readonly #byName = new Map<string, ManualHost>();
  /** Of hosts that may have several threads. */
  readonly #lanes = new Map<string, CrossingSizes>();

  constructor(options: HostsOptions) {
    this.#o = options;
  }

  add(name: string, disk: MemoryDisk, lanes: CrossingSizes | undefined): ManualHost {
    assert(!this.#byName.has(name), () => `there is a host ${name} already`);
    if (lanes !== undefined) this.#lanes.set(name, lanes);
    return this.#startFirst(name, disk);
  }

  addThread(hostName: string, threadName: string): ManualHost {
    const first = this.at(hostName);
    assert(first.crossing !== undefined, () => `host ${hostName} has no lanes`);
    assert(this.#byName.get(threadName)?.isAlive !== true, () => `there is a thread ${threadName}`);
    const { name, disk, clock, crossing } = first;
    return this.#start({ name, threadName, crossing }, disk, clock);
  }

  restart(name: string): ManualHost {
    const crashed = this.#byName.get(name);
    assert(crashed !== undefined && !crashed.isAlive, () => `host ${name} has not crashed`);
    return this.#startFirst(name, crashed.disk);
  }

  crash(name: string, kept?: KeptAtCrash): void {
    const { agenda, routing } = this.#o;
    const first = this.at(name);
    const dead = this.alive.filter((one) => one.name === name);
    for (const { thread } of dead) routing.markDead(thread);
    agenda.forget((pending) => pending.host === name && !isOnTheWay(pending));
    if (first.crossing !== undefined) first.noteLost(first.crossing.abandon());
    for (const thread of dead) thread.abandon();
    this.#notAlive();
    first.disk.crash(kept);
    for (const other of this.alive)
      for (const { thread } of dead) other.kernel.threadDied(thread, undefined);
  }

  killThread(threadName: string): void {
    const { agenda, routing } = this.#o;
    const dead = this.at(threadName);
    assert(dead.crossing !== undefined, () => `${threadName} is all that its host has`);
    routing.markDead(dead.thread);
    agenda.forget(
      (one) => one.thread === threadName && !isOnTheWay(one) && one.kind !== "job-start",
    );
    dead.abandon();
    this.#notAlive();
    dead.noteLost(dead.crossing.bury(dead));
    for (const other of this.alive)
      if (other.name !== dead.name) other.kernel.threadDied(dead.thread, undefined);
  }

  /** A living one: a thread by its name, or the first of the host of that name. */
  at(name: string): ManualHost {
    const host = this.#byName.get(name);
    assert(host?.isAlive === true, () => `there is no living host ${name}`);
    return host;
  }

  /** User mail in the lanes of all hosts. */
  get mailInLanes(): number {
    let count = 0;
    for (const { name, threadName, crossing } of this.alive)
      if (name === threadName && crossing !== undefined) count += crossing.mailCount;
    return count;
  }

  #notAlive(): void {
    this.alive = this.alive.filter((host) => host.isAlive);
  }

  #startFirst(name: string, disk: MemoryDisk): ManualHost {
    const lanes = this.#lanes.get(name);
    const crossing = lanes === undefined ? undefined : new Crossing(this.#o.agenda, lanes);
    return this.#start({ name, threadName: name, crossing }, disk, new HostClock(this.#o.clock));
  }

  #start(place: Omit<HostPlace, "thread">, disk: MemoryDisk, clock: HostClock): ManualHost {
    const thread = this.threads.length;
    const random = this.#o.random.fork(`host ${place.threadName} ${thread}`);
    const environment = { clock, random, disk };
    const host = new ManualHost({ ...place, thread }, environment, this.#o.world);
    place.crossing?.join(host);
    this.threads.push(host);
    this.alive = [...this.alive, host];
    this.#byName.set(place.threadName, host);
    return host;
  }
}
