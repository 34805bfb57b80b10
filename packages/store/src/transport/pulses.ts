// How replicas that sleep learn that the others of their groups are there: not each by itself, but all of one
// gate together, by one small piece of mail to the gate of each store that they share groups with, and one from
// there. A store that falls silent, or whose gate is another than it was, is a reason to wake for every replica
// with a peer on it; they wake a few at a time, since thousands at once would hold up the very elections that
// some of them need. Invariants: while a replica sleeps its gate listens to every store of its group; whoever was
// to wake is told again until it says that it has. Nobody sleeps: nothing is sent, and no timer runs.

import type { RegionId, StoreId } from "@multiraft/pd/protocol";
import type { Life } from "../log/record.ts";
import type { PeerTuning } from "../peer/tuning.ts";

export type PulseLimits = {
  /** Between two pulses. */
  readonly intervalMs: number;
  /** So many intervals may pass without one. */
  readonly missedMax: number;
};

/**
 * Election timeouts for which a store may be silent. One would do to be as quick as groups that are awake; but a
 * thread that was held up for so long would wake thousands, and be held up the more.
 */
const PATIENCE_TIMEOUTS = 3;

/** As often as a leader beats, and some times as patient as a follower is. */
export function pulseLimits({ tickMs, heartbeatTicks, electionTicks }: PeerTuning): PulseLimits {
  return {
    intervalMs: tickMs * heartbeatTicks,
    missedMax: Math.ceil((PATIENCE_TIMEOUTS * electionTicks) / heartbeatTicks),
  };
}

/** From the gate of one store to the one of another that has the other replicas of its regions. */
export type Pulse = {
  readonly fromStore: StoreId;
  readonly toStore: StoreId;
  /** That of no other gate, not even of the same store before or after. */
  readonly incarnation: string;
  /** Grows: what is late is no sign of life. */
  readonly number: number;
};

export type Sleeper<Place> = {
  readonly regionId: RegionId;
  readonly life: Life;
  /** The life's actor that sleeps; an earlier one may have ended without a word to the gate. */
  replica: Place;
  /** Of the other replicas of its group. */
  readonly stores: readonly StoreId[];
};

export type WakeReason = "silent store" | "new incarnation";

export type PulsesHost<Place> = {
  readonly send: (to: StoreId) => void;
  readonly rouse: (replica: Place, reason: WakeReason) => void;
  /** Calls `beat`, or `rouseSome`, after that time. */
  readonly setTimer: (name: "beat" | "rouse", delayMs: number) => void;
};

type Watched = {
  /** Sleepers with a peer there. */
  sleepers: number;
  missed: number;
  incarnation: string | undefined;
  lastNumber: number;
};

/**
 * Of one gate, and between two slices of it: with all ten thousand replicas of a process on six gates, the last
 * wakes after a second, and the elections of the first are over by then.
 */
export const ROUSED_AT_ONCE_MAX = 64;
export const ROUSE_INTERVAL_MS = 40;

export class Pulses<Place> {
  readonly #limits: PulseLimits;
  readonly #host: PulsesHost<Place>;
  readonly #sleepers = new Map<RegionId, Sleeper<Place>>();
  readonly #watched = new Map<StoreId, Watched>();
  /** To be woken, with the store that is the reason. */
  readonly #toRouse = new Map<
    Sleeper<Place>,
    { readonly storeId: StoreId; readonly reason: WakeReason }
  >();
  #isBeating = false;
  #isRousing = false;

  constructor(limits: PulseLimits, host: PulsesHost<Place>) {
    this.#limits = limits;
    this.#host = host;
  }

  get sleeping(): number {
    return this.#sleepers.size;
  }

