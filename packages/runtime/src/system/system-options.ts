// What a system may be told at its start, and what it assumes otherwise.
import { OVERFLOW_BYTES_MAX } from "../lane/overflow-list.ts";
import { ARENA_BYTES_MAX, BLOCK_BYTES_MAX } from "../lane/slab-layout.ts";
import { SLOTS_MAX } from "../routing/shared-routing-table.ts";
import { LANE_BYTES } from "../thread/peer-link.ts";
import type { EnvironmentSource } from "../thread/thread-setup.ts";
import { SystemError } from "./system-error.ts";

export type ActorSystemOptions = {
  /** Actor threads; default one for each core. */
  readonly threads?: number;
  /** An export that makes the environment of each thread; default the machine's. */
  readonly environment?: EnvironmentSource;
  /** Seeds the random streams of all threads; default from the system's entropy. */
  readonly seed?: number;
  /**
   * How long a thread without work looks for mail before it sleeps. Only while cores are free and while its
   * pauses have lately been short: with more threads awake than cores, or with mail that comes seldom, it
   * sleeps at once. 0 saves most power, more saves wake-ups.
   */
  readonly pollUs?: number;
  /** Size of a lane between two threads, a power of two. */
  readonly laneBytes?: number;
  /** Mail that may wait for room in one lane. */
  readonly overflowBytesMax?: number;
  /** Payloads and large messages that a thread may have under way. */
  readonly arenaBytesMax?: number;
  /** Threads that run jobs at the same time. */
  readonly jobThreads?: number;
  /**
   * URLs of modules with jobs. Where there are any, the threads start with the system, beside everything
   * else, and load them; otherwise the first job waits for that.
   */
  readonly jobModules?: readonly string[];
  readonly threadHeapMbMax?: number;
  /** Lives of the whole process at one time, a multiple of 64. */
  readonly slotsMax?: number;
  /** Bound of every call to a thread, its start included. */
  readonly controlTimeoutMs?: number;
  /**
   * Encodes mail within a thread too and refuses what would not survive, so that mistakes show before
   * actors are placed apart. Slower.
   */
  readonly isStrict?: boolean;
};

export type SystemSettings = Required<Omit<ActorSystemOptions, "environment" | "seed">> & {
  readonly environment: EnvironmentSource | undefined;
  readonly seed: number | undefined;
  readonly cores: number;
};

/** Below the price of a wake-up on every machine we measured (8-50 us), several times what a hop takes. */
const POLL_US = 50;
/** Jobs wait for disks more than they compute: a sync must not hold up the reads and writes beside it. */
const JOB_THREADS = 4;
/** Set for each thread, because the default shrinks when many threads start at once. */
const THREAD_HEAP_MB_MAX = 2_048;
/** Far beyond any healthy turn: a thread that needs longer is stuck or starved. */
const CONTROL_TIMEOUT_MS = 30_000;
/** Board lines of actor threads: the rest is for the main, dedicated and job threads. */
const ACTOR_THREADS_MAX = 64;

export function toSettings(options: ActorSystemOptions, cores: number): SystemSettings {
  const settings: SystemSettings = {
    threads: cores,
    seed: undefined,
    pollUs: POLL_US,
    laneBytes: LANE_BYTES,
    overflowBytesMax: OVERFLOW_BYTES_MAX,
    arenaBytesMax: ARENA_BYTES_MAX,
    jobThreads: JOB_THREADS,
    jobModules: [],
    threadHeapMbMax: THREAD_HEAP_MB_MAX,
    slotsMax: SLOTS_MAX,
    controlTimeoutMs: CONTROL_TIMEOUT_MS,
    isStrict: false,
    environment: undefined,
    ...options,
    cores,
  };
  check(settings);
  return settings;
}

function check(settings: SystemSettings): void {
  whole("threads", settings.threads, 1, ACTOR_THREADS_MAX);
  whole("jobThreads", settings.jobThreads, 1, ACTOR_THREADS_MAX);
  whole("arenaBytesMax", settings.arenaBytesMax / BLOCK_BYTES_MAX, 1, 2_048);
  whole("slotsMax", settings.slotsMax / 64, 1, 2 ** 16);
  whole("log2 of laneBytes", Math.log2(settings.laneBytes), 12, 30);
  whole("threadHeapMbMax", settings.threadHeapMbMax, 16, 2 ** 20);
  for (const name of ["pollUs", "overflowBytesMax"] as const)
    if (!(settings[name] >= 0)) refuse(name, settings[name]);
  if (!(settings.controlTimeoutMs > 0)) refuse("controlTimeoutMs", settings.controlTimeoutMs);
}

function whole(name: string, value: number, min: number, max: number): void {
  if (!Number.isInteger(value) || value < min || value > max) refuse(name, value);
}

function refuse(name: string, value: number): never {
  throw new SystemError("ERR_MULTIRAFT_OPTION", `${name} has no sense: ${value}`);
}
