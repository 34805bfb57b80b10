// A phase of the stress run: what it loads, breaks and checks. Phases take turns, a round each; what they
// hold between their rounds (a system of actors) lives as long as the run, so that leaks have time to show.
import type { Random } from "@multiraft/runtime";

export type StressPlace = {
  readonly threads: number;
  /** Scratch space of this phase alone; absent until the phase makes it. */
  readonly directory: string;
  readonly isQuick: boolean;
  readonly signal: AbortSignal;
};

/** What one round may draw on, and where it says what it found. */
export type Round = {
  /** From 0 on, of this phase. */
  readonly number: number;
  /** By it, and by what real threads make of it. */
  readonly seed: number;
  readonly random: Random;
  /** Of loading; coming to rest and checking come on top. */
  readonly loadMs: number;
  /** Something that must never be: the run ends with exit code 1. */
  violate(what: string): void;
  /** For the progress line: `done` of `unit` so far in this round, and what else there is to say. */
  note(done: number, unit: string, more: string): void;
};

/** Done in a round, by unit: `messages`, `kills`. The first is what a rate is made of. */
export type Counts = Readonly<Record<string, number>>;

export interface Phase {
  readonly name: string;
  /** One sentence for people. */
  readonly about: string;
  /** Loads, breaks, comes to rest and checks. Rejects when the signal is aborted. */
  round(round: Round): Promise<Counts>;
  /** What its threads keep on their heaps after a collection; 0 where none lives between rounds. */
  keptHeapBytes(): Promise<number>;
  /** Nothing of it is left when it resolves. Harmless when repeated. */
  close(): Promise<void>;
}
