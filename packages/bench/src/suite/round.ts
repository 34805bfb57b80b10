// A round: one case, once, in a process of its own. It is defined in a module and found by URL and export
// name, as actors are. It opens what it needs, repeats its work a few times to warm up and a few times for
// the clock, and counts at the end of each time what was done.
import type { RoundParams } from "./row.ts";

/** Figures by key; a case says what each of its keys is. `rate` is the usual one. */
export type Figures = Readonly<Record<string, number>>;

/** One repetition, or the median of several. */
export type Measured = {
  readonly figures: Figures;
  /** What was done: messages, lives, pairs. CPU time is told per million of these. */
  readonly operations: number;
  /** User and system, all threads. */
  readonly cpuSeconds: number;
};

export type OpenRound = {
  /** @throws Error when the work does not add up: it has no speed then. */
  iterate(): Promise<Measured>;
  close(): Promise<void>;
};

export type RoundPlace = {
  /** Scratch space on the disk to be measured: the round's own, removed after it. */
  readonly directory: string;
};

/** How often `iterate` ran: first to warm up, then for the clock. */
export type Repeated = { readonly warmUps: number; readonly iterations: number };

/** How often it is to run at most. */
export type Repetitions = Repeated & {
  /** Of warming up, and of the clock: beyond it no other begins. One of each that is wanted always does. */
  readonly secondsMax?: number;
};

/** The median of a round's repetitions, and how many there were. */
export type RoundResult = Measured & { readonly repeated: Repeated };

/**
 * @param url `import.meta.url` of the defining module. @param name Its export of this definition. Whatever
 * processes `open` starts belong to the round's process group, and end with it.
 */
export type RoundDefinition<Params extends RoundParams> = {
  readonly url: string;
  readonly name: string;
  /** Of Node.js, for the process. */
  readonly flags?: readonly string[];
  open(params: Params, place: RoundPlace): Promise<OpenRound>;
};

/** Gives a definition its types; returns it unchanged. */
export function defineRound<Params extends RoundParams>(
  definition: RoundDefinition<Params>,
): RoundDefinition<Params> {
  return definition;
}

export type Timing = { readonly seconds: number; readonly cpuSeconds: number };

/** Of this process; of child processes nothing. */
export async function timed(work: () => void | Promise<void>): Promise<Timing> {
  const startedCpu = process.cpuUsage();
  const startedMs = performance.now();
  await work();
  const seconds = (performance.now() - startedMs) / 1_000;
  const { user, system } = process.cpuUsage(startedCpu);
  return { seconds, cpuSeconds: (user + system) / 1e6 };
}

/** Operations a second, as the figure `rate`. */
export function rateOf(operations: number, { seconds, cpuSeconds }: Timing): Measured {
  return { figures: { rate: operations / seconds }, operations, cpuSeconds };
}

/** @throws Error when what arrived is not what was sent. */
export function checkArrived(expected: number, arrived: number): void {
  if (arrived !== expected)
    throw new Error(`${arrived} of ${expected} arrived: the round does not count`);
}