  /** Harmless when repeated. From now on its group's stores are listened to. */
  sleeps(sleeper: Sleeper<Place>): void {
    const known = this.#sleepers.get(sleeper.regionId);
    if (known?.life === sleeper.life && known.stores.join() === sleeper.stores.join()) {
      known.replica = sleeper.replica;
      return;
    }
    this.woke(sleeper.regionId, undefined);
    this.#sleepers.set(sleeper.regionId, sleeper);
    for (const storeId of sleeper.stores) this.#watch(storeId);
    if (this.#isBeating || this.#watched.size === 0) return;
    this.#isBeating = true;
    this.#host.setTimer("beat", this.#limits.intervalMs);
  }

  /** @param life Undefined: whichever it is. One that is not known to sleep is nobody's. */
  woke(regionId: RegionId, life: Life | undefined): void {
    const sleeper = this.#sleepers.get(regionId);
    if (sleeper === undefined || (life !== undefined && sleeper.life !== life)) return;
    this.#sleepers.delete(regionId);
    this.#toRouse.delete(sleeper);
    for (const storeId of sleeper.stores) this.#unwatch(storeId);
  }

  heard({ fromStore, incarnation, number }: Pulse): void {
    const watched = this.#watched.get(fromStore);
    if (watched === undefined) return;
    const isOther = watched.incarnation !== undefined && watched.incarnation !== incarnation;
    if (!isOther && number <= watched.lastNumber) return;
    watched.incarnation = incarnation;
    watched.lastNumber = number;
    watched.missed = 0;
    if (isOther) this.#rouseAllWith(fromStore, "new incarnation");
    else this.#leaveAlone(fromStore);
  }

  /** An interval has passed. Intervals are counted, and not time: a process that was held up has missed nothing. */
  beat(): void {
    this.#isBeating = this.#watched.size > 0;
    if (!this.#isBeating) return;
    for (const [storeId, watched] of this.#watched) {
      this.#host.send(storeId);
      watched.missed += 1;
      if (watched.missed > this.#limits.missedMax) this.#rouseAllWith(storeId, "silent store");
    }
    this.#host.setTimer("beat", this.#limits.intervalMs);
  }

  /** The next few, who then stand behind all others: told again, should they not have woken by then. */
  rouseSome(): void {
    for (const sleeper of this.#firstToRouse()) {
      const why = this.#toRouse.get(sleeper);
      if (why === undefined) continue;
      this.#toRouse.delete(sleeper);
      this.#toRouse.set(sleeper, why);
      this.#host.rouse(sleeper.replica, why.reason);
    }
    this.#isRousing = this.#toRouse.size > 0;
    if (this.#isRousing) this.#host.setTimer("rouse", ROUSE_INTERVAL_MS);
  }

  #firstToRouse(): readonly Sleeper<Place>[] {
    const first: Sleeper<Place>[] = [];
    for (const sleeper of this.#toRouse.keys()) {
      if (first.length === ROUSED_AT_ONCE_MAX) break;
      first.push(sleeper);
    }
    return first;
  }

  #watch(storeId: StoreId): void {
    const watched = this.#watched.get(storeId);
    if (watched !== undefined) {
      watched.sleepers += 1;
      return;
    }
    this.#watched.set(storeId, {
      sleepers: 1,
      missed: 0,
      incarnation: undefined,
      lastNumber: 0,
    });
    // Whoever sleeps there already waits for a sign of life.
    this.#host.send(storeId);
  }

  #unwatch(storeId: StoreId): void {
    const watched = this.#watched.get(storeId);
    if (watched === undefined) return;
    watched.sleepers -= 1;
    if (watched.sleepers === 0) this.#watched.delete(storeId);
  }

  #rouseAllWith(storeId: StoreId, reason: WakeReason): void {
    // It stands above silence, which may end: it is told of once.
    const isForAll = reason === "new incarnation";
    for (const sleeper of this.#sleepers.values())
      if (sleeper.stores.includes(storeId) && (isForAll || !this.#toRouse.has(sleeper)))
        this.#toRouse.set(sleeper, { storeId, reason });
    if (this.#isRousing) return;
    this.#isRousing = true;
    this.rouseSome();
  }

  /** Its store was silent and is not any more, and is what it was: those that sleep still may sleep on. */
  #leaveAlone(storeId: StoreId): void {
    for (const [sleeper, why] of this.#toRouse)
      if (why.storeId === storeId && why.reason === "silent store") this.#toRouse.delete(sleeper);
  }
}
