// A program of the Savina suite (Imam and Sarkar, AGERE 2014): how its actors are made, and one play of it, whose
// result is checked.
import { type ActorSystem, type AnyLayout, assert, defineLayout } from "@multiraft/runtime";

export type Stage = {
  readonly system: ActorSystem;
  /** The thread of one of `count` actors. */
  readonly threadOf: (index: number, count: number) => number;
};

/** Plays once. @returns What was done, in the program's unit. @throws Error when it does not add up. */
export type Play = () => Promise<number>;

export type Program<Params> = {
  /** Makes the actors; outside of what is measured. */
  readonly open: (stage: Stage, params: Params) => Promise<Play>;
};

export const PLAY_MS_MAX = 600_000;

/** Most messages of these programs: a kind and a number. Who sent it is in the envelope. */
export type Note<Kind extends string> = { readonly kind: Kind; readonly value: number };

/** How a note of one kind is sent. */
export function noteOf(program: string, kind: string): { readonly layout: AnyLayout } {
  const layout = defineLayout<Note<string>>({
    name: `savina ${program} ${kind} 1`,
    byteLength: 8,
    write: ({ value }, view, at) => view.setFloat64(at, value, true),
    read: (view, at) => ({ kind, value: view.getFloat64(at, true) }),
  });
  return { layout: layout as AnyLayout };
}

/** @throws Error that says what was counted. */
export function checkCount(what: string, expected: number, counted: number): void {
  assert(counted === expected, () => `${what}: ${counted} where ${expected} were due`);
}
