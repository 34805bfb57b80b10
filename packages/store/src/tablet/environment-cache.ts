// The lmdb environments that one thread has open: a bounded number, the least recently used idle one
// goes first. lmdb crashes the process when descriptors run out, so this bound is what keeps it alive.
// An environment that is pinned (a commit, a view, a copy goes on) is never closed.
import { availableParallelism } from "node:os";
import { assert, type Disk } from "@multiraft/runtime";
import type { Environment } from "./lmdb-environment.ts";
import { type NativeGuard, THREAD_GUARD } from "./native-guard.ts";
import { TabletError } from "./tablet-error.ts";

/** The data file, once more for synced writes, and the lock file. */
const DESCRIPTORS_PER_ENVIRONMENT = 3;
/** Where the system does not say: the usual limit of systems that have no larger one. */
const DESCRIPTORS_MAX_FALLBACK = 1_024;
/** Beside the actor threads, those of jobs and the main thread open environments too. */
const OTHER_THREADS = 2;

export type EnvironmentLimits = {
  /** Above it idle ones are closed. */
  readonly idleMax: number;
  /** In use or just being closed: above it nothing is opened any more. */
  readonly openMax: number;
};

/** Half of the descriptors for environments at rest, three quarters in use; sockets need some too. */
export function environmentLimits(descriptorsMax: number, threads: number): EnvironmentLimits {
  const environments = descriptorsMax / DESCRIPTORS_PER_ENVIRONMENT / threads;
  return {
    idleMax: Math.max(1, Math.floor(environments / 2)),
    openMax: Math.max(2, Math.floor((environments * 3) / 4)),
  };
}

export class EnvironmentCache {
  /** Of the thread whose environments these are. */
  readonly guard: NativeGuard;
  readonly #limits: EnvironmentLimits;
  readonly #open = new Set<EnvironmentSlot>();
  #closing = 0;
  #uses = 0;

  constructor(limits: EnvironmentLimits, guard: NativeGuard = THREAD_GUARD) {
    this.#limits = limits;
    this.guard = guard;
  }

  get openEnvironments(): number {
    return this.#open.size + this.#closing;
  }

  slot(openEnvironment: () => Environment): EnvironmentSlot {
    return new EnvironmentSlot(this, openEnvironment);
  }

  /** Of the slot alone. */
  nextUse(): number {
    this.#uses += 1;
    return this.#uses;
  }

  /** Of the slot alone. @throws TabletError `ERR_MULTIRAFT_TABLET_EXHAUSTED` */
  admit(slot: EnvironmentSlot): void {
    this.#open.add(slot);
    this.shrink();
    if (this.openEnvironments <= this.#limits.openMax) return;
    this.#open.delete(slot);
    const message = `${this.#limits.openMax} lmdb environments are in use on one thread`;
    throw new TabletError("ERR_MULTIRAFT_TABLET_EXHAUSTED", message);
  }

  /** Of the slot alone. What closes later counts until it has given its descriptors back. */
  dismiss(slot: EnvironmentSlot, closing?: Promise<void>): void {
    this.#open.delete(slot);
    if (closing === undefined) return;
    this.#closing += 1;
    const onClosed = (): void => {
      this.#closing -= 1;
    };
    closing.then(onClosed, onClosed);
  }

  shrink(): void {
    while (this.#open.size > this.#limits.idleMax) {
      const victim = this.#leastRecentlyUsed();
      if (victim === undefined) return;
      victim.evict();
    }
  }

  #leastRecentlyUsed(): EnvironmentSlot | undefined {
    let oldest: EnvironmentSlot | undefined;
    for (const slot of this.#open)
      if (slot.isIdle && (oldest === undefined || slot.lastUse < oldest.lastUse)) oldest = slot;
    return oldest;
  }
}

/** One tablet's right to an environment, which is open only while it is of use. */
export class EnvironmentSlot {
  readonly #cache: EnvironmentCache;
  readonly #openEnvironment: () => Environment;
  #environment: Environment | undefined;
  #pins = 0;
  #isRetired = false;
  #closed: Promise<void> = Promise.resolve();
  lastUse = 0;

  constructor(cache: EnvironmentCache, openEnvironment: () => Environment) {
    this.#cache = cache;
    this.#openEnvironment = openEnvironment;
  }

  get isIdle(): boolean {
    return this.#pins === 0 && this.#environment !== undefined;
  }

  /** For what ends before this turn does. */
  use(): Environment {
    this.lastUse = this.#cache.nextUse();
    return this.#environment ?? this.#open();
  }

  /** For what takes longer: stays open until each `pin` has met its `unpin`. */
  pin(): Environment {
    const environment = this.use();
    this.#pins += 1;
    return environment;
  }

  unpin(): void {
    assert(this.#pins > 0, "an environment was unpinned more often than pinned");
    this.#pins -= 1;
    if (this.#pins > 0) return;
    if (this.#isRetired) this.evict();
    else this.#cache.shrink();
  }

  /** Closes as soon as nothing pins it, and is never opened again. */
  retire(): void {
    this.#isRetired = true;
    if (this.isIdle) this.evict();
  }

  /** Fulfilled when what was evicted last has given its descriptors back. */
  get closed(): Promise<void> {
    return this.#closed;
  }

  evict(): void {
    assert(this.#pins === 0, "an environment in use was evicted");
    const environment = this.#environment;
    if (environment === undefined) return;
    this.#environment = undefined;
    const closing = environment.close();
    this.#closed = closing ?? Promise.resolve();
    this.#cache.dismiss(this, closing);
  }

  #open(): Environment {
    assert(!this.#isRetired || this.#pins > 0, "an environment was used after it was let go");
    // Pinned while the cache makes room, or it could make room by closing this one.
    this.#pins += 1;
    try {
      this.#cache.admit(this);
      this.#environment = this.#openEnvironment();
      return this.#environment;
    } catch (error) {
      this.#cache.dismiss(this);
      throw error;
    } finally {
      this.#pins -= 1;
    }
  }
}

let ofThisThread: EnvironmentCache | undefined;

/**
 * One for all engines of a thread, because descriptors are one resource; made by the first call.
 * @param actorThreads Of the system. Where there are more cores there may be another system of so many.
 */
export function threadEnvironments(disk: Disk, actorThreads: number): EnvironmentCache {
  const threads = Math.max(actorThreads, availableParallelism()) + OTHER_THREADS;
  ofThisThread ??= new EnvironmentCache(environmentLimits(descriptorsMax(disk), threads));
  return ofThisThread;
}

/** The soft limit, which is what counts. Node itself offers no way to ask for it. */
function descriptorsMax(disk: Disk): number {
  const path = "/proc/self/limits";
  if (!disk.exists(path)) return DESCRIPTORS_MAX_FALLBACK;
  const limits = Buffer.from(disk.readFile(path)).toString("utf8");
  const line = /^Max open files\s+(\d+)/m.exec(limits);
  return line === null ? DESCRIPTORS_MAX_FALLBACK : Number(line[1]);
}
